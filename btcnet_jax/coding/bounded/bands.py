"""The bands of a tile to words and back: one after another, or in two lanes that two threads can code at once.

A lane is every other band, with a stream and with odds and sums of its own; samples and errors are known to
both. So a lane needs of the other's band no more than the lines to one below its own, and follows it down.
"""

import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int64, UInt32

from btcnet_jax.coding.bounded.arrays import FEATURE_BITS, MOST_STEPS, Band, State
from btcnet_jax.coding.context.kernel.arrays import WRITTEN, Stream
from btcnet_jax.errors import FileFormatError
from btcnet_jax.parallel import in_order
from btcnet_jax.progress import Progress

Words = UInt32[np.ndarray, " words"]

# Groups of lines of a band that a lane codes before it tells the other: few calls, and little to wait for.
_GROUPS = 8


class Codes(NamedTuple):
    """What is coded.

    Attributes:
        codes: each from 0 to its band's `largest`; become the restored ones.
        missing: True for samples that are not coded; None where all are.
        most: that a restored code may differ.
        largest: codes of each band.
        means: of each band's codes, about.
    """

    codes: Int64[np.ndarray, "bands rows cols"]
    missing: Bool[np.ndarray, "bands rows cols"] | None
    most: Int64[np.ndarray, " bands"]
    largest: list[int]
    means: list[int]


class BandCoding:
    """The coding of a tile, which can rest behind any band.

    Args:
        given: what is coded.
        lanes: in which bands are, 1 or 2.
        words: of each lane that are decoded; None to encode.

    Attributes:
        sizes: bytes that each band has taken.
    """

    def __init__(self, given: Codes, lanes: int, words: list[Words] | None = None) -> None:
        self._given, self._lanes, self._decoding = given, lanes, words is not None
        bands, rows, cols = given.codes.shape
        self._states = State.of_lanes(rows, cols, lanes)
        read: Sequence[Words | None] = [None] * lanes if words is None else words
        self._streams = [Stream.start(each) for each in read]
        self._shift = max(max(given.largest).bit_length() - FEATURE_BITS, 0)
        self._nowhere = np.zeros((rows, cols), np.uint8)
        self._done, self.sizes = 0, np.zeros(bands, np.int64)

    def code(
        self, upto: int | None = None, progress: Progress | None = None, jobs: int = 1
    ) -> None:
        """Codes the bands before `upto`, None of all, that are not coded yet.

        Args:
            progress: called with bands done and in all, maybe by other threads, one at a time.
            jobs: threads; more than lanes have nothing to do.

        Raises:
            FileFormatError: words to decode are damaged.
        """
        bands = len(self._given.codes)
        upto = bands if upto is None else upto
        if jobs > 1 and self._lanes > 1:
            self._code_lanes(range(self._done, upto), progress)
        else:
            for band in range(self._done, upto):
                self._coder(band)((0, self._given.codes.shape[1]))
                if progress is not None:
                    progress(band + 1, bands)
        self._done = upto
        if upto == bands and self._decoding:
            self._require_end()

    def words(self) -> list[Words]:
        """What was written of each lane, or read."""
        return [stream.words[: stream.counts[WRITTEN]] for stream in self._streams]

    def _code_lanes(self, bands: range, progress: Progress | None) -> None:
        rows, lines = self._given.codes.shape[1], _Lines(bands.start)
        each = -(-rows // _GROUPS)

        def run(lane: int) -> None:
            try:
                for band in bands[lane :: self._lanes]:
                    code = self._coder(band)
                    for first in range(0, rows, each):
                        last = min(first + each, rows)
                        if not lines.wait(band - 1, min(last + 1, rows)):
                            return
                        code((first, last))
                        lines.tell(band, last)
                    if progress is not None:
                        lines.count(progress, len(self._given.codes))
            except BaseException:
                lines.stop()
                raise

        for _ in in_order(run, range(self._lanes), self._lanes):
            pass

    def _coder(self, band: int) -> Callable[[tuple[int, int]], None]:
        """What codes lines of a band, which takes a little each time beside what is made ready here."""
        from btcnet_jax.coding.bounded.band import code_lines

        given, lane = self._given, band % self._lanes
        bands, rows, cols = given.codes.shape
        if not self._decoding:
            self._streams[lane] = self._streams[lane].with_room(MOST_STEPS * rows * cols)
        stream = self._streams[lane]
        absent = self._nowhere if given.missing is None else given.missing[band].astype(np.uint8)
        bound = min(int(given.most[band]), given.largest[band])
        kind = Band(band, given.means[band], bound, given.largest[band], self._shift)
        last, before = band >= bands - self._lanes, int(stream.counts[WRITTEN])
        ready = self._states[lane], stream, kind, given.codes[band], absent, last, self._decoding
        code = code_lines.taking(*ready)

        def run(lines: tuple[int, int]) -> None:
            if not code(lines):
                raise FileFormatError("the coded samples are invalid: the file is damaged")
            self.sizes[band] = 4 * (int(stream.counts[WRITTEN]) - before)

        return run

    def _require_end(self) -> None:
        if any(stream.counts[WRITTEN] != len(stream.words) for stream in self._streams):
            raise FileFormatError(
                "the coded samples do not end where they should: the file is damaged"
            )


class _Lines:
    """How many lines of which bands are done: what lanes wait for.

    Args:
        first: band that is coded; those before it are done.
    """

    def __init__(self, first: int) -> None:
        self._first, self._counted, self._stopped = first, first, False
        self._changed, self._done = threading.Condition(), dict[int, int]()

    def wait(self, band: int, lines: int) -> bool:
        """Until so many lines of a band are done. Gives whether they are: not where a lane has stopped."""
        if band < self._first:
            return True
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._done.get(band, 0) >= lines)
            return not self._stopped

    def tell(self, band: int, lines: int) -> None:
        """So many lines of a band are done."""
        with self._changed:
            self._done[band] = lines
            self._changed.notify_all()

    def count(self, progress: Progress, bands: int) -> None:
        """Another band is done."""
        with self._changed:
            self._counted += 1
            progress(self._counted, bands)

    def stop(self) -> None:
        """A lane has failed: the other must not wait for it."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
