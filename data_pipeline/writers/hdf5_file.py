"""HDF5 files to be written, NetCDF 4 among them, on a disk that may fill up meanwhile."""

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import h5py

from btcnet_jax.files import atomic_path
from btcnet_jax.scene.info_checks import AXES
from btcnet_jax.scene.lines import regrouped
from btcnet_jax.scene.stream import SceneStream
from data_pipeline.writers.names import in_order


class NewFile(NamedTuple):
    """An HDF5 file that is being written.

    Attributes:
        file: open.
        require_written: raises the OSError that writing failed with, if it did.
    """

    file: h5py.File
    require_written: Callable[[], None]


@contextmanager
def new_hdf5(path: Path) -> Iterator[NewFile]:
    """Yields an empty file, put in its place once the body succeeds; errors are those of `atomic_path`."""
    with atomic_path(path) as temporary, temporary.open("w+b") as raw:
        guarded = _Guarded(raw)
        with h5py.File(guarded, "w", track_order=True) as file:
            guarded.require_written()
            # h5py's files take no attributes of others, so what checks goes beside.
            yield NewFile(file, guarded.require_written)
        guarded.flush()
        guarded.require_written()


class _Guarded(io.RawIOBase):
    """A file that tells of a failure to write when it is asked, not when it happens.

    Where the disk fills up HDF5 fails again on closing, and ends the process.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._failed = file, None  # type: BinaryIO, OSError | None

    def require_written(self) -> None:
        """Raise the first failure."""
        if self._failed is not None:
            raise self._failed

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: Any) -> int:
        return self._file.readinto(buffer)  # type: ignore[attr-defined]

    def write(self, data: Any) -> int:
        try:
            return self._file.write(data)
        except OSError as error:
            self._failed = self._failed or error
            return len(data)

    def truncate(self, size: int | None = None) -> int:
        try:
            return self._file.truncate(size)
        except OSError as error:
            self._failed = self._failed or error
            return size or 0

    def flush(self) -> None:
        try:
            self._file.flush()
        except OSError as error:
            self._failed = self._failed or error


def write_samples(
    new: NewFile,
    name: str,
    stream: SceneStream,
    order: tuple[str, str, str],
    chunks: Mapping[str, int],
) -> h5py.Dataset:
    """A deflated dataset of a scene's samples, as they come.

    Args:
        new: the file.
        name: of the dataset.
        stream: the scene.
        order: of its axes in the file.
        chunks: samples along each axis that are deflated together.
    """
    values = stream.known.values
    sizes = dict(zip(AXES, values.shape, strict=True))
    cube = new.file.create_dataset(
        name,
        shape=tuple(sizes[axis] for axis in order),
        dtype=values.dtype,
        chunks=tuple(min(sizes[axis], chunks[axis]) for axis in order),
        compression="gzip",
        shuffle=True,
    )
    row = 0
    # In whole chunks: one that is written twice is deflated twice and leaves a hole.
    for group in regrouped(stream.lines, chunks["rows"]):
        lines = slice(row, row + len(group))
        place = tuple(lines if axis == "rows" else slice(None) for axis in order)
        cube[place] = group.transpose(in_order(order))
        new.require_written()
        row += len(group)
    return cube
