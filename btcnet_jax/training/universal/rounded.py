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
from jaxtyping import Float, Int16

from btcnet_jax.training.universal.prepared import (
    DETAIL_COMPONENTS,
    RATES_USED,
    large_enough,
    write_arrays,
)

VIEWS = 8
"""Of each rate of a scene; the first is the scene as it is."""
_SPREAD = 0.5


@dataclass(frozen=True, eq=False)
class RoundedView:
    """Symbols of a scene at a step.

    Attributes:
        rate: index of the prepared scene's planes.
        row: at which its first block begins.
        col: likewise.
        factor: what the planes were multiplied by.
        symbols: of the components that the network sees.
    """

    rate: int
    row: int
    col: int
    factor: float
    symbols: Int16[np.ndarray, "components 16 rows cols"]


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
        arrays = {name: file[name].astype(np.int64) for name in file.files}
    coder, start = ContextCoder(ContextWeights(**arrays)), time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(paths, start=1):
        done = folder / path.name
        if not done.exists():
            write_arrays(done, _round_scene(path, coder, seed))
        seconds = time.perf_counter() - start
        print(f"symbols {number}/{len(paths)}: {path.stem}, {seconds:.0f} s", flush=True)


def _round_scene(path: Path, coder: Any, seed: int) -> dict[str, Any]:
    from btcnet_jax.parts.scene_basis import BASIS_BITS
    from btcnet_jax.training.universal.context_samples import coefficients_of, quantize
    from btcnet_jax.training.universal.prepared import read_scene

    scene, arrays = read_scene(path), dict[str, Any]()
    for rate, planes in enumerate(scene.planes[:RATES_USED]):
        rng = np.random.default_rng((seed, rate))
        values = large_enough(planes)
        for view in range(VIEWS):
            row, col = rng.integers(0, 4, 2) if view else (0, 0)
            factor = float(np.exp(rng.uniform(-_SPREAD, _SPREAD))) if view else 1.0
            shifted = values[row:, col:]
            rows, cols = (size // 4 * 4 for size in shifted.shape[:2])
            grid = coefficients_of(shifted[:rows, :cols] * factor)
            symbols, _ = quantize(grid, BASIS_BITS * scene.bands, coder)
            index = rate * VIEWS + view
            arrays[f"symbols_{index}"] = _seen(symbols)
            arrays[f"places_{index}"] = np.array([rate, row, col, factor])
    return arrays


def _seen(symbols: Float[np.ndarray, "kept 16 rows cols"]) -> Int16[np.ndarray, "24 16 rows cols"]:
    kept = symbols[:DETAIL_COMPONENTS]
    missing = DETAIL_COMPONENTS - len(kept)
    limit = np.iinfo(np.int16).max
    whole = np.pad(kept, ((0, missing), (0, 0), (0, 0), (0, 0)))
    return np.clip(whole, -limit, limit).astype(np.int16)


def read_views(path: Path) -> list[RoundedView]:
    """Reads what `round_scenes` wrote."""
    with np.load(path) as file:
        count = sum(key.startswith("symbols_") for key in file.files)
        views = []
        for index in range(count):
            rate, row, col, factor = file[f"places_{index}"]
            symbols = file[f"symbols_{index}"]
            views.append(RoundedView(int(rate), int(row), int(col), float(factor), symbols))
        return views
