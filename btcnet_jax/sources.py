"""Where compressed files are read from, piece by piece: paths, open files, and URLs where fsspec is there.

A path is opened anew for each piece, so that nothing stays open; the piece after the last one read is kept.
"""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from btcnet_jax.errors import BtcnetError, MissingExtraError
from btcnet_jax.extras import how_to_install
from btcnet_jax.files import read_file

# Bytes that are read at once where fewer are asked for.
_PIECE = 1 << 16

Source = str | os.PathLike[str] | io.IOBase | Any
"""A path, a URL, or a file that can be read and sought in."""


class Pieces(io.RawIOBase):
    """A file of a known size, read by a function of offset and length.

    Args:
        size: of the file in bytes.
        read_piece: gives the bytes there; fewer only at the end.
    """

    def __init__(self, size: int, read_piece: Callable[[int, int], bytes]) -> None:
        self._size, self._read_piece, self._at = size, read_piece, 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """The place that is read next."""
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to an offset from the start, from here or from the end."""
        self._at = max(offset + (0, self._at, self._size)[whence], 0)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Read what fits."""
        wanted = min(len(buffer), self._size - self._at)
        if wanted <= 0:
            return 0
        data = self._read_piece(self._at, wanted)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def open_source(source: Source) -> io.BufferedIOBase:
    """A file to read pieces of.

    Args:
        source: a path, a URL such as s3://bucket/scene.btcn, or a binary file object that can be sought in.

    Raises:
        BtcnetError: it cannot be read; later readings raise it too.
        MissingExtraError: a URL, and fsspec is not installed.
    """
    if isinstance(source, str) and "://" in source:
        pieces = _of_url(source)
    elif isinstance(source, (str, os.PathLike)):
        if not Path(source).is_file():
            # A pipe is read to its end; of what is no file at all the error says so.
            return io.BytesIO(read_file(source))
        pieces = _of_path(Path(source))
    else:
        pieces = _of_file(source)
    return io.BufferedReader(pieces, _PIECE)


def _of_path(path: Path) -> Pieces:
    def read_piece(start: int, length: int) -> bytes:
        try:
            with path.open("rb", buffering=0) as file:
                file.seek(start)
                return file.read(length)
        except OSError as error:
            raise _unreadable(str(path), error) from error

    return Pieces(path.stat().st_size, read_piece)


def _of_url(url: str) -> Pieces:
    try:
        import fsspec
    except ImportError as error:
        raise MissingExtraError(
            f"{url} is a URL, which fsspec reads, and it cannot be imported: {how_to_install('remote')}"
        ) from error
    try:
        system, path = fsspec.core.url_to_fs(url)
        size = system.size(path)
    except Exception as error:
        raise _unreadable(url, error) from error
    if size is None:
        raise BtcnetError(f"cannot read {url} in pieces: it does not tell its size; download it")

    def read_piece(start: int, length: int) -> bytes:
        try:
            return bytes(system.cat_file(path, start, start + length))
        except Exception as error:
            raise _unreadable(url, error) from error

    return Pieces(size, read_piece)


def _of_file(file: Any) -> Pieces:
    name = getattr(file, "name", "the file object")
    try:
        size = file.seek(0, 2)
        whole = isinstance(file.read(0), bytes) and isinstance(size, int)
    except (AttributeError, OSError, ValueError, TypeError) as error:
        raise BtcnetError(
            f"a path is wanted, a URL or a file that can be sought in, not {type(file).__name__}"
        ) from error
    if not whole:
        raise BtcnetError(f"{name} is a file of text: open it with mode 'rb'")

    def read_piece(start: int, length: int) -> bytes:
        try:
            file.seek(start)
            return bytes(file.read(length))
        except (OSError, ValueError) as error:
            raise _unreadable(str(name), error) from error

    return Pieces(size, read_piece)


def _unreadable(name: str, error: Exception) -> BtcnetError:
    """Libraries raise what they like; a reader that stops is told of in one line."""
    told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    reason = " ".join(told.split()) or type(error).__name__
    return BtcnetError(f"cannot read {name}: {reason:.200}")
