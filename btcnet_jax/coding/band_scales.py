"""Mean and deviation of each band of a scene, coded in one to two bytes a band.

Deviations go in 64ths of an octave, means in steps of a 32nd to a 64th of their band's deviation. Coarser ones
cost more than they save: in eighths of an octave a network at 42 dB loses 1.2 dB, for the jitter looks like
spectra to it. Neighboring bands look alike, so each number is predicted by the one before.
"""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Int, Int64

from btcnet_jax.coding.integer_coding import MAX_MAGNITUDE, decode_integers, encode_integers
from btcnet_jax.coding.prediction import predict_scaled
from btcnet_jax.errors import FileFormatError

STEPS_PER_OCTAVE = 64
# Of samples in [0, 1]: at most 1, and at least what float64 can tell apart in them.
LEAST_LEVEL, MOST_LEVEL = -60 * STEPS_PER_OCTAVE, 0
_MEAN_OCTAVES = 5


class ScaleSymbols(NamedTuple):
    """Scales as a file holds them, for each band.

    Attributes:
        levels: the deviation is 2^(level / 64) of the scene's range.
        means: the mean in steps of 2^`mean_octaves` of that range.
    """

    levels: Int[np.ndarray, " bands"]
    means: Int[np.ndarray, " bands"]


def mean_octaves(levels: Any) -> Any:
    """The step of each band's mean, as a power of two; of an array of any kind of integers."""
    return levels // STEPS_PER_OCTAVE - _MEAN_OCTAVES


def encode_scales(symbols: ScaleSymbols) -> bytes:
    """The bytes of scales, levels from LEAST_LEVEL to MOST_LEVEL."""
    levels, means = (each.astype(np.int64) for each in symbols)
    octaves = mean_octaves(levels)
    rows = np.vstack([levels, means])
    rows[0, 1:] -= levels[:-1]
    rows[1, 1:] -= predict_scaled(means[:-1], octaves[:-1] - octaves[1:])
    return encode_integers(rows)


def decode_scales(data: bytes, bands: int) -> ScaleSymbols:
    """Inverse of `encode_scales`.

    Raises:
        FileFormatError: the data are damaged.
    """
    rows = decode_integers(data, (2, bands))
    # The decoder reads zeros past the end without a word: coding again finds what was cut or added.
    if encode_integers(rows) != data:
        raise FileFormatError("the coded band scales do not end where they should: damaged file")
    levels = rows[0].cumsum()
    if levels.min() < LEAST_LEVEL or levels.max() > MOST_LEVEL:
        raise FileFormatError("the coded band scales are impossible: the file is damaged")
    return ScaleSymbols(levels, _means(rows[1], mean_octaves(levels)))


def _means(
    differences: Int64[np.ndarray, " bands"], octaves: Int64[np.ndarray, " bands"]
) -> Int64[np.ndarray, " bands"]:
    means = differences.copy()
    for band in range(1, len(means)):
        means[band] += predict_scaled(means[band - 1], octaves[band - 1] - octaves[band])
        if abs(means[band]) > MAX_MAGNITUDE:
            raise FileFormatError("the coded band scales are impossible: the file is damaged")
    return means
