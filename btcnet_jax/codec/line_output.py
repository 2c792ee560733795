"""Where coded lines go: to a path, as an ordinary file; or to a file object, group after group."""

import io
import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from btcnet_jax.codec.spool import SpooledFile, TileSpool
from btcnet_jax.container.container import ContainerWriter, Section
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.container.stream_end import stream_end
from btcnet_jax.files import atomic_path


@runtime_checkable
class LineOutput(Protocol):
    """Takes the sections of a file whose lines are still coming."""

    def begin(self, head: list[Section]) -> None:
        """Take the sections before the tiles; of HEADER the rows say nothing yet."""

    def add(self, tile: Section) -> None:
        """Take the next tile."""

    def finish(self, head: list[Section], rows: int, mask: bytes) -> int:
        """Finish the file.

        Args:
            head: sections before the tiles, with the right number of lines.
            rows: lines of the scene.
            mask: payload of MASK; empty where no sample is missing.

        Returns:
            Bytes of the file.
        """


class WholeOutput:
    """A path, which gets an ordinary file, whole or not at all.

    Args:
        path: of the file.
        stack: closes what is opened here.
    """

    def __init__(self, path: str | os.PathLike[str], stack: ExitStack) -> None:
        self._temporary = stack.enter_context(atomic_path(path))
        self._spool = stack.enter_context(TileSpool(Path(self._temporary).parent))

    def begin(self, head: list[Section]) -> None:
        """Nothing: they are written at the end."""

    def add(self, tile: Section) -> None:
        """Onto the disk."""
        self._spool.add(tile)

    def finish(self, head: list[Section], rows: int, mask: bytes) -> int:
        """All at once."""
        return self._write(self._temporary, head, mask)

    def keep(
        self, path: str | os.PathLike[str], head: list[Section], rows: int, mask: bytes
    ) -> None:
        """The file under another name; arguments as of `finish`."""
        with atomic_path(path) as temporary:
            self._write(temporary, head, mask)

    def _write(self, path: Path, head: list[Section], mask: bytes) -> int:
        sections = [*head, Section(SectionKind.MASK, mask)] if mask else head
        with path.open("wb") as file:
            SpooledFile(sections, self._spool).write_to(file)
            return file.tell()


class StreamOutput:
    """A file object, which gets what is ready.

    Args:
        file: binary; nothing is read and nothing sought.
    """

    def __init__(self, file: Any) -> None:
        self._counted = _Counted(file)

    def begin(self, head: list[Section]) -> None:
        """What stands before the tiles, as far as it is known."""
        self._writer = ContainerWriter(self._counted)
        for section in [*head, Section(SectionKind.STREAM, b"")]:
            self._writer.add(section)

    def add(self, tile: Section) -> None:
        """At once."""
        self._writer.add(tile)
        self._counted.flush()

    def finish(self, head: list[Section], rows: int, mask: bytes) -> int:
        """What was not known before."""
        for section in stream_end(rows, mask):
            self._writer.add(section)
        self._writer.finish()
        self._counted.flush()
        return self._counted.size


class _Counted(io.BufferedIOBase):
    """A file, and how many bytes it got; closing it is its owner's."""

    def __init__(self, file: Any) -> None:
        self._file, self.size = file, 0

    def write(self, data: Any) -> int:
        left = memoryview(data)
        while left:
            # Unbuffered, one write may take a part alone; a file that does not say has taken all.
            taken = self._file.write(left)
            left = left[len(left) if taken is None else taken :]
        self.size += len(data)
        return len(data)

    def close(self) -> None:
        """Nothing, when it is collected too."""

    def flush(self) -> None:
        if hasattr(self._file, "flush"):
            self._file.flush()
