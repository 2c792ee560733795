"""The scenes of a benchmark, as every codec gets them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Int

from btcnet_benchmark.tasks import read_labels
from btcnet_jax.errors import DataError
from btcnet_jax.scene.scene import Scene, SceneSource
from btcnet_jax.scene.valid import BandExtremes
from btcnet_jax.scene.window import select_bands
from data_pipeline.folders import SCENE_SUFFIXES
from data_pipeline.readers import open_scene

_LABELS = "_labels"


@dataclass(frozen=True, kw_only=True, eq=False)
class BenchmarkScene:
    """A scene without the bands that carry nothing.

    Attributes:
        scene: the kept bands, in the file's own type, with the scene's mask and nodata value; what every
            codec codes and, in its valid samples, is measured on.
        labels: anomalies or classes (rows, cols); None where the scene has none.
        dropped: bands of the file that are masked, or without two different valid samples.
    """

    scene: Scene
    labels: Int[np.ndarray, "rows cols"] | None
    dropped: int

    @property
    def name(self) -> str:
        """What the scene is called in tables."""
        return self.scene.name


def find_scenes(given: Sequence[Path]) -> list[Path]:
    """Scene files from files and folders; label maps beside scenes (`NAME_labels.npy`) are not scenes.

    Raises:
        DataError: a path is missing, a folder holds no scene, or two scenes have the same name.
    """
    paths = [path for name in given for path in _scenes_of(name)]
    twice = [name for name, count in Counter(path.stem for path in paths).items() if count > 1]
    if twice:
        raise DataError(f"two scenes are called {twice[0]}: rename one, tables go by the name")
    return paths


def check_scenes(
    paths: Sequence[Path],
    variable: str | None,
    axes: str | None = None,
    *,
    keep_bad: bool = False,
) -> None:
    """Reads every scene once, so that a long benchmark does not end at its last one.

    Raises:
        DataError: one cannot be read, or no band is left of it.
    """
    for path in paths:
        load_benchmark_scene(path, variable, axes, keep_bad=keep_bad)


def load_benchmark_scene(
    path: Path,
    variable: str | None = None,
    axes: str | None = None,
    *,
    keep_bad: bool = False,
) -> BenchmarkScene:
    """Reads a scene and leaves out its bands that are masked, wholly missing or constant.

    Bands of which some samples are missing are kept: see `Scene.valid`.

    Args:
        path: of the scene.
        variable: name of the array where the file holds several cubes; a lone cube needs none.
        axes: of `open_scene`.
        keep_bad: code and measure masked bands as all others: a network takes the bands it was trained for.

    Raises:
        DataError: it cannot be read, or no band is left.
    """
    scene = _open(path, variable, axes).read_all()
    if keep_bad:
        scene = replace(scene, band_mask=None)
    kept = _kept_bands(scene)
    if not kept.any():
        raise DataError(
            f"{path}: every band is masked, constant or without any valid sample; nothing to code"
        )
    rows, cols, _ = scene.values.shape
    return BenchmarkScene(
        scene=replace(select_bands(scene, kept), name=path.stem, band_mask=None),
        labels=read_labels(path, (rows, cols)),
        dropped=int((~kept).sum()),
    )


def _open(path: Path, variable: str | None, axes: str | None) -> SceneSource:
    try:
        return open_scene(path, axes=axes)
    except DataError:
        if variable is None:
            raise
        return open_scene(path, variable, axes)


def _kept_bands(scene: Scene) -> Bool[np.ndarray, " bands"]:
    kept = BandExtremes.of_scene(scene).varies
    return kept if scene.band_mask is None else kept & scene.band_mask


def _scenes_of(given: Path) -> list[Path]:
    if not given.is_dir():
        if not given.exists():
            raise DataError(f"{given}: no such scene or folder; check --scenes")
        return [given]
    scenes = sorted(
        path
        for path in given.iterdir()
        if path.suffix.lower() in SCENE_SUFFIXES and not path.name.startswith(".")
        if not path.stem.endswith(_LABELS)
    )
    if not scenes:
        raise DataError(f"{given}: holds no scene; looked for {', '.join(SCENE_SUFFIXES)}")
    return scenes
