"""Mean and deviation of each band of a scene, coded in one to two bytes a band.

Deviations go in 64ths of an octave, means in steps of a 32nd to a 64th of their band's deviation. Coarser ones
cost more than they save: in eighths of an octave a network at 42 dB loses 1.2 dB, for the jitter looks like
spectra to it. Neighboring bands look alike, so each number is predicted by the one before.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64

from btcnet_jax.coding.integer_coding import MAX_MAGNITUDE, decode_integers, encode_integers
from btcnet_jax.coding.prediction import predict_scaled
from btcnet_jax.errors import FileFormatError

_STEPS_PER_OCTAVE = 64
_MEAN_OCTAVES = 5
# Of samples in [0, 1]: at most 1, and at least what float64 can tell apart in them.
_LEAST_LEVEL, _MOST_LEVEL = -60 * _STEPS_PER_OCTAVE, 0


class CodedScales(NamedTuple):
    """Scales as the decoder will have them, and their bytes."""

    mean: Float64[np.ndarray, " bands"]
    deviation: Float64[np.ndarray, " bands"]
    data: bytes


def encode_scales(
    mean: Float64[np.ndarray, " bands"], deviation: Float64[np.ndarray, " bands"]
) -> CodedScales:
    """Quantizes and codes scales.

    Args:
        mean: of each band, in units of the scene's range.
        deviation: of each band, likewise, above 0 and at most 1.
    """
    levels = np.rint(_STEPS_PER_OCTAVE * np.log2(deviation)).astype(np.int64)
    levels = np.clip(levels, _LEAST_LEVEL, _MOST_LEVEL)
    octaves = _mean_octaves(levels)
    symbols = np.clip(np.rint(mean / np.exp2(octaves)), -MAX_MAGNITUDE, MAX_MAGNITUDE)
    symbols = symbols.astype(np.int64)
    rows = np.vstack([levels, symbols])
    rows[0, 1:] -= levels[:-1]
    rows[1, 1:] -= predict_scaled(symbols[:-1], octaves[:-1] - octaves[1:])
    return CodedScales(*_values(levels, symbols), encode_integers(rows))


def decode_scales(data: bytes, bands: int) -> CodedScales:
    """Inverse of `encode_scales`.

    Raises:
        FileFormatError: the data are damaged.
    """
    rows = decode_integers(data, (2, bands))
    # The decoder reads zeros past the end without a word: coding again finds what was cut or added.
    if encode_integers(rows) != data:
        raise FileFormatError("the coded band scales do not end where they should: damaged file")
    levels, symbols = rows[0].cumsum(), rows[1]
    if levels.min() < _LEAST_LEVEL or levels.max() > _MOST_LEVEL:
        raise FileFormatError("the coded band scales are impossible: the file is damaged")
    octaves = _mean_octaves(levels)
    for band in range(1, bands):
        symbols[band] += predict_scaled(symbols[band - 1], octaves[band - 1] - octaves[band])
        if abs(symbols[band]) > MAX_MAGNITUDE:
            raise FileFormatError("the coded band scales are impossible: the file is damaged")
    return CodedScales(*_values(levels, symbols), data)


def _mean_octaves(levels: Int64[np.ndarray, " bands"]) -> Int64[np.ndarray, " bands"]:
    """The step of each band's mean, as a power of two."""
    return levels // _STEPS_PER_OCTAVE - _MEAN_OCTAVES


def _values(
    levels: Int64[np.ndarray, " bands"], symbols: Int64[np.ndarray, " bands"]
) -> tuple[Float64[np.ndarray, " bands"], Float64[np.ndarray, " bands"]]:
    return symbols * np.exp2(_mean_octaves(levels)), np.exp2(levels / _STEPS_PER_OCTAVE)
