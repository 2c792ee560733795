"""A scene that is read in windows must stay what it was when it was opened."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from btcnet_jax.errors import DataError
from btcnet_jax.scene.scene import SceneSource

_Read = Callable[[slice, slice], np.ndarray]


def watched(source: SceneSource, files: Sequence[Path]) -> SceneSource:
    """The same source, which refuses to go on once one of its files has changed.

    What was read before would be of another scene than what follows; of a file that is shorter now, a memory
    map would end the process.

    Args:
        source: of which windows will be read.
        files: that it reads.

    Raises:
        DataError: when a window is read, of a file that was written to, cut, replaced or removed.
    """
    marks = {path: _mark(path) for path in files}

    def require_same() -> None:
        for path, mark in marks.items():
            if _mark(path) != mark:
                raise DataError(
                    f"{path}: it changes while it is read; wait until whatever writes it is done"
                )

    def checked(read: _Read) -> _Read:
        def window(rows: slice, cols: slice) -> np.ndarray:
            require_same()
            values = read(rows, cols)
            require_same()
            return values

        return window

    mask = None if source.read_mask is None else checked(source.read_mask)
    return dataclasses.replace(source, read_window=checked(source.read_window), read_mask=mask)


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_ino, told.st_size, told.st_mtime_ns
