"""Publishers' own layouts of files, one module each, behind one protocol a container."""

from pathlib import Path
from typing import Protocol

import h5py

from btcnet_jax.scene.scene import SceneSource
from data_pipeline.readers.layouts import emit, pace, prisma


class Hdf5Layout(Protocol):
    """A layout of HDF5 or NetCDF 4 files."""

    def matches(self, file: h5py.File) -> bool:
        """Whether the file is of this layout, by its groups and attributes."""

    def open_layout(self, path: Path, file: h5py.File, variable: str | None) -> SceneSource:
        """The scene; arguments and errors are those of `open_hdf5`."""


HDF5_LAYOUTS: tuple[Hdf5Layout, ...] = (emit, pace, prisma)
