"""Standard input and output in the place of a file, told by the name -."""

import contextlib
import contextvars
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from btcnet_jax.errors import BtcnetError, DataError
from btcnet_jax.scratch import passing_folder

STANDARD = Path("-")
_INPUT = "standard input"
# Kinds of data that are one file, by how it begins.
_KINDS = {
    b"BTCN": ".btcn",
    b"BTCP": ".btcplan",
    b"\x93NUMPY": ".npy",
    b"PK": ".npz",
    b"MATLAB": ".mat",
    b"\x89HDF": ".h5",
    b"CDF": ".nc",
    b"II": ".tif",
    b"MM": ".tif",
}
_LONGEST = max(map(len, _KINDS))
# Standard output as it was, while `words_aside` has standard error in its place.
_OUTPUT: contextvars.ContextVar[TextIO | None] = contextvars.ContextVar("_OUTPUT", default=None)


def is_standard(path: Path | None) -> bool:
    """Whether a path stands for standard input or output."""
    return path == STANDARD


@contextlib.contextmanager
def words_aside(*places: Path | None) -> Iterator[None]:
    """Where one of a command's places is standard output, what it says goes to standard error meanwhile."""
    if not any(map(is_standard, places)):
        yield
        return
    if sys.stdout is None:
        raise BtcnetError("standard output is closed: name a file, or open it")
    token = _OUTPUT.set(sys.stdout)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        _OUTPUT.reset(token)


def write_standard(data: bytes | memoryview) -> None:
    """Write bytes to standard output, all of them.

    Raises:
        OSError: they cannot be written: the disk behind it is full, say.
    """
    output = (_OUTPUT.get() or sys.stdout).buffer
    left = memoryview(data)
    while left:
        # Unbuffered (PYTHONUNBUFFERED), one write may take a part alone, and fails at the next.
        left = left[output.write(left) or 0 :]
    output.flush()


def standard_input(what: str, instead: str = "") -> BinaryIO:
    """Standard input, to read bytes from.

    Args:
        what: that shall come.
        instead: what else can be done.

    Raises:
        BtcnetError: it is a terminal, or closed.
    """
    state = "closed" if sys.stdin is None else "a terminal" if sys.stdin.isatty() else None
    if state is not None:
        hint = f"pipe {what} into it" + (f", {instead}" if instead else "")
        raise BtcnetError(f"standard input is {state}: {hint}")
    return sys.stdin.buffer


def read_standard() -> bytes:
    """All of standard input.

    Raises:
        BtcnetError: it is a terminal or closed, or nothing comes.
    """
    data = standard_input("a file", "or name one").read()
    if not data:
        raise BtcnetError("standard input is empty: pipe a file into it, or name one")
    return data


@contextlib.contextmanager
def real_file(path: Path) -> Iterator[Path]:
    """A file as it is named; of standard input a copy, for readers go back and forth in files.

    Raises:
        DataError: what comes is no cube in one file; what the body says of it is about "standard input".
    """
    if not is_standard(path):
        yield path
        return
    data = read_standard()
    kind = _kind(data[:_LONGEST])
    with passing_folder() as folder:
        copy = folder / f"standard_input{kind}"
        copy.write_bytes(data)
        del data
        try:
            with _warnings_about(copy):
                yield copy
        except BtcnetError as error:
            raise type(error)(str(error).replace(str(copy), _INPUT)) from error


@contextlib.contextmanager
def _warnings_about(copy: Path) -> Iterator[None]:
    """Warnings of the body about the copy are about standard input."""
    with warnings.catch_warnings():
        usual = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
            usual(str(message).replace(str(copy), _INPUT), category, *place, **more)

        warnings.showwarning = show
        yield


def _kind(begin: bytes) -> str:
    for mark, suffix in _KINDS.items():
        if begin.startswith(mark):
            return suffix
    raise DataError(
        "standard input is no file that can be read from a pipe (.btcn, .npy, .npz, .mat, .tif, .nc, .h5):"
        " name a file"
    )
