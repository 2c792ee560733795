"""The synthesis matrix of a scene: each entry is predicted from the bands before and the rows above.

What the entries are and why their steps differ is in `spectral_basis`, whose coding this follows, and which
older files have. An entry counts as a coefficient of the planes does: its step is theirs over the root of the
row's energy, and it is rounded to what costs least, squared error and bits together.
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64

from btcnet_jax.coding.entry_coding import EntryContext, code_entries
from btcnet_jax.coding.entry_stream import EntryStream
from btcnet_jax.coding.entry_tables import ESCAPE, HALF
from btcnet_jax.coding.integer_coding import (
    MAX_MAGNITUDE,
    Code,
    IntegerDecoder,
    IntegerEncoder,
    code_integers,
)
from btcnet_jax.coding.precision import PRECISION
from btcnet_jax.coding.spectral_basis import (
    MOST_EXPONENT,
    MOST_LEVEL,
    STEPS_PER_OCTAVE,
    CodedBasis,
    entry_steps,
    matrix_of,
    row_levels,
)
from btcnet_jax.errors import FileFormatError

_COMMON = struct.Struct("<h")
# Least bits of an entry, that damage may not ask for any number of them.
_ENTRIES_A_BYTE = 64


class BasisEntries(NamedTuple):
    """A matrix as a file holds it, in integers: entry s is s 2**((common + 4 exponent - level) / 4).

    Attributes:
        symbols: row 0 the band offsets, then one row per component.
        levels: of the rows.
        common: of all entries.
        exponents: of the bands.
    """

    symbols: Int64[np.ndarray, "rows bands"]
    levels: Int64[np.ndarray, " rows"]
    common: int
    exponents: Int64[np.ndarray, " bands"]


def encode_adaptive_basis(
    matrix: Float64[np.ndarray, "rows bands"],
    energies: Sequence[int],
    band_steps: Float64[np.ndarray, " bands"],
    bit_worth: float,
) -> CodedBasis:
    """Quantizes and codes a matrix.

    Args:
        matrix: row 0 the band offsets, then one row per component, in the scene's unit.
        energies: of each row; see `row_energies`.
        band_steps: of entries of a row of energy one, > 0, in the scene's unit.
        bit_worth: squared error, in squared steps, that a bit must save.
    """
    levels = row_levels(energies)
    octaves = np.log2(band_steps)
    middle = np.median(octaves)
    largest = (np.abs(matrix) * np.exp2(levels / STEPS_PER_OCTAVE)[:, None]).max()
    lowest = np.log2(largest / MAX_MAGNITUDE + 1e-300)
    common = int(np.ceil(max(middle, lowest + 16) * STEPS_PER_OCTAVE))
    exponents = np.clip(np.rint(octaves - middle), -MOST_EXPONENT, MOST_EXPONENT).astype(np.int64)
    wanted = matrix / entry_steps(levels, common, exponents)
    symbols, coded = _encode(wanted, levels.tolist(), exponents, bit_worth)
    return CodedBasis(matrix_of(symbols, levels, common, exponents), _COMMON.pack(common) + coded)


def decode_adaptive_basis(
    data: bytes, components: int, bands: int
) -> Float64[np.ndarray, "rows bands"]:
    """Inverse of `encode_adaptive_basis`; no symbol need be known.

    Args:
        data: what encode_adaptive_basis gave.
        components: rows of the matrix, less one.
        bands: columns of the matrix.

    Raises:
        FileFormatError: the data are damaged.
    """
    return matrix_of(*read_entries(data, components, bands))


def read_entries(data: bytes, components: int, bands: int) -> BasisEntries:
    """The same in integers, of which no two machines make different ones.

    Raises:
        FileFormatError: the data are damaged.
    """
    if len(data) < _COMMON.size:
        raise FileFormatError("the coded spectral basis is missing: the file is damaged")
    (common,) = _COMMON.unpack_from(data)
    rows = components + 1
    if rows * bands > _ENTRIES_A_BYTE * (len(data) + 8):
        raise FileFormatError("the coded spectral basis is truncated: the file is damaged")
    levels, exponents, symbols = _decode(data[_COMMON.size :], rows, bands)
    return BasisEntries(symbols, np.array(levels), common, exponents)


def _encode(
    wanted: Float64[np.ndarray, "rows bands"],
    levels: list[int],
    exponents: Int64[np.ndarray, " bands"],
    bit_worth: float,
) -> tuple[Int64[np.ndarray, "rows bands"], bytes]:
    """Entries in steps as they are coded, and the stream."""
    stream = EntryStream()
    _code_side(stream.code, levels, exponents.tolist())
    symbols = stream.entries(wanted, exponents, bit_worth)
    return (
        (symbols, stream.to_bytes())
        if symbols is not None
        else _encode_wide(wanted, levels, exponents, bit_worth)
    )


def _encode_wide(
    wanted: Float64[np.ndarray, "rows bands"],
    levels: list[int],
    exponents: Int64[np.ndarray, " bands"],
    bit_worth: float,
) -> tuple[Int64[np.ndarray, "rows bands"], bytes]:
    """The same of entries that 64 bits are too few for."""
    encode, asked = IntegerEncoder(), wanted.tolist()

    def choose(row: int, band: int, context: EntryContext) -> int:
        return _round(asked[row][band], context, bit_worth)

    _code_side(encode.code, levels, exponents.tolist())
    symbols = code_entries(encode.code, len(wanted), exponents.tolist(), choose)
    return np.array(symbols), encode.to_bytes()


def _decode(
    data: bytes, rows: int, bands: int
) -> tuple[list[int], Int64[np.ndarray, " bands"], Int64[np.ndarray, "rows bands"]]:
    """Levels, exponents and entries in steps."""
    if len(data) % 4:
        raise FileFormatError("the coded spectral basis is truncated: the file is damaged")
    stream = EntryStream(data)
    levels, coded = _code_side(stream.code, [0] * rows, [0] * bands)
    exponents = np.array(coded)
    symbols = stream.entries(np.zeros((rows, bands)), exponents, 0.0)
    if symbols is None:
        decode = IntegerDecoder(data)
        _code_side(decode.code, [0] * rows, [0] * bands)
        symbols = np.array(code_entries(decode.code, rows, coded, lambda *_: 0))
        decode.finish()
    return levels, exponents, symbols


def _code_side(code: Code, levels: list[int], exponents: list[int]) -> tuple[list[int], list[int]]:
    """Levels of the rows and exponents of the bands, each coded as differences to the one before."""
    levels = _code_differences(code, levels)
    if min(levels) < 0 or max(levels) > MOST_LEVEL:
        raise FileFormatError("the coded spectral basis has impossible levels: the file is damaged")
    exponents = _code_differences(code, exponents)
    if max(map(abs, exponents)) > MOST_EXPONENT:
        raise FileFormatError("the coded spectral basis has impossible steps: the file is damaged")
    return levels, exponents


def _code_differences(code: Code, values: list[int]) -> list[int]:
    differences = np.diff(values, prepend=0).tolist()
    return np.cumsum(code_integers(code, differences)).tolist()


def _round(wanted: float, context: EntryContext, bit_worth: float) -> int:
    """The nearest integer, or the one beside it towards the prediction where that is worth it."""
    nearest = round(wanted)
    if context.spare or nearest == context.center:
        return nearest
    other = nearest + (1 if context.center > nearest else -1)
    saved = _bits(nearest, context) - _bits(other, context)
    lost = (wanted - other) ** 2 - (wanted - nearest) ** 2
    return other if lost < bit_worth * saved else nearest


def _bits(entry: int, context: EntryContext) -> float:
    symbol = (entry - context.center) * context.mirror + HALF
    if not 0 <= symbol < ESCAPE:
        symbol = ESCAPE
    return PRECISION - float(np.log2(context.table.occurring[symbol]))
