"""Stage `symbols`: what the encoder makes of scenes, for the detail network to learn from.

Rounding guessed from magnitudes, which any crop can have, is not quite what the encoder does, and the network
would learn the difference. OUT/symbols/NAME.npz holds views of a scene, each a rate of the prepared scene whose
blocks begin at another pixel, at another step: `symbols_I` (components, 16, rows, cols of blocks), components
that are not worth their bits zero, and `places_I` (rate, first row, first column, factor of the values).
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Int16

from btcnet_jax.training.universal.prepared import (
    DETAIL_COMPONENTS,
    RATES_USED,
    PreparedScene,
    coefficients_of,
    large_enough,
    read_scene,
    with_components,
    write_arrays,
)

VIEWS = 8
"""Of each rate of a scene; the first is the scene as it is."""
_SPREAD = 0.5


@dataclass(frozen=True, eq=False)
class RoundedView:
    """A view of a scene.

    Attributes:
        rate: index of the prepared scene's planes.
        left: squared error, in steps, of the components that the network does not see.
        symbols: of the others, as the encoder chose them.
        coefficients: that they are of.
    """

    rate: int
    left: float
    symbols: Int16[np.ndarray, "rows cols 16 components"]
    coefficients: Float[np.ndarray, "rows cols 16 components"]


def round_scenes(paths: list[Path], context: Path, folder: Path, seed: int) -> None:
    """Rounds prepared scenes that are not rounded yet.

    Args:
        paths: prepared scenes.
        context: arrays of `ContextWeights`, as the stage `context` writes them.
        folder: of the results; made if missing.
        seed: of where blocks begin, and of steps.
    """
    # The machine with the accelerator, which reads the results, has no entropy coder.
    from btcnet_jax.coding.context import ContextCoder, ContextWeights

    with np.load(context) as file:
        coder = ContextCoder(ContextWeights.of_arrays(file))
    start = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(paths, start=1):
        done = folder / path.name
        if not done.exists():
            write_arrays(done, _round_scene(path, coder, seed))
        seconds = time.perf_counter() - start
        print(f"symbols {number}/{len(paths)}: {path.stem}, {seconds:.0f} s", flush=True)


def _round_scene(path: Path, coder: Any, seed: int) -> dict[str, Any]:
    from btcnet_jax.parts.spectral_plan import BASIS_BITS
    from btcnet_jax.training.universal.context_samples import quantize

    scene, arrays = read_scene(path), dict[str, Any]()
    for rate, planes in enumerate(scene.planes[:RATES_USED]):
        rng = np.random.default_rng((seed, rate))
        for view in range(VIEWS):
            row, col = rng.integers(0, 4, 2) if view else (0, 0)
            factor = float(np.exp(rng.uniform(-_SPREAD, _SPREAD))) if view else 1.0
            place = np.array([rate, row, col, factor])
            grid = coefficients_of(_shifted(planes, place), scene.block_matrix)
            symbols, _ = quantize(grid.transpose(3, 2, 0, 1), BASIS_BITS * scene.bands, coder)
            index = rate * VIEWS + view
            arrays[f"symbols_{index}"] = _seen(symbols)
            arrays[f"places_{index}"] = place
    return arrays


def _shifted(
    planes: Float[np.ndarray, "rows cols k"], place: Float[np.ndarray, "4"]
) -> Float[np.ndarray, "r c k"]:
    row, col = place[1:3].astype(int)
    shifted = large_enough(planes)[row:, col:]
    rows, cols = (size // 4 * 4 for size in shifted.shape[:2])
    return shifted[:rows, :cols].astype(np.float64) * place[3]


def _seen(symbols: Int[np.ndarray, "kept 16 rows cols"]) -> Int16[np.ndarray, "24 16 rows cols"]:
    kept = symbols[:DETAIL_COMPONENTS]
    missing = DETAIL_COMPONENTS - len(kept)
    limit = np.iinfo(np.int16).max
    whole = np.pad(kept, ((0, missing), (0, 0), (0, 0), (0, 0)))
    return np.clip(whole, -limit, limit).astype(np.int16)


def read_views(scene: PreparedScene, path: Path) -> list[RoundedView]:
    """Reads what `round_scenes` wrote of a scene."""
    with np.load(path) as file:
        count = sum(key.startswith("symbols_") for key in file.files)
        symbols = [file[f"symbols_{index}"] for index in range(count)]
        places = [file[f"places_{index}"] for index in range(count)]
    views = []
    for integers, place in zip(symbols, places, strict=True):
        rate, factor = int(place[0]), float(place[3])
        planes = _shifted(with_components(scene.planes[rate]), place)
        coefficients = coefficients_of(planes, scene.block_matrix)
        left = scene.left[rate] * factor**2
        views.append(RoundedView(rate, left, integers.transpose(2, 3, 1, 0), coefficients))
    return views
