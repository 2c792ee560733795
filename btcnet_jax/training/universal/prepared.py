"""Prepared scenes: the files between `prepare` and the stages that train. Needs numpy only.

OUT/scenes/NAME.npz holds `bands`, `block_matrix` (the block transform, position by sample), and for each rate
`planes_I` (rows, cols, components), components of the weighted bands in 1/16 of the quantization step, with
`left_I`, the squared error in steps that components after the first 24 have at a pixel, all together.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Float64

from btcnet_jax.errors import ConfigError
from btcnet_jax.files import atomic_path

TEST = ("abu-beach-2", "abu-urban-1", "jasper_ridge", "hyperion_paris", "lhdata")
"""Never trained on: every published figure is of these."""
RATES = (0.025, 0.05, 0.09, 0.16)
"""Bits a sample, about, whose steps the planes are in."""
DETAIL_COMPONENTS = 24
"""Those the detail network restores."""
STEP_ONE = 16
RATES_USED = 3
"""The lowest rates, that the detail network is trained at: at the highest it has little to add."""
CROP = 64
"""Rows and columns that it sees of a scene at a time in training."""
# Small scenes grow by their mirror image until a crop can move.
_LEAST = CROP + 4


@dataclass(frozen=True, eq=False)
class PreparedScene:
    """Components of a scene in steps, for each rate.

    Attributes:
        name: of the scene.
        bands: of the scene.
        block_matrix: the block transform, orthonormal.
        planes: one for each rate.
        left: squared error, in steps, of the components after the first 24.
    """

    name: str
    bands: int
    block_matrix: Float64[np.ndarray, "16 16"]
    planes: list[Float[np.ndarray, "rows cols components"]]
    left: list[float]


def write_arrays(path: Path, arrays: dict[str, Any]) -> None:
    """Writes an .npz, whole or not at all: a stage whose file is there is not run again."""
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays)


def write_scene(path: Path, scene: PreparedScene) -> None:
    """Writes a scene, whole or not at all."""
    arrays: dict[str, Any] = {"block_matrix": scene.block_matrix, "bands": np.int64(scene.bands)}
    for index, (planes, left) in enumerate(zip(scene.planes, scene.left, strict=True)):
        arrays[f"planes_{index}"] = np.rint(planes * STEP_ONE).astype(np.int32)
        arrays[f"left_{index}"] = np.float64(left)
    write_arrays(path, arrays)


def read_scene(path: Path) -> PreparedScene:
    """Reads what `write_scene` wrote."""
    with np.load(path) as file:
        rates = range(sum(key.startswith("planes_") for key in file.files))
        planes = [file[f"planes_{index}"].astype(np.float32) / STEP_ONE for index in rates]
        left = [float(file[f"left_{index}"]) for index in rates]
        return PreparedScene(path.stem, int(file["bands"]), file["block_matrix"], planes, left)


def with_components(values: Float[np.ndarray, "rows cols k"]) -> Float[np.ndarray, "rows cols 24"]:
    """The components the network sees, zeros where the scene has fewer."""
    kept = values[..., :DETAIL_COMPONENTS]
    return np.pad(kept, ((0, 0), (0, 0), (0, DETAIL_COMPONENTS - kept.shape[2])))


def coefficients_of(
    planes: Float[np.ndarray, "rows cols k"], block_matrix: Float64[np.ndarray, "16 16"]
) -> Float[np.ndarray, "r c 16 k"]:
    """Coefficients of the blocks of planes whose sides are multiples of 4."""
    rows, cols, count = planes.shape
    blocks = planes.reshape(rows // 4, 4, cols // 4, 4, count).swapaxes(1, 2)
    return np.asarray(block_matrix @ blocks.reshape(rows // 4, cols // 4, 16, count))


def large_enough(values: Float[np.ndarray, "rows cols k"]) -> Float[np.ndarray, "r c k"]:
    """Planes in which a crop can move, mirrored at their ends where they are smaller."""
    grow = [(0, max(0, _LEAST - size)) for size in values.shape[:2]]
    return np.pad(values, (*grow, (0, 0)), mode="symmetric")


def split_scenes(folder: Path, leave_out: str = "") -> tuple[list[Path], list[Path]]:
    """Scenes to train on, and those left out to validate on.

    Args:
        folder: of prepared scenes.
        leave_out: names with commas between them.

    Raises:
        ConfigError: no scene is prepared, one to leave out is not among them, or none remains.
    """
    paths = sorted(folder.glob("*.npz"))
    names = [name for name in leave_out.split(",") if name]
    unknown = sorted({*names} - {path.stem for path in paths})
    if not paths or unknown:
        what = f"{unknown[0]} is not among the scenes" if paths else "there are no scenes"
        raise ConfigError(f"{what} in {folder}: run the stage prepare")
    left = [path for path in paths if path.stem in names]
    if len(left) == len(paths):
        raise ConfigError("--leave-out leaves no scene to train on")
    return [path for path in paths if path.stem not in names], left
