"""The patches that `convert` would store, cut from the publisher's files instead: without TensorFlow."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Num

from btcnet_jax.errors import DataError
from btcnet_jax.scene.window import read_window
from data_pipeline.builders.catalog import find_scenes, plan_patches
from data_pipeline.builders.inventory import Plan, PlannedScene
from data_pipeline.builders.settings import ConversionSettings
from data_pipeline.builders.statistics import (
    SceneStatistics,
    samples_with_data,
    scene_statistics,
)
from data_pipeline.patch_source import PatchKey, numbered
from data_pipeline.places import free_corners

# What the options of `convert`, which messages name, are called in training.
_OPTIONS = {
    "--patch-rows": "--config.data.record_rows",
    "--patch-cols": "--config.data.record_cols",
    "--test-fraction": "--config.data.test_fraction",
    "--stride": "--config.data.record_stride",
    "--variable": "--config.data.variable",
    "--axes": "--config.data.axes",
    "--raw": "--config.data.raw",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class CutScene:
    """A scene in memory and its patches of one split.

    Attributes:
        name: of the scene.
        values: of the kept bands and of the lines that have patches, in the file's own type.
        top: number of the first of these lines.
        origins: upper left corners (row, column) of the patches without a missing sample.
        statistics: of the scene.
    """

    name: str
    values: Num[np.ndarray, "rows cols kept"]
    top: int
    origins: list[tuple[int, int]]
    statistics: SceneStatistics


class RawPatches:
    """The patches of one split of a data set, in scenes that are all held; a `PatchSource`.

    Attributes:
        keys, patch_shape, dtype, minimum, maximum: see `PatchSource`.

    Args:
        scenes: at least one with a patch.
        split: "train" or "test".
        patch_shape: (rows, cols, bands) of a patch.
        dtype: of its samples; holds those of all scenes.
    """

    def __init__(
        self,
        scenes: Sequence[CutScene],
        split: str,
        patch_shape: tuple[int, int, int],
        dtype: np.dtype,
    ) -> None:
        self.patch_shape, self.dtype = patch_shape, dtype
        places = [(scene, origin) for scene in scenes for origin in scene.origins]
        order = numbered((PatchKey(scene.name, *origin) for scene, origin in places), split)
        self._places = [places[place] for place in order]
        self.keys: Sequence[PatchKey] = [
            PatchKey(scene.name, *origin) for scene, origin in self._places
        ]
        told = [scene.statistics for scene, _ in self._places]
        self.minimum = np.array([one.minimum for one in told], np.float32)
        self.maximum = np.array([one.maximum for one in told], np.float32)

    def read(
        self, number: int, corner: tuple[int, int], out: Num[np.ndarray, "rows cols bands"]
    ) -> None:
        """Copies a crop of a scene; see `PatchSource`."""
        scene, origin = self._places[number]
        row, col = origin[0] - scene.top + corner[0], origin[1] + corner[1]
        out[...] = scene.values[row : row + out.shape[0], col : col + out.shape[1]]


def open_raw(
    raw: Path | str, dataset: str, split: str, settings: ConversionSettings, *, bands: int
) -> RawPatches:
    """Loads a data set's scenes and finds the patches that `convert` with these settings would store.

    Args:
        raw: folder of the publisher's files, as of `convert --raw`.
        dataset: its name, as of `convert`.
        split: "train" or "test".
        settings: of the conversion.
        bands: that the model takes.

    Raises:
        DataError: whatever `convert` would refuse, or another band count than the model's.
    """
    raw = Path(raw)
    try:
        files = find_scenes(dataset, raw, settings.variable, settings.axes)
        plan = plan_patches(dataset, files, settings)
        scenes = [_cut(scene, split, plan) for scene in plan.scenes if scene.origins.get(split)]
    except DataError as error:
        raise DataError(_for_training(str(error))) from None
    rows, cols, kept = plan.patch_shape
    if kept != bands:
        raise DataError(
            f"{raw}: patches of {kept} bands, the model {bands}; set --config.model.bands={kept}"
        )
    if not any(scene.origins for scene in scenes):
        raise DataError(
            f"{raw}: no {split} patch of {rows} x {cols} has data in every pixel; lower"
            f" --config.data.record_rows/--config.data.record_cols, or add scenes"
        )
    return RawPatches(scenes, split, plan.patch_shape, plan.dtype)


def _cut(scene: PlannedScene, split: str, plan: Plan) -> CutScene:
    source, fill, corners = scene.file.open(), scene.file.fill, scene.origins[split]
    statistics = scene_statistics(source, plan.kept, fill, scene.file.name)
    top, last = corners[0][0], corners[-1][0]
    lines = read_window(source, slice(top, last + plan.patch_shape[0]), slice(None))
    values, valid = samples_with_data(lines, plan.kept, fill)
    free = free_corners(np.asarray(valid.all(axis=2)), plan.patch_shape[:2])
    return CutScene(
        name=scene.file.name,
        values=values,
        top=top,
        origins=[(row, col) for row, col in corners if free[row - top, col]],
        statistics=statistics,
    )


def _for_training(message: str) -> str:
    for option, here in _OPTIONS.items():
        message = message.replace(option, here)
    return message
