"""From a learned prior to the integer tables that files are coded with: made once, stored with the weights.

Probabilities computed anew by a decoder would differ in their last digits between machines, and then its
symbols would be garbage. Integers cannot differ.
"""

import numpy as np
from jaxtyping import Bool, Float64, Int

from btcnet_jax.coding.frequency_table import normalize_frequencies
from btcnet_jax.coding.precision import PRECISION
from btcnet_jax.config import ModelConfig
from btcnet_jax.config.model import LEARNED
from btcnet_jax.models.btcnet import Params
from btcnet_jax.models.prior import STEP_NAME, log_probability
from btcnet_jax.ops.symbol_mass import ESCAPE_SHARE

Tables = dict[str, np.ndarray]

# A symbol rarer than this shares the escape: listing it would gain nothing.
_LEAST_PROBABILITY = 2.0**-22
# Symbols are sought this far from 0 at first, then ever farther while they are probable.
_FIRST_REACH, _LAST_REACH = 64, 4096
# Counts that the frequencies are proportional to: their sum stays below 2^36.
_COUNT_BITS = 34


def make_tables(config: ModelConfig, params: Params) -> Tables:
    """The integer tables of a model's learned prior; none where the latent is quantized by its range.

    Args:
        config: of the model.
        params: its parameters, float32.

    Returns:
        `frequencies`, int32 (levels, channels, 1 + alphabet), of sum 2^24 each: first the escape's, then those
        of the symbols `first`, `first` + 1 and so on, with zeros after the last. And `first`, int32 (levels,
        channels).
    """
    if config.quantizer != LEARNED:
        return {}
    values = {name: np.asarray(leaf, np.float64) for name, leaf in params["prior"].items()}
    values.pop(STEP_NAME)
    tables = []
    for level in range(config.rate_levels):
        low, mass = _mass(config.prior, {name: value[level] for name, value in values.items()})
        tables += [_table(low, channel) for channel in mass]
    frequencies = np.zeros((len(tables), max(len(table) for _, table in tables)), np.int32)
    for row, (_, table) in zip(frequencies, tables, strict=True):
        row[: len(table)] = table
    first = np.array([start for start, _ in tables], np.int32)
    shape = config.rate_levels, config.latent_channels
    return {"frequencies": frequencies.reshape(*shape, -1), "first": first.reshape(shape)}


def _mass(
    form: str, values: dict[str, Float64[np.ndarray, "channels ..."]]
) -> tuple[int, Float64[np.ndarray, "channels symbols"]]:
    """The least symbol looked at, and the probability of it and of those after it."""
    reach = _FIRST_REACH
    while True:
        symbols = np.arange(-reach, reach + 1, dtype=np.float64)[:, None]
        mass = np.exp(log_probability(form, values, symbols, np))
        if reach >= _LAST_REACH or not _matters(mass[[0, -1]]).any():
            return -reach, mass.T
        reach *= 2


def _table(low: int, mass: Float64[np.ndarray, "symbols"]) -> tuple[int, Int[np.ndarray, "listed"]]:
    """The first symbol listed, and frequencies of the escape and of the listed symbols."""
    listed = np.flatnonzero(_matters(mass))
    # A table without any symbol could not be coded with: 0 is in the middle.
    first, last = (listed[0], listed[-1]) if listed.size else (len(mass) // 2,) * 2
    inside = mass[first : last + 1]
    escape = ESCAPE_SHARE + max(0.0, 1 - float(inside.sum()))
    counts = np.rint(np.array([escape, *inside]) * 2.0**_COUNT_BITS).astype(np.int64)
    return low + int(first), normalize_frequencies(np.maximum(counts, 1), PRECISION)


def _matters(mass: Float64[np.ndarray, "..."]) -> Bool[np.ndarray, "..."]:
    return mass > _LEAST_PROBABILITY
