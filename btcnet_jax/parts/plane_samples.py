"""From planes of components to the samples of bands: the matrix of the file, clipping and rounding."""

import numpy as np
from jaxtyping import Float, Float64, Num

from btcnet_jax.errors import FileFormatError
from btcnet_jax.parts.interface import Inverse, Planes
from btcnet_jax.scene.value_range import ValueRange, denormalize, value_span, working_type

# Multiplications of a product below which OpenBLAS, numpy's, starts no threads of its own: the threads that
# restore strips would wait for one another. Small products are no slower: what they give stays in the cache.
_ALONE = 1 << 18
# Pixels of a product, at most and at least.
_MOST, _LEAST = 32, 8

_Samples = Num[np.ndarray, "rows cols bands"]


def samples_of_planes(
    matrix: Float64[np.ndarray, "rows bands"], value_range: ValueRange, dtype: np.dtype
) -> Inverse:
    """What makes samples of planes, on any thread.

    Args:
        matrix: what planes of zeros give, then what a unit of each plane adds, where 0 to 1 is the range.
        value_range: of the scene, to which samples are clipped.
        dtype: of the samples.

    Returns:
        Gives samples of the type, or floats of the same values; of no numbers where planes lead to none.
    """
    # A plane of ones behind the others takes the first row along.
    last = np.concatenate([matrix[1:], matrix[:1]])
    if dtype.kind == "f" or dtype.itemsize > 4:

        def normalized(planes: Planes) -> _Samples:
            values = _product(planes, last)
            if dtype.kind != "f":
                require_numbers(values)
            return denormalize(values, value_range, dtype)

        return normalized
    last *= value_span(value_range)
    last[-1] += value_range.minimum
    whole = last.astype(working_type(dtype))

    def rounded(planes: Planes) -> _Samples:
        values = _product(planes, whole)
        np.clip(values, value_range.minimum, value_range.maximum, out=values)
        return np.rint(values, out=values)

    return rounded


def require_numbers(values: _Samples) -> None:
    """Refuse samples that cannot be.

    Raises:
        FileFormatError: some are no numbers.
    """
    if np.isnan(values).any():
        raise FileFormatError(
            "the latent restores to samples that are no numbers: the file is damaged, or the model"
        )


def _product(planes: Planes, matrix: Float[np.ndarray, "more bands"]) -> _Samples:
    """Planes, and one of ones, by a matrix, some pixels at a time."""
    rows, cols, count = planes.shape
    pixels, bands = rows * cols, matrix.shape[1]
    at_once = min(max(_ALONE // matrix.size // _LEAST * _LEAST, _LEAST), _MOST)
    padded = np.empty((count + 1, pixels + -pixels % at_once), matrix.dtype)
    padded[:count, :pixels].reshape(count, rows, cols)[...] = np.moveaxis(planes, 2, 0)
    padded[:count, pixels:], padded[count] = 0, 1
    some = padded.reshape(count + 1, -1, at_once).transpose(1, 2, 0)
    return np.matmul(some, matrix).reshape(-1, bands)[:pixels].reshape(rows, cols, bands)
