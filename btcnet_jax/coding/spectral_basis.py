"""The synthesis matrix of a scene (band means and spectral basis), quantized and coded compactly.

An error in the entry of component k and band b is seen in every pixel, times that pixel's component:
its squared error over the scene is the entry's error times the component's energy. So the step of an
entry is inverse to the root of the energy, and all entries are coded at the rate-distortion slope of
the planes: fine for the first component, coarse for the last. Neighboring bands look alike, so each
entry is predicted by the one before; what is left goes through an adaptive range coder. In all an
entry takes 2.5 to 4.5 bits on real scenes.
The energies are not sent: the decoder has the planes.
"""

import struct
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int, Int64

from btcnet_jax.coding.integer_coding import MAX_MAGNITUDE, decode_integers, encode_integers
from btcnet_jax.errors import FileFormatError

# Of the root mean squared error that the planes leave: the best of 2, 4, 6, 8 and 12 on real scenes,
# though 6 and 12 are within 0.05 dB.
_STEP = 8.0
_STEPS_PER_OCTAVE = 4


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


def energy_planes(
    symbols: Int[np.ndarray, "components 16 rows cols"],
) -> Int[np.ndarray, "samples components"]:
    """Stand for the planes where only their energies count, which the block transform does not change."""
    return symbols.reshape(len(symbols), -1).T


def encode_basis(
    matrix: Float64[np.ndarray, "rows bands"],
    planes: Int[np.ndarray, "pixels components"],
    band_rmse: Float64[np.ndarray, " bands"],
) -> CodedBasis:
    """Quantizes and codes a matrix.

    Args:
        matrix: row 0 the band offsets, then one row per component, in the scene's unit.
        planes: the components as the decoder has them, within +-2**31.
        band_rmse: error of each band that the steps are made for, > 0, in the scene's unit.
    """
    octaves = np.log2(band_rmse)
    lowest = np.log2((np.abs(matrix) * _weights(planes)).max() / MAX_MAGNITUDE + 1e-300)
    common = max(np.median(octaves) + np.log2(_STEP), lowest + 16)
    common = int(np.ceil(common * _STEPS_PER_OCTAVE))
    exponents = np.clip(np.rint(octaves - np.median(octaves)), -15, 15).astype(np.int64)
    steps = _steps(planes, common, exponents)
    symbols = np.rint(matrix / steps).astype(np.int64)
    rows = np.vstack([exponents, symbols])
    rows[0, 1:] -= exponents[:-1]
    rows[1:, 1:] -= _predict(symbols[:, :-1], exponents[:-1] - exponents[1:])
    return CodedBasis(symbols * steps, struct.pack("<h", common) + encode_integers(rows))


def decode_basis(
    data: bytes, planes: Int[np.ndarray, "pixels components"], bands: int
) -> Float64[np.ndarray, "rows bands"]:
    """Inverse of `encode_basis`.

    Args:
        data: what encode_basis gave.
        planes: the decoded components.
        bands: columns of the matrix.

    Raises:
        FileFormatError: the data are damaged.
    """
    if len(data) < 2:
        raise FileFormatError("the coded spectral basis is missing: the file is damaged")
    (common,) = struct.unpack_from("<h", data)
    rows = decode_integers(data[2:], (planes.shape[1] + 2, bands))
    exponents, symbols = rows[0].cumsum(), rows[1:]
    if np.abs(exponents).max() > 15:
        raise FileFormatError("the coded spectral basis has impossible steps: the file is damaged")
    for band in range(1, bands):
        shift = exponents[band - 1] - exponents[band]
        symbols[:, band] += _predict(symbols[:, band - 1], shift)
    return symbols * _steps(planes, common, exponents)


def _predict(
    before: Int64[np.ndarray, "rows *bands"], shift: Int64[np.ndarray, "*bands"] | np.int64
) -> Int64[np.ndarray, "rows *bands"]:
    """The neighbors' symbols in steps that are 2**shift times finer; halves round up."""
    coarser = np.maximum(-shift, 0)
    return ((before << np.maximum(shift, 0)) + (1 << coarser >> 1)) >> coarser


def _steps(
    planes: Int[np.ndarray, "pixels components"],
    common: int,
    exponents: Int64[np.ndarray, " bands"],
) -> Float64[np.ndarray, "rows bands"]:
    return np.exp2(common / _STEPS_PER_OCTAVE + exponents) / _weights(planes)


def _weights(planes: Int[np.ndarray, "pixels components"]) -> Float64[np.ndarray, "rows 1"]:
    """Root of each row's energy. Summed as integers, so that the sum is the same everywhere."""
    energies = [len(planes), *(_energy(component) for component in planes.T)]
    return np.sqrt([float(max(energy, 1)) for energy in energies])[:, None]


def _energy(component: Int[np.ndarray, " pixels"]) -> int:
    # In two halves of 16 bits: squares of 32 bits would overflow when summed over a scene.
    high, low = component.astype(np.int64) >> 16, component.astype(np.int64) & 0xFFFF
    return (int(high @ high) << 32) + (int(high @ low) << 17) + int(low @ low)
