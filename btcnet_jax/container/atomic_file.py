"""Files that appear whole or not at all: written under another name, then renamed."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from btcnet_jax.errors import BtcnetError

_FULL_DISK = (errno.ENOSPC, errno.EDQUOT)
_REASONS = {
    errno.ENOENT: "its folder does not exist",
    errno.ENOTDIR: "its folder is not a folder",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EROFS: "the disk is read-only",
    errno.ENAMETOOLONG: "its name is too long",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "files may not be that large here",
}


def write_atomically(path: str | os.PathLike[str], data: bytes) -> None:
    """Writes `data` to `path`; after any failure the former file, if one was there, is untouched.

    Raises:
        BtcnetError: the path cannot be written: its folder is missing or may not be written to,
            it is itself a folder, or the disk is full.
    """
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yields the name of an empty temporary file beside `path` that becomes `path` on success.

    It has the suffix of `path` and the permissions the umask gives. It is removed if the body or
    the renaming fails, by an interrupt too. Symbolic links are followed.

    Raises:
        BtcnetError: as `write_atomically`; other errors of the body pass unchanged.
    """
    target = Path(os.path.realpath(path))
    with _explained(path):
        if target.is_dir():
            raise BtcnetError(f"cannot write {path}: it is a folder")
        if target.exists() and not target.is_file():
            raise BtcnetError(f"cannot write {path}: it is not a regular file")
    temporary = target.with_name(f".btcnet-{secrets.token_hex(8)}{target.suffix}")
    try:
        with _explained(path):
            os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        with _explained(path, only=_FULL_DISK):
            yield temporary
        with _explained(path):
            _synchronize(temporary)
            temporary.replace(target)
            _synchronize_folder(target.parent)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def _explained(path: str | os.PathLike[str], only: tuple[int, ...] = ()) -> Iterator[None]:
    """Turns an OSError into one clear line, any or only those with certain numbers."""
    try:
        yield
    except OSError as error:
        if only and error.errno not in only:
            raise
        reason = _REASONS.get(error.errno or 0, error.strerror)
        raise BtcnetError(f"cannot write {path}: {reason}") from error


def _synchronize(path: Path) -> None:
    # Without this a crash of the machine soon after could leave the new name on an empty file.
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _synchronize_folder(folder: Path) -> None:
    # The file is in place by now; some systems cannot open or synchronize a folder.
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def require_writable(path: str | os.PathLike[str]) -> None:
    """Refuse a place that cannot be written before long work begins, not after it.

    Raises:
      BtcnetError: as `write_atomically`; nothing is left behind.
    """
    target = Path(path)
    folder = target.absolute().parent
    reason = None
    if target.is_dir():
        reason = "it is a folder"
    elif not folder.is_dir():
        reason = _REASONS[errno.ENOENT]
    elif not os.access(folder, os.W_OK):
        reason = _REASONS[errno.EACCES]
    if reason is not None:
        raise BtcnetError(f"cannot write {path}: {reason}")


def read_file(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a file.

    Raises:
      BtcnetError: it is missing, a folder, or cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise BtcnetError(f"cannot read {path}: {error.strerror}") from error
