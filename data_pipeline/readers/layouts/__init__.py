"""Publishers' own layouts of files, one module each, behind one protocol a container."""

from pathlib import Path
from typing import Any, Protocol

import h5py

from btcnet_jax.scene.scene import SceneSource
from data_pipeline.readers.axes import AxisOrder
from data_pipeline.readers.layouts import emit, enmap, pace, prisma, stac


class Hdf5Layout(Protocol):
    """A layout of HDF5 or NetCDF 4 files."""

    def matches(self, file: h5py.File) -> bool:
        """Whether the file is of this layout, by its groups and attributes."""

    def open_layout(
        self, path: Path, file: h5py.File, variable: str | None, axes: AxisOrder | None
    ) -> SceneSource:
        """The scene; arguments and errors are those of `open_hdf5`."""


class Sidecar(Protocol):
    """A layout of files that describe a GeoTIFF beside them."""

    def find_sidecar(self, path: Path) -> Path | None:
        """The file beside `path` that describes it, if there is one."""

    def sidecar_facts(self, sidecar: Path, path: Path, bands: int) -> dict[str, Any]:
        """What it says, as keyword arguments of a scene. Raises DataError where bands differ."""


SIDECARS: tuple[Sidecar, ...] = (enmap, stac)
HDF5_LAYOUTS: tuple[Hdf5Layout, ...] = (emit, pace, prisma)
