"""The entropy model "static table of the image": symbols coded with tables that are sent along.

Tables are counted on the image itself. One table may serve all channels, each channel may have its
own, or channels shifted to a common center share tables in groups; whichever makes the fewest
bytes, side information included.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int, Integer

from btcnet_jax.coding.precision import PRECISION
from btcnet_jax.coding.range_coder import CONSTRICTION
from btcnet_jax.coding.runs import decode_runs, encode_runs
from btcnet_jax.coding.streams import CodingTable, StreamCoder
from btcnet_jax.coding.table_layout import TableLayout, fit_layout, read_layout
from btcnet_jax.errors import FileFormatError

MIN_BITS, MAX_BITS = 2, 8

# Of `open_tables`: eight times what a symbol occurs, and a little for those up to so far from it, the nearer
# the more. On the other halves of three scenes coarser tables took more bytes, finer ones more than they saved.
_OWN, _REACH, _SHARE = 8, 9, 64
_NEAR = _REACH - np.abs(np.arange(1 - _REACH, _REACH))

# Above this a damaged shape is likelier than a latent: 2**36 symbols take 256 GiB as int32.
_MAX_SYMBOLS = 1 << 36


class CompressedSymbols(NamedTuple):
    """The two parts of a compressed latent: the tables (side information) and the coded symbols."""

    tables: bytes
    payload: bytes


def compress_symbols(
    symbols: Integer[np.ndarray, "rows cols channels"],
    bits: int,
    coder: StreamCoder = CONSTRICTION,
) -> CompressedSymbols:
    """Codes the quantized latent of an image.

    Args:
        symbols: integers 0..2**bits-1, not empty.
        bits: 2 to 8.
        coder: of the payload; the tables are the same with any.

    Returns:
        The tables and the payload; both are needed to decode.

    Raises:
        ValueError: bits or a symbol out of range, or no symbols.
    """
    planes = _planes(symbols, bits)
    return _compress(planes, fit_layout(_count(planes, bits), bits), coder)


def compress_with(
    tables: bytes,
    symbols: Integer[np.ndarray, "rows cols channels"],
    bits: int,
    coder: StreamCoder = CONSTRICTION,
) -> CompressedSymbols:
    """The same with tables that are given, such as those of `open_tables`.

    Raises:
        ValueError: as of `compress_symbols`, or the tables lack a symbol.
        FileFormatError: no tables of so many channels.
    """
    return _compress(_planes(symbols, bits), read_layout(tables, symbols.shape[2], bits), coder)


def open_tables(symbols: Integer[np.ndarray, "rows cols channels"], bits: int) -> bytes:
    """Tables of these symbols for others of the kind: every symbol can be coded, the near ones cheaply.

    Args:
        symbols: integers 0..2**bits-1, not empty.
        bits: 2 to 8.

    Raises:
        ValueError: bits or a symbol out of range, or no symbols.
    """
    counts = _count(_planes(symbols, bits), bits)
    around = np.array([np.convolve(each, _NEAR)[_REACH - 1 : 1 - _REACH] for each in counts])
    return fit_layout(_OWN * counts + around // _SHARE + 1, bits).to_bytes()


def _compress(
    planes: Int[np.ndarray, "channels places"], layout: TableLayout, coder: StreamCoder
) -> CompressedSymbols:
    shifted = (planes + layout.shifts[:, None].astype(np.int32)) & ((1 << layout.bits) - 1)
    payload = encode_runs(coder, list(shifted), _coding_tables(layout, coder))
    return CompressedSymbols(layout.to_bytes(), payload)


def decompress_symbols(
    tables: bytes,
    payload: bytes,
    shape: tuple[int, int, int],
    bits: int,
    coder: StreamCoder = CONSTRICTION,
) -> Int[np.ndarray, "rows cols channels"]:
    """Inverse of `compress_symbols`, exact on every machine.

    Args:
        tables: the side information.
        payload: the coded symbols.
        shape: (rows, cols, channels) of the latent.
        bits: 2 to 8, as in compression.
        coder: as in compression.

    Returns:
        int32 symbols 0..2**bits-1.

    Raises:
        FileFormatError: tables or payload are truncated, altered or do not fit the shape.
    """
    rows, cols, channels = shape
    if min(shape) < 1 or rows * cols * channels > _MAX_SYMBOLS or not MIN_BITS <= bits <= MAX_BITS:
        raise FileFormatError(
            f"no latent has the shape {shape} and {bits} bits: the file is damaged"
        )
    layout = read_layout(tables, channels, bits)
    try:
        coding = _coding_tables(layout, coder)
        runs = decode_runs(coder, payload, coding, [rows * cols] * channels)
        planes = np.stack(runs) - layout.shifts[:, None].astype(np.int32)
    except MemoryError as error:
        raise FileFormatError(f"a latent of shape {shape} does not fit into memory") from error
    planes &= (1 << bits) - 1
    return np.ascontiguousarray(planes.reshape(channels, rows, cols).transpose(1, 2, 0))


def ideal_bits(
    symbols: Integer[np.ndarray, "rows cols channels"], tables: bytes, bits: int
) -> float:
    """Code length in bits of the symbols under the given tables, without the tables themselves.

    Args:
        symbols: integers 0..2**bits-1, not empty.
        tables: side information that `compress_symbols` made for as many channels.
        bits: 2 to 8.

    Returns:
        Minus the binary logarithm of the symbols' probability; infinite if a symbol is impossible.

    Raises:
        ValueError: bits or a symbol out of range, or no symbols.
        FileFormatError: the tables are damaged.
    """
    layout = read_layout(tables, symbols.shape[2], bits)
    return layout.payload_bits(_count(_planes(symbols, bits), bits))


def bits_by_place(
    symbols: Integer[np.ndarray, "rows cols channels"], tables: bytes, bits: int
) -> Float64[np.ndarray, "rows cols"]:
    """Code length in bits of each place of the latent, its channels together; see `ideal_bits`."""
    layout = read_layout(tables, symbols.shape[2], bits)
    lengths = [
        PRECISION - np.log2(np.maximum(table.symbol_frequencies(), 1)) for table in layout.tables
    ]
    shifted = (symbols + layout.shifts) & ((1 << bits) - 1)
    by_channel = [
        lengths[table][shifted[:, :, channel]]
        for channel, table in enumerate(layout.table_of_channel)
    ]
    return np.sum(by_channel, axis=0)


def _planes(
    symbols: Integer[np.ndarray, "rows cols channels"], bits: int
) -> Int[np.ndarray, "channels places"]:
    if not MIN_BITS <= bits <= MAX_BITS:
        raise ValueError(f"bits must be {MIN_BITS} to {MAX_BITS}, not {bits}")
    if symbols.size == 0 or symbols.min() < 0 or symbols.max() >= 1 << bits:
        raise ValueError(f"symbols must be integers 0 to {(1 << bits) - 1}, at least one of them")
    return np.ascontiguousarray(symbols.reshape(-1, symbols.shape[2]).T, np.int32)


def _count(
    planes: Int[np.ndarray, "channels places"], bits: int
) -> Int[np.ndarray, "channels alphabet"]:
    return np.stack([np.bincount(plane, minlength=1 << bits) for plane in planes])


def _coding_tables(layout: TableLayout, coder: StreamCoder) -> list[CodingTable]:
    tables = [coder.table(table.symbol_frequencies()) for table in layout.tables]
    return [tables[index] for index in layout.table_of_channel]
