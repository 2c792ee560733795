"""A small cube and files of it, for the tests of readers and writers."""

import numpy as np
import rasterio

from data_pipeline.readers import open_scene
from data_pipeline.readers.raster import quiet_about_georeferencing

ROWS, COLS, BANDS = 5, 7, 4
ENVI_TYPES = {1: "u1", 2: "i2", 3: "i4", 4: "f4", 5: "f8", 12: "u2", 13: "u4", 14: "i8", 15: "u8"}
ENVI_AXES = {"bsq": (2, 0, 1), "bil": (0, 2, 1), "bip": (0, 1, 2)}
WAVELENGTHS = np.array([400.0, 500.5, 600.0, 2500.0])


def cube(dtype="int16"):
    return np.arange(ROWS * COLS * BANDS).reshape(ROWS, COLS, BANDS).astype(dtype)


def write_envi(folder, *, code=2, interleave="bsq", order=0, offset=0, more="", data_name="a.img"):
    kind = np.dtype(ENVI_TYPES.get(code, "c8")).newbyteorder("<>"[order])
    header = folder / "a.hdr"
    header.write_text(
        f"ENVI\nsamples = {COLS}\nlines = {ROWS}\nbands = {BANDS}\nheader offset = {offset}\n"
        f"file type = ENVI Standard\ndata type = {code}\ninterleave = {interleave}\n"
        f"byte order = {order}\n{more}"
    )
    samples = cube().transpose(ENVI_AXES[interleave]).astype(kind).tobytes()
    (folder / data_name).write_bytes(b"\1" * offset + samples)
    return header


def assert_scene(path, dtype="int16", variable=None):
    """The file holds `cube(dtype)`, whole and in a window."""
    source = open_scene(path, variable)
    expected = cube(dtype)
    assert source.shape == expected.shape
    assert source.dtype == expected.dtype
    scene = source.read_all()
    assert scene.values.dtype == expected.dtype
    assert scene.values.dtype.isnative
    assert scene.values.flags.c_contiguous
    np.testing.assert_array_equal(scene.values, expected)
    window = source.read(slice(1, 4), slice(2, 20))
    np.testing.assert_array_equal(window, expected[1:4, 2:])
    return scene


def write_tif(path, **options):
    with (
        quiet_about_georeferencing(),
        rasterio.open(path, "w", "GTiff", COLS, ROWS, BANDS, dtype="int16", **options) as raster,
    ):
        raster.write(np.moveaxis(cube(), -1, 0))
    return path
