"""What the universal weights are trained on, as readers of files: scenes, and images for textures."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from btcnet_benchmark.sweep.scenes import find_scenes, load_benchmark_scene
from btcnet_jax.errors import ConfigError, DataError
from btcnet_jax.scene.filling import fill_missing
from btcnet_jax.training.universal.textures import halve

Named = list[tuple[str, Callable[[], np.ndarray]]]
"""Names, and what reads each."""

_PHOTOGRAPHS = (".png", ".jpg", ".jpeg")


def scenes_of(folder: Path | None) -> Named:
    """The scenes of a folder.

    Raises:
        ConfigError: no folder is named.
        DataError: it is missing or holds no scene, or two have the same name.
    """
    if folder is None:
        raise ConfigError("name the folder of the scenes: --data DIR")
    return [(path.stem, _cube(path)) for path in find_scenes([folder])]


def images_of(paths: list[Path] | None) -> Named:
    """Photographs, at half their size, and cubes, as they are.

    Args:
        paths: photographs, folders that are searched for photographs, and cubes.

    Raises:
        ConfigError: none is named.
        DataError: one is missing, a folder holds none, or two have the same name.
    """
    if not paths:
        raise ConfigError("name photographs, or folders of them: --photographs PATH ...")
    found: dict[str, Callable[[], np.ndarray]] = {}
    for path in (each for given in paths for each in _images_at(given)):
        if path.stem in found:
            raise DataError(f"two images are called {path.stem}: rename one")
        found[path.stem] = (_photograph if path.suffix.lower() in _PHOTOGRAPHS else _cube)(path)
    return list(found.items())


def _images_at(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path if path.suffix.lower() in _PHOTOGRAPHS else find_scenes([path])[0]
        return
    inside = [each for each in sorted(path.rglob("*")) if each.suffix.lower() in _PHOTOGRAPHS]
    if not inside:
        raise DataError(f"{path}: no photograph ({', '.join(_PHOTOGRAPHS)}) in it")
    yield from inside


def _cube(path: Path) -> Callable[[], np.ndarray]:
    return lambda: fill_missing(load_benchmark_scene(path).scene)


def _photograph(path: Path) -> Callable[[], np.ndarray]:
    def read() -> np.ndarray:
        try:
            with Image.open(path) as image:
                return halve(np.asarray(image.convert("RGB"), np.float64))
        except OSError as error:
            raise DataError(f"{path}: cannot be read as a photograph ({error})") from error

    return read
