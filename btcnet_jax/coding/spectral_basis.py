"""The synthesis matrix of a scene (band means and spectral basis), quantized and coded compactly.

An error in the entry of component k and band b is seen in every pixel, times that pixel's component:
its squared error over the scene is the entry's error times the component's energy. So the step of an
entry is inverse to the root of the energy, and all entries are coded at the rate-distortion slope of
the planes: fine for the first component, coarse for the last. Neighboring bands look alike, so each
entry is predicted by the one before; what is left goes through an adaptive range coder. In all an
entry takes 2.5 to 4.5 bits on real scenes.
The energies are sent in quarter octaves, a byte a component, so that the matrix is read before any plane is.
"""

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int, Int64

from btcnet_jax.coding.integer_coding import MAX_MAGNITUDE, decode_integers, encode_integers
from btcnet_jax.coding.prediction import predict_scaled
from btcnet_jax.coding.varint import encode_differences, read_differences
from btcnet_jax.errors import FileFormatError

# Of the root mean squared error that the planes leave: the best of 2, 4, 6, 8 and 12 on real scenes,
# though 6 and 12 are within 0.05 dB.
_STEP = 8.0
STEPS_PER_OCTAVE = 4
# Of 2**40 samples within +-2**31: more than any row has.
MOST_LEVEL = 2 * 110
MOST_EXPONENT = 15
"""Steps of bands differ by at most so many octaves from the common one."""


@dataclass(frozen=True, eq=False)
class CodedBasis:
    """A synthesis matrix as the decoder will have it, float64 (1 + components, bands), and its bytes."""

    matrix: Float64[np.ndarray, "rows bands"]
    data: bytes


def regressors(
    planes: Int[np.ndarray, "pixels components"],
) -> Float64[np.ndarray, "pixels rows"]:
    """A column of ones, for the band means, before the components: float64 (pixels, 1 + components)."""
    return np.column_stack([np.ones(len(planes)), planes])


def row_energies(planes: Int[np.ndarray, "samples components"]) -> list[int]:
    """Squared sums of the rows of a matrix for these planes: of the ones, then of each component.

    An orthonormal transform does not change them, so its coefficients may stand for the planes.

    Args:
        planes: within +-2**31.
    """
    return [len(planes), *(_energy(component) for component in planes.T)]


def encode_basis(
    matrix: Float64[np.ndarray, "rows bands"],
    energies: Sequence[int],
    band_rmse: Float64[np.ndarray, " bands"],
) -> CodedBasis:
    """Quantizes and codes a matrix.

    Args:
        matrix: row 0 the band offsets, then one row per component, in the scene's unit.
        energies: of each row; see `row_energies`.
        band_rmse: error of each band that the steps are made for, > 0, in the scene's unit.
    """
    levels = row_levels(energies)
    octaves = np.log2(band_rmse)
    largest = (np.abs(matrix) * np.exp2(levels / STEPS_PER_OCTAVE)[:, None]).max()
    lowest = np.log2(largest / MAX_MAGNITUDE + 1e-300)
    common = max(np.median(octaves) + np.log2(_STEP), lowest + 16)
    common = int(np.ceil(common * STEPS_PER_OCTAVE))
    exponents = np.clip(np.rint(octaves - np.median(octaves)), -MOST_EXPONENT, MOST_EXPONENT)
    exponents = exponents.astype(np.int64)
    steps = entry_steps(levels, common, exponents)
    symbols = np.rint(matrix / steps).astype(np.int64)
    rows = np.vstack([exponents, symbols])
    rows[0, 1:] -= exponents[:-1]
    rows[1:, 1:] -= predict_scaled(symbols[:, :-1], exponents[:-1] - exponents[1:])
    head = struct.pack("<h", common) + encode_differences(levels.tolist())
    return CodedBasis(symbols * steps, head + encode_integers(rows))


def decode_basis(data: bytes, components: int, bands: int) -> Float64[np.ndarray, "rows bands"]:
    """Inverse of `encode_basis`; no symbol need be known.

    Args:
        data: what encode_basis gave.
        components: rows of the matrix, less one.
        bands: columns of the matrix.

    Raises:
        FileFormatError: the data are damaged.
    """
    if len(data) < 2:
        raise FileFormatError("the coded spectral basis is missing: the file is damaged")
    (common,) = struct.unpack_from("<h", data)
    file = io.BytesIO(data[2:])
    levels = np.array(read_differences(file, components + 1))
    if levels.min() < 0 or levels.max() > MOST_LEVEL:
        raise FileFormatError("the coded spectral basis has impossible levels: the file is damaged")
    rows = decode_integers(file.read(), (components + 2, bands))
    exponents, symbols = rows[0].cumsum(), rows[1:]
    if np.abs(exponents).max() > MOST_EXPONENT:
        raise FileFormatError("the coded spectral basis has impossible steps: the file is damaged")
    for band in range(1, bands):
        shift = exponents[band - 1] - exponents[band]
        symbols[:, band] += predict_scaled(symbols[:, band - 1], shift)
        if np.abs(symbols[:, band]).max() > MAX_MAGNITUDE:
            raise FileFormatError("the coded spectral basis is impossible: the file is damaged")
    return matrix_of(symbols, levels, common, exponents)


def matrix_of(
    symbols: Int64[np.ndarray, "rows bands"],
    levels: Int64[np.ndarray, " rows"],
    common: int,
    exponents: Int64[np.ndarray, " bands"],
) -> Float64[np.ndarray, "rows bands"]:
    """The matrix of entries in steps.

    Raises:
        FileFormatError: it is beyond all numbers.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        matrix = symbols * entry_steps(levels, common, exponents)
    if not np.isfinite(matrix).all():
        raise FileFormatError("the coded spectral basis is impossible: the file is damaged")
    return matrix


def entry_steps(
    levels: Int64[np.ndarray, " rows"], common: int, exponents: Int64[np.ndarray, " bands"]
) -> Float64[np.ndarray, "rows bands"]:
    """Step of each entry: the common one, over the root of the row's energy, times the band's own."""
    quarters = common + STEPS_PER_OCTAVE * exponents[None] - levels[:, None]
    return np.exp2(quarters / STEPS_PER_OCTAVE)


def row_levels(energies: Sequence[int]) -> Int64[np.ndarray, " rows"]:
    """Root of each row's energy in quarter octaves."""
    octaves = np.log2([float(max(energy, 1)) for energy in energies]) / 2
    return np.rint(STEPS_PER_OCTAVE * octaves).astype(np.int64)


def _energy(component: Int[np.ndarray, " samples"]) -> int:
    # In two halves of 16 bits: squares of 32 bits would overflow when summed over a scene.
    high, low = component.astype(np.int64) >> 16, component.astype(np.int64) & 0xFFFF
    return (int(high @ high) << 32) + (int(high @ low) << 17) + int(low @ low)
