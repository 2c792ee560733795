"""Code lengths of dependent quantization as a smooth function of the contexts' weights and the tables' shapes.

As of one quantizer (`context_weights.code_lengths`), but that each quantizer has shapes of its own, and that
the cell of zero is as wide as pays: what is near zero seldom becomes another symbol, for these take more bits.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from btcnet_jax.coding.context import ContextWeights, build_dependent_tables
from btcnet_jax.coding.context.fixed_point import WEIGHT_ONE
from btcnet_jax.coding.context.trellis import PER_STEP, QUANTIZERS
from btcnet_jax.coding.context.weights import (
    CLASSES,
    CLASSES_PER_OCTAVE,
    LOWEST_OCTAVE,
    SCALE_FEATURES,
)
from btcnet_jax.training.universal.context_samples import Rows

Params = dict[str, Float[Array, "..."]]

_FIRST_ZERO = (0.5, 0.45)
_NARROWEST, _WIDEST = 0.15, 0.9
_SMOOTH_SHAPES, _SMOOTH_ZERO = 1e-4, 1e-3


def start_of(params: Params) -> Params:
    """A start from that of one quantizer."""
    zero = np.repeat(np.array(_FIRST_ZERO, np.float32)[:, None], CLASSES, axis=1)
    shapes = jnp.tile(params["shapes"], (QUANTIZERS, 1, 1))
    return {**params, "shapes": shapes, "zero": jnp.array(zero)}


def bounded(params: Params) -> Params:
    """With cells of zero that are cells."""
    return {**params, "zero": jnp.clip(params["zero"], _NARROWEST, _WIDEST)}


def surprised_at(params: Params, weights: ContextWeights) -> Params:
    """Scales as weights have them, but for those of surprise.

    What surprises is told by the scale without surprise. Were that fitted again, together with the rest, it
    would no longer be the one that the features were found with.
    """
    known = jnp.array(weights.scale_weights[..., :SCALE_FEATURES] / WEIGHT_ONE, jnp.float32)
    more = params["scales"][..., SCALE_FEATURES:]
    return {**params, "scales": jnp.concatenate([known, more], axis=2)}


def roughness(params: Params) -> Float[Array, ""]:
    """How unlike neighboring classes are."""
    bent = jnp.square(jnp.diff(params["shapes"], axis=1)).sum()
    return _SMOOTH_SHAPES * bent + _SMOOTH_ZERO * jnp.square(jnp.diff(params["zero"], axis=1)).sum()


def code_lengths(params: Params, rows: Rows) -> Float[Array, " n"]:
    """Bits of each symbol: a mixture of two Laplace distributions around the expectation, over its cell.

    Rows are in half steps, distributions and cells in steps: a symbol's reaches half a step to both sides, but
    where it meets that of zero.
    """
    mean = (params["means"][rows.positions, rows.levels] * rows.means).sum(axis=-1) / PER_STEP
    scale = (params["scales"][rows.positions, rows.levels] * rows.scales).sum(axis=-1)
    scale = jnp.clip(
        scale, LOWEST_OCTAVE + 0.01, LOWEST_OCTAVE + CLASSES / CLASSES_PER_OCTAVE - 0.02
    )
    place = (scale - LOWEST_OCTAVE) * CLASSES_PER_OCTAVE - 0.5
    below = jnp.clip(jnp.floor(place), 0, CLASSES - 2).astype(int)
    part = jnp.clip(place - below, 0, 1)
    shape, zero = (
        _between(params[name][rows.quantizers], below, part) for name in ("shapes", "zero")
    )
    value = jnp.abs(rows.symbols) / PER_STEP
    near = jnp.where(value == 0, -zero, jnp.where(value <= 1, zero, value - 0.5))
    far = jnp.where(value == 0, zero, value + 0.5)
    mean = jnp.where(rows.symbols < 0, -mean, mean)
    width = [jnp.exp2(jnp.clip(scale + shape[:, i], -7, 10)) for i in (1, 2)]
    share = jax.nn.sigmoid(shape[:, 0])
    mass = share * _mass(near - mean, far - mean, width[0])
    mass += (1 - share) * _mass(near - mean, far - mean, width[1])
    distance = jnp.minimum(jnp.abs(value - mean), 100)
    return -jnp.log2(jnp.maximum(mass, 0) * (1 - 2e-5) + 1e-6 * jnp.exp2(-distance / 20) + 1e-12)


def _between(
    of_classes: Float[Array, "n classes *values"], below: Array, part: Float[Array, " n"]
) -> Float[Array, "n *values"]:
    """Of two neighboring classes, by how far the scale is between their middles."""
    at = jnp.arange(len(below))
    part = part.reshape(-1, *[1] * (of_classes.ndim - 2))
    return of_classes[at, below] * (1 - part) + of_classes[at, below + 1] * part


def _mass(
    low: Float[Array, " n"], high: Float[Array, " n"], width: Float[Array, " n"]
) -> Float[Array, " n"]:
    """Of a Laplace distribution around 0, the mass from low to high."""
    within = (low < 0) & (high > 0)
    nearest = jnp.where(low >= 0, low, jnp.where(high <= 0, -high, 0.0))
    beside = 0.5 * jnp.exp(-nearest / width) * -jnp.expm1(-(high - low) / width)
    # Both forms are computed; each gets edges at which its gradient is finite.
    below, above = jnp.where(within, low, -1.0), jnp.where(within, high, 1.0)
    around = 1 - 0.5 * (jnp.exp(below / width) + jnp.exp(-above / width))
    return jnp.where(within, around, beside)


def to_integers(params: Params, *, first: bool) -> ContextWeights:
    """What the coder takes.

    Args:
        params: that were fitted.
        first: to symbols of the first quantizer alone, whose shapes then serve both.
    """
    means, scales = (
        np.rint(np.asarray(params[name]) * WEIGHT_ONE).astype(np.int64)
        for name in ("means", "scales")
    )
    shapes, zero = (np.asarray(params[name], np.float64) for name in ("shapes", "zero"))
    if first:
        shapes = np.stack([shapes[0]] * QUANTIZERS)
        zero = np.asarray(start_of({"shapes": params["shapes"][0]})["zero"], np.float64)
    return ContextWeights(means, scales, *build_dependent_tables(shapes, zero))
