"""HDF5 files to be written, NetCDF 4 among them: packed in memory, then written by calls that raise."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py

from btcnet_jax.files import atomic_path


@contextmanager
def new_hdf5(path: Path) -> Iterator[h5py.File]:
    """Yields an empty file, put in its place once the body succeeds; errors are those of `atomic_path`."""
    with atomic_path(path) as temporary:
        # In memory first: where the disk fills up, HDF5 fails again on closing, and ends the process.
        packed = io.BytesIO()
        with h5py.File(packed, "w", track_order=True) as file:
            yield file
        temporary.write_bytes(packed.getbuffer())
