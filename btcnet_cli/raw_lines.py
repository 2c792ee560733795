"""Raw lines on standard input: samples and nothing else, some lines at a time."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Num

from btcnet_cli.streams import standard_input
from btcnet_jax.errors import DataError

# Bytes.
_PIECE = 1 << 20


class LinesEndError(DataError):
    """Standard input ends where lines should go on, or goes on where they should end."""


class RawLines(NamedTuple):
    """How lines lie.

    Attributes:
        cols, bands: of a line.
        dtype: of its samples, with byte order.
        by_sample: whether a sample's bands lie together; else a band's samples.
        lines: how many must come; None for as many as do.
        together: lines that are waited for before they are given on.
    """

    cols: int
    bands: int
    dtype: np.dtype
    by_sample: bool = False
    lines: int | None = None
    together: int = 1

    def read(self) -> Iterator[Num[np.ndarray, "some cols bands"]]:
        """The lines, some at a time, in native byte order; all that are whole before it ends as it should
        not, or is interrupted.

        Raises:
            BtcnetError: standard input is a terminal, or closed.
            LinesEndError: it ends inside a line, or before the last line, or goes on after it.
        """
        file = standard_input("lines")
        line = self.cols * self.bands * self.dtype.itemsize
        done = 0
        while True:
            pieces, stopped = list[bytes](), None
            try:
                _read(file, line * self._wanted(done), pieces)
            except KeyboardInterrupt as error:
                stopped = error
            data = b"".join(pieces)
            count, rest = divmod(len(data), line)
            done += count
            if count:
                yield self._in_order(data[: count * line], count)
            if stopped is not None:
                raise stopped
            if not data:
                break
            if rest:
                raise LinesEndError(
                    f"standard input ends inside line {done} (counted from 0), after {rest} of its "
                    f"{line} bytes: {self._told()}"
                )
        if self.lines is not None and done < self.lines:
            raise LinesEndError(
                f"standard input ends after {done} of {self.lines} lines: {self._told()}"
            )
        if self.lines is not None and file.read(1):
            raise LinesEndError(
                f"standard input goes on after line {done - 1} (counted from 0), the last of --lines "
                f"{self.lines}: {self._told()}"
            )

    def _wanted(self, done: int) -> int:
        return self.together if self.lines is None else min(self.together, self.lines - done)

    def _in_order(self, data: bytes, count: int) -> Num[np.ndarray, "some cols bands"]:
        values = np.frombuffer(data, self.dtype).astype(self.dtype.newbyteorder("="), copy=False)
        if self.by_sample:
            return values.reshape(count, self.cols, self.bands)
        return values.reshape(count, self.bands, self.cols).swapaxes(1, 2)

    def _told(self) -> str:
        how = "bip" if self.by_sample else "bil"
        return (
            f"check --samples {self.cols}, --bands {self.bands}, --dtype {self.dtype.name} ({how})"
        )


def _read(file: Any, length: int, pieces: list[bytes]) -> None:
    """Takes so many bytes of a buffered reader, fewer at the end alone; what came before an interruption is in
    `pieces`."""
    left = length
    # By pieces: a wrong --samples may ask for more than there is memory, and shall be told as what it is.
    while left and (piece := file.read1(min(left, _PIECE))):
        pieces.append(piece)
        left -= len(piece)
