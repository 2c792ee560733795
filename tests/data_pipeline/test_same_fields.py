"""What other programs find in a file, before it is compressed and after: field by field, by their libraries."""

import warnings

import h5py
import numpy as np
import pytest
import rasterio
import xarray

from btcnet_jax.codec import Rate, load
from btcnet_jax.errors import LeftOutWarning
from data_pipeline.readers import read_scene
from data_pipeline.readers.raster import quiet_about_georeferencing
from data_pipeline.writers import write_cube

ROWS, COLS, BANDS = 14, 11, 6
WAVELENGTHS = np.round(np.linspace(400.5, 2400.25, BANDS), 2)
AFFINE = rasterio.Affine(30, 0, 399960, 0, -30, 4300020)
CRS = rasterio.crs.CRS.from_epsg(32618)


@pytest.fixture(scope="module")
def codec():
    return load()


def samples(nodata=-9999, dtype="int16"):
    """Hills in (rows, cols, bands) with a slanted border."""
    row, col, band = np.mgrid[:ROWS, :COLS, :BANDS]
    values = np.rint(2000 + 400 * np.sin(row / 4 + band) + 300 * np.cos(col / 3)).astype(dtype)
    values[row + col < 5] = nodata
    return values


def there_and_back(codec, source, target):
    """Compressed, restored and written; gives what is told to be lost."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", LeftOutWarning)
        scene = read_scene(source)
    return write_cube(target, codec.decompress(codec.compress(scene, Rate(64.0))))


def emit_like(path, **changes):
    """A NetCDF of one group, as people make it of EMIT's with xarray."""
    dims, packed = (
        ("downtrack", "crosstrack", "wavelength"),
        {
            "_FillValue": np.int16(-9999),
            "scale_factor": np.float32(1e-4),
            "add_offset": np.float32(0.5),
            "dtype": "int16",
        },
    )
    attributes = {
        "long_name": "surface reflectance",
        "standard_name": "surface_bidirectional_reflectance",
        "units": "1",
        "valid_range": np.array([0, 10000], np.int16),
        "_Unsigned_note": "none",
    }
    y, x = 4300005 - 30.0 * np.arange(ROWS), 399975 + 30.0 * np.arange(COLS)
    data = xarray.Dataset(
        {
            "reflectance": (dims, samples(), attributes),
            "fwhm": ("wavelength", np.full(BANDS, 8.5, np.float32), {"units": "nm"}),
            "good_wavelengths": ("wavelength", np.array([1, 1, 0, 1, 1, 1], np.float32)),
        },
        {
            "wavelength": ("wavelength", WAVELENGTHS, {"units": "nm", "long_name": "centers"}),
            "downtrack": ("downtrack", y, {"units": "m", "axis": "Y"}),
            "crosstrack": ("crosstrack", x, {"units": "m", "axis": "X"}),
            "time": ("downtrack", np.arange(ROWS) * 0.25, {"units": "milliseconds"}),
        },
        {"title": "EMIT", "orbit": np.int32(7), "geotransform": np.array([1.5, 2, 3]), "note": ""},
    ).rename(changes.pop("rename", {}))
    packed = {"reflectance": packed} if "reflectance" in data else {}
    # Samples stand for themselves: written as they are, the attributes beside them.
    for name, given in packed.items():
        data[name].attrs |= {key: value for key, value in given.items() if key != "dtype"}
    data.drop_vars(changes.pop("without", [])).to_netcdf(path, engine="h5netcdf", **changes)
    return path


def xarray_fields(path):
    """All that xarray finds but the samples of cubes: values, dimensions and attributes of each variable."""
    with xarray.open_dataset(path, engine="h5netcdf", decode_cf=False) as data:
        fields = {"attributes": dict(data.attrs), "sizes": dict(data.sizes)}
        for name, variable in data.variables.items():
            fields[name] = (variable.dims, variable.attrs)
            if variable.ndim < 3:
                fields[name] += (variable.values,)
        return fields


def assert_same(found, expected, where=""):
    if isinstance(expected, dict):
        assert found.keys() == expected.keys(), where
        for key, value in expected.items():
            assert_same(found[key], value, f"{where}/{key}")
    elif isinstance(expected, (tuple, list)):
        assert len(found) == len(expected), where
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other, where)
    else:
        np.testing.assert_array_equal(found, expected, err_msg=where)
        if isinstance(expected, np.ndarray | np.generic) and "attr" in where:
            assert np.asarray(found).dtype == expected.dtype, where


@pytest.mark.parametrize(
    "dims", [("downtrack", "crosstrack", "wavelength"), ("wavelength", "y", "x")]
)
def test_netcdf_as_xarray_finds_it(codec, tmp_path, dims):
    names = dict(zip(("downtrack", "crosstrack"), ("y", "x"), strict=True))
    rename = names if "y" in dims else {}
    path = emit_like(tmp_path / "a.nc", rename=rename)
    if rename:
        with xarray.open_dataset(path, engine="h5netcdf", decode_cf=False) as data:
            data = data.load().transpose(*dims)
        data.to_netcdf(path, engine="h5netcdf")
    assert there_and_back(codec, path, tmp_path / "b.nc") == []
    assert_same(xarray_fields(tmp_path / "b.nc"), xarray_fields(path))
    with (
        xarray.open_dataset(path, engine="h5netcdf") as before,
        xarray.open_dataset(tmp_path / "b.nc", engine="h5netcdf") as after,
    ):
        one, other = before.reflectance, after.reflectance
        assert (other.dims, other.dtype) == (one.dims, one.dtype)
        assert other.encoding["scale_factor"] == np.float32(1e-4)
        np.testing.assert_allclose(other, one, atol=2e-3)
        np.testing.assert_array_equal(np.isnan(other), np.isnan(one))
        assert set(after.coords) == set(before.coords)


def enmap_like(path):
    """A GeoTIFF with a scale and an offset of each band, names, tags and a slanted border."""
    profile = {"driver": "GTiff", "height": ROWS, "width": COLS, "count": BANDS, "dtype": "int16"}
    with rasterio.open(path, "w", nodata=-32768, crs=CRS, transform=AFFINE, **profile) as raster:
        raster.write(np.moveaxis(samples(-32768), -1, 0))
        raster.scales = [1e-4 * (band + 1) for band in range(BANDS)]
        raster.offsets = [0.25 * band for band in range(BANDS)]
        raster.units = ["W m-2 sr-1 um-1"] * BANDS
        raster.descriptions = [f"band {nm} nm" for nm in WAVELENGTHS]
        raster.update_tags(AREA_OR_POINT="Point", TIFFTAG_SOFTWARE="a processor", orbit="7")
        for band, nm in enumerate(WAVELENGTHS, 1):
            micrometers = {"CENTRAL_WAVELENGTH_UM": f"{nm / 1e3:.5f}", "FWHM_UM": "0.0085"}
            raster.update_tags(band, ns="IMAGERY", **micrometers)
    return path


def raster_fields(path):
    with quiet_about_georeferencing(), rasterio.open(path) as raster:
        fields = {
            name: getattr(raster, name)
            for name in ("scales", "offsets", "units", "nodata", "descriptions", "crs", "transform")
        }
        imagery = [raster.tags(band, ns="IMAGERY") for band in raster.indexes]
        told = [{name: float(word) for name, word in tags.items()} for tags in imagery]
        return fields | {
            "tags": raster.tags(),
            "imagery": told,
            "mask": raster.read_masks(),
            "dtypes": raster.dtypes,
            "points": [point.asdict() for point in raster.gcps[0]],
        }


def test_geotiff_as_rasterio_finds_it(codec, tmp_path):
    path = enmap_like(tmp_path / "a.tif")
    assert there_and_back(codec, path, tmp_path / "b.tif") == []
    assert_same(raster_fields(tmp_path / "b.tif"), raster_fields(path))
    with rasterio.open(path) as one, rasterio.open(tmp_path / "b.tif") as other:
        np.testing.assert_allclose(other.read(), one.read(), atol=20)


def prisma_like(path):
    """An HDF5 file of (rows, bands, cols) whose attributes say most, without scales of dimensions."""
    with h5py.File(path, "w") as file:
        cube = file.create_dataset("VNIR_Cube", data=samples(0, "uint16").transpose(0, 2, 1))
        cube.attrs.update({"scale_factor": 1e-4, "add_offset": -0.1, "units": "W/(m2 sr um)"})
        cube.attrs.update({"_FillValue": np.uint16(0), "valid_max": np.uint16(65535)})
        cube.attrs["Comment"] = "as of level 1"
        file["wavelengths"], file["fwhm"] = np.round(WAVELENGTHS / 1e3, 5), np.full(BANDS, 0.0085)
        file["wavelengths"].attrs["units"] = file["fwhm"].attrs["units"] = "um"
        file["line_time"] = np.arange(ROWS) * 4.3
        file["line_time"].attrs["units"] = "ms"
        file.attrs.update({"Processing_Level": "1", "Sun_zenith_angle": np.float32(31.5)})
    return path


def hdf5_fields(path):
    fields = {}
    with h5py.File(path) as file:
        fields["attributes"] = dict(file.attrs)
        for name, dataset in file.items():
            attributes = {
                key: value for key, value in dataset.attrs.items() if key != "DIMENSION_LABELS"
            }
            fields[name] = (dataset.shape, attributes, dataset[()] if dataset.ndim < 3 else 0)
    return fields


def test_hdf5_as_h5py_finds_it(codec, tmp_path):
    path = prisma_like(tmp_path / "a.h5")
    assert there_and_back(codec, path, tmp_path / "b.h5") == []
    assert_same(hdf5_fields(tmp_path / "b.h5"), hdf5_fields(path))
    with h5py.File(path) as one, h5py.File(tmp_path / "b.h5") as other:
        before, after = (file["VNIR_Cube"][()].astype(int) for file in (one, other))
    np.testing.assert_allclose(after, before, atol=20)


def envi(path):
    """An ENVI pair with all that its header may say of a scene."""
    samples().transpose(0, 2, 1).tofile(path.with_suffix(".img"))
    path.write_text(
        f"""ENVI
description = {{a flight}}
samples = {COLS}
lines = {ROWS}
bands = {BANDS}
header offset = 0
file type = ENVI Standard
data type = 2
interleave = bil
byte order = 0
sensor type = AVIRIS
acquisition time = 2024-05-01T10:00:00Z
default bands = {{3, 2, 1}}
map info = {{UTM, 1, 1, 399960, 4300020, 30, 30, 18, North, WGS-84}}
data ignore value = -9999
wavelength units = Micrometers
wavelength = {{{", ".join(str(round(nm / 1e3, 5)) for nm in WAVELENGTHS)}}}
fwhm = {{{", ".join(["0.0085"] * BANDS)}}}
bbl = {{1, 1, 0, 1, 1, 1}}
band names = {{{", ".join(f"b {band}" for band in range(BANDS))}}}
data gain values = {{{", ".join(str(0.1 * band) for band in range(1, BANDS + 1))}}}
data offset values = {{{", ".join(["-0.5"] * BANDS)}}}
data units = W/(m2 sr um)
"""
    )
    return path.with_suffix(".img")


def envi_fields(path):
    """Of the header; lists of numbers as numbers."""
    with rasterio.open(path) as raster:
        fields = raster.tags(ns="ENVI")
    # The system of a map, which both have as crs, is spelled out.
    del fields["map_info"]
    fields.pop("coordinate_system_string", None)
    for name in ("wavelength", "fwhm", "bbl", "data_gain_values", "data_offset_values"):
        fields[name] = [float(word) for word in fields[name].strip("{}").split(",")]
    return {
        name: told if isinstance(told, list) else " ".join(told.split())
        for name, told in fields.items()
    }


def test_envi_as_rasterio_finds_it(codec, tmp_path):
    path = envi(tmp_path / "a.hdr")
    assert there_and_back(codec, path, tmp_path / "b.hdr") == []
    assert sorted(file.name for file in tmp_path.glob("b.*")) == ["b.hdr", "b.img"]
    after, before = envi_fields(tmp_path / "b.img"), envi_fields(path)
    for fields in (after, before):
        for name in ("description", "band_names"):
            fields[name] = [word.strip("{} ") for word in fields[name].split(",")]
    assert_same(after, before)
    assert_same(raster_fields(tmp_path / "b.img"), raster_fields(path))
