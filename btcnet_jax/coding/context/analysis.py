"""What the context model makes of symbols that are all known, plane by plane."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float64, Int, Int32, Int64

from btcnet_jax.coding.context.coder import ContextCoder
from btcnet_jax.coding.context.kernel.arrays import Grid, Model, Trellis, Work
from btcnet_jax.coding.context.kernel.known import Known
from btcnet_jax.coding.context.layout import GridLayout
from btcnet_jax.coding.context.levels import ComponentLevels
from btcnet_jax.coding.context.weights import (
    MEAN_FEATURES,
    REMAINDERS,
    SCALE_FEATURES,
    SURPRISES,
)


def judge_all(
    coder: ContextCoder,
    symbols: Int[np.ndarray, "components 16 rows cols"],
    levels: ComponentLevels,
) -> tuple[
    Int32[np.ndarray, "components 16 rows cols"],
    Int64[np.ndarray, "components 16 rows cols"],
    Float64[np.ndarray, "components 16 rows cols"],
]:
    """The context of every coefficient.

    Args:
        coder: the weights.
        symbols: within +-MAX_MAGNITUDE.
        levels: side information.

    Returns:
        Class of the scale (quarter octaves); expectation in 1/256 steps; code length in bits.
    """
    from btcnet_jax.coding.context.kernel import planes

    flat = len(symbols), 16, symbols[0, 0].size
    tables, expectations = np.zeros(flat, np.int32), np.zeros(flat, np.int64)
    bits = np.zeros(flat)
    trellis = Trellis.room(GridLayout(*symbols.shape[2:]), searched=False)
    for k, *kept in _all_known(symbols, levels, coder.surprised):
        planes.judge_component(coder.model, *kept, trellis, k, tables[k], expectations[k], bits[k])
    classes, shape = tables // REMAINDERS, symbols.shape
    return classes.reshape(shape), expectations.reshape(shape), bits.reshape(shape)


def features_of(
    symbols: Int[np.ndarray, "components 16 rows cols"],
    levels: ComponentLevels,
    coder: ContextCoder | None = None,
) -> tuple[
    Int32[np.ndarray, "components 16 rows cols means"],
    Int32[np.ndarray, "components 16 rows cols scales"],
]:
    """The features of every coefficient, which weights make an expectation and a scale of.

    Args:
        symbols: within +-MAX_MAGNITUDE.
        levels: side information.
        coder: whose contexts are surprised, if they know surprise: without one there are no such features.

    Returns:
        Factors of the expectation, in steps, the last (the cross term) in 1/16; logarithms in 1/16.
    """
    from btcnet_jax.coding.context.kernel import planes

    shape = len(symbols), 16, symbols[0, 0].size
    means = np.zeros((*shape, MEAN_FEATURES), np.int64)
    model = Model.blank() if coder is None else coder.model
    features = SCALE_FEATURES + (SURPRISES if model.surprised else 0)
    scales = np.zeros((*shape, features), np.int32)
    for k, *kept in _all_known(symbols, levels, model.surprised):
        planes.features(model, *kept, k, means[k], scales[k])
    return means.reshape(*symbols.shape, -1), scales.reshape(*symbols.shape, -1)


def _all_known(
    symbols: Int[np.ndarray, "components 16 rows cols"], levels: ComponentLevels, surprised: bool
) -> Iterator[tuple[int, Grid, Known, Work]]:
    layout = GridLayout(*symbols.shape[2:])
    grid, known = Grid.of(layout), Known.nothing(len(symbols), layout, levels, surprised)
    known.write(layout, symbols)
    work = Work.room(layout)
    for k in range(len(symbols)):
        yield k, grid, known, work
