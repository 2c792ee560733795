"""The synthesis matrix of a base in fixed point: from the integers of a file to others, by integers alone."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int32, Int64

from btcnet_jax.coding.adaptive_basis import BasisEntries
from btcnet_jax.coding.bounded.arrays import PLANE_BITS
from btcnet_jax.coding.spectral_basis import STEPS_PER_OCTAVE
from btcnet_jax.errors import FileFormatError

# 2**(0/4) to 2**(3/4), and the bits behind their points.
_QUARTERS = (1073741824, 1276901417, 1518500250, 1805811301)
_QUARTER_BITS = 30
# Bits of the largest entry, and behind the point of all at most; of an offset; octaves that an entry may be
# moved by.
_ENTRY_BITS, _MOST_SHIFT, _OFFSET_BITS, _MOST_OCTAVES = 30, 24, 61, 256
_IMPOSSIBLE = "the spectral basis leads beyond all numbers: the file is damaged"


class BaseMatrix(NamedTuple):
    """From planes of components to codes of bands.

    Attributes:
        offsets: of the bands, in codes times 2**(shift + PLANE_BITS).
        entries: of a component and band, in codes a step, times 2**shift; within +-2**30.
        shift: bits behind the point.
    """

    offsets: Int64[np.ndarray, " bands"]
    entries: Int32[np.ndarray, "components bands"]
    shift: int

    @classmethod
    def of(cls, basis: BasisEntries, widths: list[int], octaves: int) -> "BaseMatrix":
        """In fixed point.

        Args:
            basis: of a file.
            widths: of the bands' steps: entries are in these.
            octaves: times 2 to the power of which entries are.

        Raises:
            FileFormatError: they are too large.
        """
        exact, moved = _exact(basis, widths, octaves)
        longest = max(
            (
                entry.bit_length() + by
                for entries, steps in zip(exact[1:], moved[1:], strict=True)
                for entry, by in zip(entries, steps, strict=True)
                if entry
            ),
            default=0,
        )
        shift = min(_ENTRY_BITS - longest, _MOST_SHIFT)
        if shift < 0:
            raise FileFormatError(_IMPOSSIBLE)
        offsets = [
            _moved(entry, by + shift + PLANE_BITS)
            for entry, by in zip(exact[0], moved[0], strict=True)
        ]
        if any(abs(offset) >> _OFFSET_BITS for offset in offsets):
            raise FileFormatError(_IMPOSSIBLE)
        entries = [
            [_moved(entry, by + shift) for entry, by in zip(*row, strict=True)]
            for row in zip(exact[1:], moved[1:], strict=True)
        ]
        return cls(np.array(offsets, np.int64), np.array(entries, np.int32), shift)

    def require_room(self, largest: Int64[np.ndarray, " components"]) -> None:
        """Refuse planes whose sums could take more than 62 bits.

        Args:
            largest: magnitude of each plane.

        Raises:
            FileFormatError: they could.
        """
        steepest = np.abs(self.entries.astype(np.int64)).max(axis=1, initial=0)
        pairs = zip(largest.tolist(), steepest.tolist(), strict=True)
        if sum(plane * entry for plane, entry in pairs) >> _OFFSET_BITS:
            raise FileFormatError(_IMPOSSIBLE)


def _exact(
    basis: BasisEntries, widths: list[int], octaves: int
) -> tuple[list[list[int]], list[list[int]]]:
    """Whole numbers, of any length, and by which powers of two they are to be multiplied."""
    quarters = basis.common + STEPS_PER_OCTAVE * (basis.exponents[None] + octaves)
    quarters = quarters - basis.levels[:, None]
    moved = quarters // STEPS_PER_OCTAVE
    if np.abs(moved).max() > _MOST_OCTAVES:
        raise FileFormatError(_IMPOSSIBLE)
    exact = [
        [
            entry * width * _QUARTERS[quarter]
            for entry, width, quarter in zip(entries, widths, row, strict=True)
        ]
        for entries, row in zip(
            basis.symbols.tolist(), (quarters % STEPS_PER_OCTAVE).tolist(), strict=True
        )
    ]
    return exact, (moved - _QUARTER_BITS).tolist()


def _moved(value: int, left: int) -> int:
    """A value times 2**left, halves rounded up."""
    return value << left if left >= 0 else ((value >> (-left - 1)) + 1) >> 1
