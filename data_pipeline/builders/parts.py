"""A scene's patches in a file of their own, so that an interrupted conversion goes on after it.

A part is two files named by a hash of the scene's name: the patches' samples one after another, and
a description in JSON. The description appears last, so a part that has one is whole.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, Num

from btcnet_jax.files import atomic_paths
from btcnet_jax.scene.scene import SceneSource
from data_pipeline.builders.inventory import Plan, PlannedScene
from data_pipeline.builders.statistics import (
    SceneStatistics,
    pixels_with_data,
    scene_statistics,
)


@dataclass(frozen=True, kw_only=True)
class Part:
    """A scene's finished patches.

    Attributes:
        name: of the scene.
        patches: file of the samples, those of each origin in turn.
        origins: upper left corners (row, column) by split, in the file's order.
        left_out: patches without full data, by split.
        statistics: of the scene.
        wavelengths: of the kept bands in nanometers, NaN where unknown.
    """

    name: str
    patches: Path
    origins: dict[str, list[tuple[int, int]]]
    left_out: dict[str, int]
    statistics: SceneStatistics
    wavelengths: Float32[np.ndarray, " bands"]

    def read(
        self, split: str, shape: tuple[int, int, int], dtype: np.dtype
    ) -> Iterator[tuple[int, int, Num[np.ndarray, "rows cols bands"]]]:
        """Row, column and samples of each patch of a split.

        Args:
            split: "train" or "test".
            shape: of a patch.
            dtype: of its samples.
        """
        total = sum(map(len, self.origins.values()))
        if not self.origins.get(split):
            return
        values = np.memmap(self.patches, dtype, "r", shape=(total, *shape))
        splits = list(self.origins)
        first = sum(len(self.origins[other]) for other in splits[: splits.index(split)])
        for index, (row, col) in enumerate(self.origins[split]):
            yield row, col, np.array(values[first + index])


def finished_part(folder: Path, scene: PlannedScene, plan: Plan) -> Part | None:
    """The part of a scene, or None where it is not whole or the scene's files have changed since."""
    patches, description = _paths(folder, scene)
    try:
        told = json.loads(description.read_text(encoding="utf-8"))
        length = patches.stat().st_size
    except (OSError, ValueError):
        return None
    if told["made_of"] != _made_of(scene, plan):
        return None
    part = _part(scene, patches, told)
    samples = int(np.prod(plan.patch_shape)) * sum(map(len, part.origins.values()))
    return part if length == samples * plan.dtype.itemsize else None


def write_part(folder: Path, scene: PlannedScene, plan: Plan, progress: Callable[[], None]) -> Part:
    """Cuts a scene's patches and writes its part.

    Args:
        folder: of all parts, existing.
        scene: to cut.
        plan: bands, type and sizes.
        progress: called once for each planned patch.

    Raises:
        DataError: the scene cannot be used (see `scene_statistics`) or read, or the disk is full.
    """
    source = scene.file.open()
    statistics = scene_statistics(source, plan.kept, scene.file.fill, scene.file.name)
    targets = _paths(folder, scene)
    with atomic_paths(*targets) as (patches, description):
        origins: dict[str, list[tuple[int, int]]] = {}
        with patches.open("wb") as file:
            for split, wanted in scene.origins.items():
                origins[split] = []
                for row, col in wanted:
                    patch = _patch(source, row, col, scene, plan)
                    if patch is not None:
                        file.write(patch.data)
                        origins[split].append((row, col))
                    progress()
        told = {
            "made_of": _made_of(scene, plan),
            "origins": origins,
            "left_out": {
                split: len(scene.origins[split]) - len(origins[split]) for split in origins
            },
            "statistics": asdict(statistics),
            "wavelengths": _wavelengths(source, plan),
        }
        description.write_text(json.dumps(told), encoding="utf-8")
    return _part(scene, targets[0], told)


def part_file(folder: Path, scene: PlannedScene) -> Path:
    """The file that appears when a scene's part is whole."""
    return _paths(folder, scene)[1]


def _paths(folder: Path, scene: PlannedScene) -> tuple[Path, Path]:
    key = hashlib.sha256(scene.file.name.encode()).hexdigest()[:16]
    return folder / f"{key}.patches", folder / f"{key}.json"


def _made_of(scene: PlannedScene, plan: Plan) -> Any:
    """All that decides a part's content, as JSON gives it back."""
    content = [
        *(scene.file.name, scene.file.fingerprint(), scene.origins),
        *(plan.patch_shape, plan.kept, str(plan.dtype)),
    ]
    return json.loads(json.dumps(content))


def _part(scene: PlannedScene, patches: Path, told: dict[str, Any]) -> Part:
    return Part(
        name=scene.file.name,
        patches=patches,
        origins={
            split: [(row, col) for row, col in corners]
            for split, corners in told["origins"].items()
        },
        left_out=told["left_out"],
        statistics=SceneStatistics(
            minimum=told["statistics"]["minimum"],
            maximum=told["statistics"]["maximum"],
            constant_bands=tuple(told["statistics"]["constant_bands"]),
        ),
        wavelengths=np.array(told["wavelengths"], np.float32),
    )


def _patch(
    source: SceneSource, row: int, col: int, scene: PlannedScene, plan: Plan
) -> np.ndarray | None:
    """One patch of the kept bands, None where any of its pixels lacks data."""
    rows, cols, _ = plan.patch_shape
    window = slice(row, row + rows), slice(col, col + cols)
    values = source.read(*window)[:, :, list(plan.kept)]
    usable = pixels_with_data(values, source.nodata, scene.file.fill) & source.mask_of(*window)
    if not usable.all():
        return None
    return np.ascontiguousarray(values, plan.dtype)


def _wavelengths(source: SceneSource, plan: Plan) -> list[float]:
    known = source.wavelengths
    if known is None and plan.sensor is not None:
        known = plan.sensor.wavelengths
    return [float("nan")] * len(plan.kept) if known is None else known[list(plan.kept)].tolist()
