"""What other programs find in a file, before it is compressed and after: field by field, by their libraries."""

import numpy as np
import pytest
import rasterio
import xarray

from btcnet_jax.codec import Rate, load
from data_pipeline.readers import read_scene
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
        assert list(after.coords) == list(before.coords)
