"""Files that appear whole or not at all: written under another name, then renamed."""

import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from btcnet_jax.errors import BtcnetError
from btcnet_jax.scratch import move_together, scratch_folder

# What only writing gives; a library may pass a failure on without its number.
_OF_WRITING = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, None)
_UNTOLD = "writing failed: the disk may be full, or files may not be that large here"
_LONGEST_NAME = 255  # Bytes, of every usual file system.
_REASONS = {
    errno.ENOENT: "its folder does not exist",
    errno.ENOTDIR: "its folder is not a folder",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EROFS: "the disk is read-only",
    errno.ENAMETOOLONG: "its name is too long",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EXDEV: "it is a link to another disk: name the file itself",
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
    """Yields a temporary name for one file; see `atomic_paths`."""
    with atomic_paths(path) as (temporary,):
        yield temporary


@contextmanager
def atomic_paths(*paths: str | os.PathLike[str]) -> Iterator[list[Path]]:
    """Yields a temporary path for each file; all are renamed once the body succeeds, the last at the end.

    They keep their names, because an ENVI pair knows itself by name, in a hidden folder beside the first,
    because only a rename inside one file system is atomic. Whatever ends the body early, an interrupt
    from the keyboard too, leaves the files as they were; one killed amid the renames is finished by the next
    run in that folder (`scratch`), and until then its pair has no header. Symbolic links are followed.

    Args:
        paths: the files to write or to replace, all in one folder; the last tells of the others.

    Raises:
        BtcnetError: as `write_atomically`; other errors of the body pass unchanged.
    """
    targets = [Path(os.path.realpath(path)) for path in paths]
    with ExitStack() as stack:
        with _explained(paths[0]):
            for path, target in zip(paths, targets, strict=True):
                _require_replaceable(path, target)
            scratch = stack.enter_context(scratch_folder(targets[0].parent))
        temporary = [scratch / Path(path).name for path in paths]
        with _explained(paths[0], only=_OF_WRITING):
            yield temporary
        with _explained(paths[0]):
            for source in temporary:
                _synchronize(source)
            moves = {source.name: target for source, target in zip(temporary, targets, strict=True)}
            move_together(scratch, moves)
            _synchronize_folder(targets[0].parent)


def _require_replaceable(path: str | os.PathLike[str], target: Path) -> None:
    if target.is_dir():
        raise BtcnetError(f"cannot write {path}: it is a folder")
    if target.exists() and not target.is_file():
        raise BtcnetError(f"cannot write {path}: it is not a regular file")


@contextmanager
def _explained(path: str | os.PathLike[str], only: tuple[int | None, ...] = ()) -> Iterator[None]:
    """Turns an OSError into one clear line, any or only those with certain numbers."""
    try:
        yield
    except OSError as error:
        if only and error.errno not in only:
            raise
        reason = _REASONS.get(error.errno or 0, error.strerror) or _UNTOLD
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
    if len(os.fsencode(target.name)) > _LONGEST_NAME:
        raise BtcnetError(f"cannot write {path}: {_REASONS[errno.ENAMETOOLONG]}")
    folder = target.absolute().parent
    reason = None
    if target.is_dir():
        reason = "it is a folder"
    elif not folder.is_dir():
        reason = _REASONS[errno.ENOENT]
    elif os.statvfs(folder).f_flag & os.ST_RDONLY:
        reason = _REASONS[errno.EROFS]
    elif not os.access(folder, os.W_OK):
        reason = _REASONS[errno.EACCES]
    if reason is not None:
        raise BtcnetError(f"cannot write {path}: {reason}")


def read_file(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a file.

    Raises:
        BtcnetError: it is missing, a folder, or cannot be read.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise BtcnetError(f"a path is wanted, not {type(path).__name__}")
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise BtcnetError(f"cannot read {path}: {error.strerror}") from error
