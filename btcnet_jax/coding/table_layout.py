"""Which table codes which channel, and how that is written in front of the tables."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from jaxtyping import Int

from btcnet_jax.coding.bit_stream import BitReader, BitWriter
from btcnet_jax.coding.channel_grouping import channel_centers, group_channels, shift_counts
from btcnet_jax.coding.frequency_table import FrequencyTable, fit_table, read_table
from btcnet_jax.errors import FileFormatError

_MODE_FIELD, _GROUPS_ORDER = 2, 3


class Sharing(IntEnum):
    """How channels share tables."""

    ONE_TABLE = 0
    PER_CHANNEL = 1
    CENTERED_GROUPS = 2


@dataclass(frozen=True)
class TableLayout:
    """The tables of an image and who uses them.

    Attributes:
        bits: the symbols are 0..2**bits-1.
        sharing: how channels share tables.
        shifts: per channel, what is added to a symbol (modulo 2**bits) before it is looked up.
        table_of_channel: per channel, the index of its table.
        tables: the tables.
    """

    bits: int
    sharing: Sharing
    shifts: Int[np.ndarray, "channels"]
    table_of_channel: Int[np.ndarray, "channels"]
    tables: list[FrequencyTable]

    def payload_bits(self, counts: Int[np.ndarray, "channels alphabet"]) -> float:
        """Ideal code length in bits of symbols with these counts."""
        sums = _sum_by_table(shift_counts(counts, self.shifts), self.table_of_channel)
        return sum(table.payload_bits(c) for table, c in zip(self.tables, sums, strict=True))

    def to_bytes(self) -> bytes:
        """The side information of the image."""
        writer = BitWriter()
        writer.write(self.sharing, _MODE_FIELD)
        if self.sharing is Sharing.CENTERED_GROUPS:
            writer.write_exp_golomb(len(self.tables) - 1, _GROUPS_ORDER)
            width = (len(self.tables) - 1).bit_length()
            for shift, index in zip(self.shifts, self.table_of_channel, strict=True):
                writer.write(int(shift), self.bits)
                writer.write(int(index), width)
        for table in self.tables:
            table.write(writer)
        return writer.to_bytes()


def read_layout(data: bytes, channels: int, bits: int) -> TableLayout:
    """Inverse of TableLayout.to_bytes.

    Raises:
        FileFormatError: the bytes are truncated or describe no layout.
    """
    reader = BitReader(data)
    mode = reader.read(_MODE_FIELD)
    if mode not in list(Sharing):
        raise FileFormatError(
            "the symbol tables are of an unknown kind: the file is damaged or newer"
        )
    sharing = Sharing(mode)
    shifts, index = np.zeros(channels, np.int64), np.zeros(channels, np.int64)
    count = 1
    if sharing is Sharing.PER_CHANNEL:
        count, index = channels, np.arange(channels)
    elif sharing is Sharing.CENTERED_GROUPS:
        count, shifts, index = _read_groups(reader, channels, bits)
    tables = [read_table(reader, bits) for _ in range(count)]
    reader.finish()
    return TableLayout(bits, sharing, shifts, index, tables)


def fit_layout(counts: Int[np.ndarray, "channels alphabet"], bits: int) -> TableLayout:
    """The layout with the fewest bytes for symbols of these counts, side information included.

    Args:
        counts: occurrences of the symbols of each channel, each channel with at least one symbol.
        bits: 2 to 8.
    """
    channels = len(counts)
    unshifted = np.zeros(channels, np.int64)
    centered = (1 << (bits - 1)) - channel_centers(counts)
    candidates = [
        _fit(Sharing.ONE_TABLE, counts, unshifted, unshifted, bits),
        _fit(Sharing.PER_CHANNEL, counts, unshifted, np.arange(channels), bits),
        _fit(
            Sharing.CENTERED_GROUPS,
            counts,
            centered % (1 << bits),
            group_channels(shift_counts(counts, centered)),
            bits,
        ),
    ]
    return min(candidates, key=lambda c: 8 * len(c.to_bytes()) + c.payload_bits(counts))


def _fit(
    sharing: Sharing,
    counts: Int[np.ndarray, "channels alphabet"],
    shifts: Int[np.ndarray, "channels"],
    table_of_channel: Int[np.ndarray, "channels"],
    bits: int,
) -> TableLayout:
    sums = _sum_by_table(shift_counts(counts, shifts), table_of_channel)
    tables = [fit_table(table_counts, bits) for table_counts in sums]
    return TableLayout(bits, sharing, shifts, table_of_channel, tables)


def _sum_by_table(
    counts: Int[np.ndarray, "channels alphabet"], table_of_channel: Int[np.ndarray, "channels"]
) -> Int[np.ndarray, "tables alphabet"]:
    sums = np.zeros((int(table_of_channel.max()) + 1, counts.shape[1]), np.int64)
    np.add.at(sums, table_of_channel, counts)
    return sums


def _read_groups(
    reader: BitReader, channels: int, bits: int
) -> tuple[int, Int[np.ndarray, "channels"], Int[np.ndarray, "channels"]]:
    count = reader.read_exp_golomb(_GROUPS_ORDER) + 1
    if count > channels:
        raise FileFormatError("there are more symbol tables than channels: the file is damaged")
    width = (count - 1).bit_length()
    pairs = [(reader.read(bits), reader.read(width)) for _ in range(channels)]
    shifts, index = np.array(pairs, np.int64).T
    if index.max() >= count:
        raise FileFormatError("a channel has no symbol table: the file is damaged")
    return count, shifts, index
