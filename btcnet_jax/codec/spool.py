"""A compressed file whose tiles lie on disk: coded before it is known what stands in front of them."""

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from btcnet_jax.container.container import ContainerWriter, Section
from btcnet_jax.container.sections import SectionKind


class TileSpool:
    """The TILE sections of one file, in a temporary file without a name, which nothing can leave behind.

    Args:
        folder: on whose disk it is; None for the system's own.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._file: Any = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        self._places: list[tuple[int, int]] = []

    @property
    def sizes(self) -> list[int]:
        """Bytes of each tile's section."""
        return [size for _, size in self._places]

    def __enter__(self) -> "TileSpool":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def clear(self) -> None:
        """Forget all tiles."""
        self._file.seek(0)
        self._file.truncate()
        self._places = []

    def add(self, tile: Section) -> None:
        """Append a tile. Raises OSError where the disk is full."""
        self._places.append(self._write(tile))

    def replace(self, number: int, tile: Section) -> None:
        """Put a tile in another's place, counted from 0. Raises OSError where the disk is full."""
        self._places[number] = self._write(tile)

    def _write(self, tile: Section) -> tuple[int, int]:
        start = self._file.seek(0, io.SEEK_END)
        self._file.write(tile.payload)
        return start, len(tile.payload)

    def tiles(self) -> Iterator[Section]:
        """The tiles, in their order."""
        for start, length in self._places:
            self._file.seek(start)
            yield Section(SectionKind.TILE, self._file.read(length))


class SpooledFile:
    """A file that can be measured and written.

    Args:
        head: its sections but for the tiles.
        spool: of its tiles; None of a file without any.
    """

    def __init__(self, head: list[Section], spool: TileSpool | None) -> None:
        self._head, self._spool = head, spool
        self._size: int | None = None

    def __len__(self) -> int:
        if self._size is None:
            counter = _Counter()
            self.write_to(counter)
            self._size = counter.size
        return self._size

    def write_to(self, file: io.BufferedIOBase) -> None:
        """Write all of it."""
        writer = ContainerWriter(file)
        for section in self._head:
            writer.add(section)
        for tile in () if self._spool is None else self._spool.tiles():
            writer.add(tile)
        writer.finish()


class _Counter(io.BufferedIOBase):
    """A file that keeps nothing but its size."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: Any) -> int:
        self.size += len(data)
        return len(data)
