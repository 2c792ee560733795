"""What ENVI and GeoTIFF share: a raster of bands written through rasterio."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.control import GroundControlPoint
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.io import DatasetWriter
from rasterio.transform import Affine
from rasterio.windows import Window

from btcnet_jax.errors import DataError
from btcnet_jax.scene.lines import regrouped
from btcnet_jax.scene.scene import Scene
from btcnet_jax.scene.stream import SceneStream
from data_pipeline.readers.raster import quiet_about_georeferencing

_CACHE = 64  # Megabytes.


def write_raster(
    path: Path,
    temporary: Path,
    stream: SceneStream,
    profile: dict[str, str],
    describe: Callable[[DatasetWriter, Scene], None],
) -> Scene:
    """Writes samples, nodata and place, and has `describe` write the rest.

    Args:
        path: the file that comes of it, for messages.
        temporary: where to write.
        stream: the scene.
        profile: GDAL's driver and its options.
        describe: writes into the open raster what its format has a place for, once all samples are there.

    Returns:
        What is known of the scene, its mask too.

    Raises:
        DataError: it cannot be written.
    """
    scene = stream.known
    rows, cols, bands = scene.values.shape
    shape = {"height": rows, "width": cols, "count": bands, "dtype": scene.values.dtype}
    try:
        with (
            quiet_about_georeferencing(),
            rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True, **_memory(stream)),
            rasterio.open(
                temporary.absolute(), "w", nodata=scene.nodata, **shape, **_place(scene), **profile
            ) as raster,
        ):
            _write_lines(raster, stream.lines)
            scene = stream.finished()
            describe(raster, scene)
    except UnicodeEncodeError:
        name = str(path).encode("utf-8", "replace").decode()
        raise DataError(f"{name}: GDAL takes no name that is not UTF-8; name another") from None
    except RasterioError as error:
        raise DataError(f"{path}: cannot be written ({error}); check the free space") from None
    # Statistics that another tool keeps of the replaced file would be taken for those of this one.
    path.with_name(temporary.name + ".aux.xml").unlink(missing_ok=True)
    return scene


def _memory(stream: SceneStream) -> dict[str, int]:
    """GDAL's own usual limit is a share of the machine's memory."""
    return {"GDAL_CACHEMAX": _CACHE} if stream.large else {}


def _write_lines(raster: DatasetWriter, lines: Iterable[np.ndarray]) -> None:
    """In whole strips: one that is written twice leaves a hole in the file."""
    row = 0
    for group in regrouped(lines, raster.block_shapes[0][0]):
        window = Window(0, row, raster.width, len(group))
        raster.write(np.moveaxis(group, -1, 0), window=window)
        row += len(group)


def _place(scene: Scene) -> dict[str, Any]:
    """A raster has a transform or control points, not both."""
    place: dict[str, Any] = {"crs": scene.crs}
    if scene.transform is not None:
        place["transform"] = Affine(*scene.transform)
    elif scene.gcps:
        # Of points without a system rasterio asks for an empty one.
        place["crs"] = scene.crs or CRS()
        place["gcps"] = [GroundControlPoint(*point) for point in scene.gcps]
    return place


def band_lists(scene: Scene) -> dict[str, list[str]]:
    """Wavelengths in nanometers, fwhm and bad bands as ENVI names them, a word a band."""
    good = None if scene.band_mask is None else scene.band_mask.astype(int)
    lists = {"wavelength": scene.wavelengths, "fwhm": scene.fwhm, "bbl": good}
    return {
        name: list(map(str, numbers.tolist()))
        for name, numbers in lists.items()
        if numbers is not None
    }


def write_names(raster: DatasetWriter, scene: Scene) -> None:
    """Names of bands as GDAL's descriptions."""
    for band, name in zip(raster.indexes, scene.band_names or (), strict=False):
        raster.set_band_description(band, name)
