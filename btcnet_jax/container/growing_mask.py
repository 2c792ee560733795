"""The MASK section of a scene that comes some lines at a time: what is missing so far, deflated.

What is in memory grows with the payload, not with the lines: planes of each group of lines are kept deflated,
and put together when the last line has come.
"""

import zlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Int, Num, UInt8

from btcnet_jax.container.mask import mask_head
from btcnet_jax.scene.missing_samples import MOST_FILLS, Missing, bits_of
from btcnet_jax.scene.scene import usable_nodata


class _Group(NamedTuple):
    """Lines of which some samples are missing, or none: its planes are deflated codes."""

    rows: int
    plane_of_band: Int[np.ndarray, " bands"]
    planes: list[bytes]


class GrowingMask:
    """What samples of a scene are missing.

    Args:
        cols, bands: of the scene.
        dtype: of its samples.
        nodata: value that stands for all that are missing where they hold too many; None where there is none.

    Attributes:
        count: samples that are missing so far.
    """

    def __init__(
        self, cols: int, bands: int, dtype: np.dtype, nodata: int | float | None = None
    ) -> None:
        self._cols, self._dtype, self._nodata = cols, dtype, usable_nodata(nodata, dtype)
        # Values of missing samples, bit by bit, in the order in which they came.
        self._fills: dict[int, int] = {}
        self._exact, self.count = True, 0
        # Bands that shared a plane in each group share one.
        self._plane_of_band = np.zeros(bands, np.int64)
        self._groups: list[_Group] = []

    @property
    def exact(self) -> bool:
        """Whether missing samples come back as they were; else they held too many values."""
        return self._exact

    def add(self, rows: int, missing: Missing | None) -> None:
        """Append lines, of which these samples are missing."""
        if missing is None:
            self._groups.append(_Group(rows, np.zeros_like(self._plane_of_band), []))
            return
        codes = self._numbered(missing)[missing.planes]
        planes = [zlib.compress(plane.tobytes(), 1) for plane in codes]
        self._groups.append(_Group(rows, missing.plane_of_band, planes))
        both = self._plane_of_band * len(planes) + missing.plane_of_band
        self._plane_of_band = np.unique(both, return_inverse=True)[1].reshape(-1)
        self.count += missing.count()

    def pack(self) -> bytes:
        """The payload of MASK; empty where no sample is missing."""
        if not self.count:
            return b""
        fills, rank = self._sorted()
        # Planes in the order in which bands first use them.
        _, first, place = np.unique(self._plane_of_band, return_index=True, return_inverse=True)
        bands = np.sort(first)
        number = np.argsort(np.argsort(first))[place.reshape(-1)]
        deflate = zlib.compressobj(9)
        parts = [deflate.compress(mask_head(fills, number, len(bands)))]
        for band in bands.tolist():
            before = np.zeros(-(-self._cols // 8) if len(fills) == 1 else self._cols, np.uint8)
            for codes in self._lines_of(band):
                lines = np.packbits(codes > 0, axis=1) if len(fills) == 1 else rank[codes]
                parts.append(deflate.compress((lines ^ _shifted(before, lines)).tobytes()))
                before = lines[-1]
        return b"".join([*parts, deflate.flush()])

    def _numbered(self, missing: Missing) -> UInt8[np.ndarray, " codes"]:
        """Codes here of the codes there."""
        self._exact &= missing.exact
        table = np.ones(1 + len(missing.fills), np.uint8)
        table[0] = 0
        if self._exact:
            for code, bits in enumerate(missing.fills.view(bits_of(self._dtype)).tolist(), 1):
                place = self._fills.setdefault(bits, len(self._fills))
                self._exact &= place < MOST_FILLS
                table[code] = min(place, MOST_FILLS - 1) + 1
        return table

    def _sorted(self) -> tuple[Num[np.ndarray, " fills"], UInt8[np.ndarray, " codes"]]:
        """All fills as of `find_missing`, and the codes then of the codes before."""
        if not self._exact:
            usual = np.nan if self._dtype.kind == "f" else 0
            fill = usual if self._nodata is None else self._nodata
            return np.array([fill], self._dtype), np.ones(MOST_FILLS + 1, np.uint8)
        patterns = np.array(list(self._fills), bits_of(self._dtype))
        order = np.argsort(patterns)
        rank = np.zeros(MOST_FILLS + 1, np.uint8)
        rank[1 + order] = 1 + np.arange(len(order))
        return patterns[order].view(self._dtype), rank

    def _lines_of(self, band: int) -> Iterator[UInt8[np.ndarray, "some cols"]]:
        for group in self._groups:
            if not group.planes:
                yield np.zeros((group.rows, self._cols), np.uint8)
                continue
            codes = zlib.decompress(group.planes[group.plane_of_band[band]])
            yield np.frombuffer(codes, np.uint8).reshape(group.rows, self._cols)


def _shifted(
    before: UInt8[np.ndarray, " width"], lines: UInt8[np.ndarray, "some width"]
) -> UInt8[np.ndarray, "some width"]:
    return np.concatenate([before[None], lines[:-1]])
