"""Symbols of prepared scenes, and what the contexts of each symbol are."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int, Int8, Shaped

from btcnet_jax.coding.context import (
    POSITIONS,
    ComponentLevels,
    ContextCoder,
    features_of,
    quantizers_of,
)
from btcnet_jax.coding.context.fixed_point import CROSS_ONE, LOG_ONE
from btcnet_jax.parts.quantization import count_useful, dead_zone, optimize
from btcnet_jax.parts.spectral_plan import BASIS_BITS
from btcnet_jax.training.universal.prepared import coefficients_of, read_scene

# Each rate's step times these, so that eight steps of each scene are trained on.
_STEP_FACTORS = (0.8, 1.15)
_TRANSPOSED = [POSITIONS.index((v, u)) for u, v in POSITIONS]


class SymbolSet(NamedTuple):
    """Symbols of a scene at a step.

    Attributes:
        scene: its name.
        symbols: in steps over `per_step`.
        quantizers: of each, of dependent quantization; else 0.
        bits: of all, 0 where not known.
        samples: of the scene.
    """

    scene: str
    symbols: Int[np.ndarray, "components 16 rows cols"]
    quantizers: Int8[np.ndarray, "components 16 rows cols"]
    bits: float
    samples: int


class Rows(NamedTuple):
    """Symbols one by one with their contexts, in their units; `weights` say how many each stands for."""

    symbols: Float32[np.ndarray, " n"]
    means: Float32[np.ndarray, "n 7"]
    scales: Float32[np.ndarray, "n scales"]
    positions: Int[np.ndarray, " n"]
    levels: Int[np.ndarray, " n"]
    quantizers: Int8[np.ndarray, " n"]
    weights: Float32[np.ndarray, " n"]


def symbol_sets(
    paths: list[Path], coder: ContextCoder | None, per_step: int = 1
) -> Iterator[SymbolSet]:
    """Symbols of scenes at all steps: as the encoder chooses them with a coder, else by a dead zone.

    The dead zone's are all of quantizer 0.
    """
    for path in paths:
        scene = read_scene(path)
        for planes in scene.planes:
            grid = coefficients_of(planes.astype(np.float64), scene.block_matrix)
            grid = grid.transpose(3, 2, 0, 1)
            rows, cols, _ = planes.shape
            for factor in _STEP_FACTORS:
                symbols, bits = quantize(grid / factor, BASIS_BITS * scene.bands, coder)
                if coder is None:
                    symbols = per_step * symbols
                turns = coder is not None and per_step > 1
                quantizers = quantizers_of(symbols) if turns else np.zeros(symbols.shape, np.int8)
                samples = rows * cols * scene.bands
                yield SymbolSet(scene.name, symbols, quantizers, bits, samples)


def quantize(
    values: Float[np.ndarray, "components 16 rows cols"],
    row_bits: float,
    coder: ContextCoder | None,
) -> tuple[Int[np.ndarray, "kept 16 rows cols"], float]:
    """Symbols of the components worth their bits, and those bits: by a dead zone without a coder."""
    values = values[: count_useful(values.reshape(*values.shape[:2], -1), 1.0, row_bits)]
    if coder is None:
        return dead_zone(values, 0.35), 0.0
    best = optimize(coder, values, row_bits)
    return best.symbols, float(best.bits.sum())


def transposed(
    symbols: Shaped[np.ndarray, "components 16 rows cols"],
) -> Shaped[np.ndarray, "components 16 cols rows"]:
    """Symbols of the transposed scene, or what goes with them."""
    return symbols[:, _TRANSPOSED].swapaxes(2, 3)


def contexts_of(
    symbols: Int[np.ndarray, "components 16 rows cols"],
    quantizers: Int8[np.ndarray, "components 16 rows cols"],
    per_step: int = 1,
    coder: ContextCoder | None = None,
) -> Rows:
    """The contexts of all symbols, component by component and position by position.

    Args:
        symbols: of a scene.
        quantizers: of each.
        per_step: symbols are in steps over this.
        coder: whose contexts may know surprise.
    """
    levels, places = ComponentLevels.of(symbols, per_step), symbols[0, 0].size
    means, scales = features_of(symbols, levels, coder)
    in_steps = means.reshape(-1, means.shape[-1]).astype(np.float32)
    in_steps[:, -1] /= CROSS_ONE
    return Rows(
        symbols=symbols.ravel().astype(np.float32),
        means=in_steps,
        scales=scales.reshape(-1, scales.shape[-1]).astype(np.float32) / LOG_ONE,
        positions=np.tile(np.repeat(np.arange(len(POSITIONS)), places), len(symbols)),
        levels=np.repeat(levels.classes(), len(POSITIONS) * places),
        quantizers=quantizers.ravel(),
        weights=np.ones(symbols.size, np.float32),
    )


def pick_rows(rows: Rows, count: int, rng: np.random.Generator) -> Rows:
    """Rows of a set, more often those where something happens, each standing for as many as it should.

    Most symbols are zeros among zeros, which teach little.
    """
    activity = np.exp2(rows.scales[:, :8]).sum(axis=1) + 8 * np.abs(rows.symbols)
    # Eight logarithms of nothing are 8 x 2**0; the least chance is 3 %.
    chance = np.clip(0.03 + (activity - 4) / 16, 0.03, 1)
    chance /= chance.sum()
    picked = rng.choice(len(chance), min(count, len(chance)), replace=False, p=chance)
    weights = 1 / (chance[picked] * len(picked))
    return Rows(*(part[picked] for part in rows))._replace(weights=weights.astype(np.float32))
