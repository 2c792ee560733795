"""What is known of a scene, written to each format, as other programs and the readers find it."""

import h5py
import numpy as np
import pytest
import rasterio

from btcnet_jax.scene import Scene
from data_pipeline.readers import read_scene
from data_pipeline.readers.raster import quiet_about_georeferencing
from data_pipeline.writers import write_cube

ROWS, COLS, BANDS = 12, 10, 6
CRS = rasterio.crs.CRS.from_epsg(32611)
SLANTED = np.add.outer(np.arange(ROWS), 2 * np.arange(COLS)) > 8
EVERYTHING = [".npz", ".mat", ".nc", ".h5"]
TRANSFORM = (30.0, 0.0, 500000.0, 0.0, -30.0, 4000000.0)
POINTS = ((0.0, 0.0, 12.5, 50.25, 0.0), (0.0, 10.0, 13.0, 50.25, 0.0), (12.0, 0.0, 12.5, 50.0, 0.0))


def scene(dtype="int16", **changes):
    values = np.random.default_rng(1).integers(100, 4000, (ROWS, COLS, BANDS)).astype(dtype)
    values[~SLANTED] = -9999
    known = {
        "values": values,
        "name": "a",
        "wavelengths": np.array([400.1, 500.123456789, 1e3 / 3, 660.0, 1000.0, 2500.0]),
        "fwhm": np.array([9.7, 10.0, 10.1, 1 / 3, 9.0, 12.0]),
        "band_names": ("blue", "", "gr\xfcn", "band 4", "NIR", "x"),
        "band_mask": np.array([True, False, True, True, True, False]),
        "nodata": -9999,
        "crs": CRS.to_wkt(),
        "transform": TRANSFORM,
        "tags": {"acquisition_time": "2024-05-01T10:00:00Z", "sensor_type": "Gr\xf6\xdfe"},
    }
    return Scene(**{**known, **changes})


def assert_known(read, written):
    """All that was written, and the same samples missing."""
    np.testing.assert_array_equal(read.values, written.values)
    np.testing.assert_array_equal(read.valid(), written.valid())
    for name in ("wavelengths", "fwhm", "band_mask", "glt", "mask"):
        np.testing.assert_array_equal(getattr(read, name), getattr(written, name), err_msg=name)
    for name in ("band_names", "nodata", "transform", "gcps"):
        assert getattr(read, name) == getattr(written, name), name
    assert (read.crs is None) == (written.crs is None)
    if written.crs:
        assert rasterio.crs.CRS.from_wkt(read.crs) == rasterio.crs.CRS.from_wkt(written.crs)
    told = {name.lower(): text for name, text in read.tags.items() if name != "Conventions"}
    assert told == {name.lower(): text for name, text in written.tags.items()}


@pytest.mark.parametrize("dtype", ["int16", "float32"])
@pytest.mark.parametrize("suffix", [*EVERYTHING, ".tif", ".hdr"])
def test_everything_comes_back(tmp_path, suffix, dtype):
    written = scene(dtype)
    assert write_cube(tmp_path / f"a{suffix}", written) == []
    assert_known(read_scene(tmp_path / f"a{suffix}"), written)


@pytest.mark.parametrize("suffix", [*EVERYTHING, ".tif", ".hdr"])
def test_nothing_known_stays_nothing(tmp_path, suffix):
    written = Scene(values=scene().values)
    assert write_cube(tmp_path / f"a{suffix}", written) == []
    assert_known(read_scene(tmp_path / f"a{suffix}"), written)


@pytest.mark.parametrize("suffix", [*EVERYTHING, ".tif"])
def test_a_mask_beside_nodata_comes_back(tmp_path, suffix):
    mask = SLANTED.copy()
    mask[-2:] = False
    written = scene(mask=mask)
    assert write_cube(tmp_path / f"a{suffix}", written) == []
    assert_known(read_scene(tmp_path / f"a{suffix}"), written)


@pytest.mark.parametrize("suffix", [*EVERYTHING, ".tif", ".hdr"])
def test_control_points_come_back(tmp_path, suffix):
    crs = rasterio.crs.CRS.from_epsg(4326).to_wkt()
    written = scene(transform=None, gcps=POINTS, crs=crs)
    assert write_cube(tmp_path / f"a{suffix}", written) == []
    assert_known(read_scene(tmp_path / f"a{suffix}"), written)


@pytest.mark.parametrize("suffix", EVERYTHING)
def test_lookup_table_comes_back(tmp_path, suffix):
    written = scene(glt=np.arange(40, dtype=np.int32).reshape(4, 5, 2), transform=None)
    assert write_cube(tmp_path / f"a{suffix}", written) == []
    assert_known(read_scene(tmp_path / f"a{suffix}"), written)


@pytest.mark.parametrize("nodata", [float("nan"), float("-inf"), -3.4028234663852886e38])
@pytest.mark.parametrize("suffix", [*EVERYTHING, ".tif", ".hdr"])
def test_odd_nodata_values_come_back(tmp_path, suffix, nodata):
    values = np.where(SLANTED[..., None], scene("float32").values, np.float32(nodata))
    assert write_cube(tmp_path / f"a{suffix}", scene(values=values, nodata=nodata)) == []
    read = read_scene(tmp_path / f"a{suffix}")
    np.testing.assert_equal(read.nodata, nodata)
    np.testing.assert_array_equal(read.valid().all(axis=2), SLANTED)


def test_what_a_format_cannot_keep_is_told(tmp_path):
    rich = scene(
        mask=~SLANTED,
        glt=np.zeros((2, 2, 2), np.int32),
        gcps=POINTS,
        tags={"bands": "3", "a=b": "c", "note": "un{even", "sensor_type": "x"},
        band_names=("a,b", "", "", "", "", ""),
    )
    assert write_cube(tmp_path / "a.npy", rich) == [
        *("wavelengths", "widths of bands", "names of bands", "bad bands", "nodata", "mask", "crs"),
        *("transform", "control points", "lookup table of places", "tags"),
    ]
    assert write_cube(tmp_path / "a.hdr", rich) == [
        *("names of bands", "mask", "control points", "lookup table of places"),
        *("tag 'bands'", "tag 'a=b'", "tag 'note'"),
    ]
    assert read_scene(tmp_path / "a.hdr").tags == {"sensor_type": "x"}
    kept = ["control points", "lookup table of places", "tag 'a=b'"]
    assert write_cube(tmp_path / "a.tif", rich) == kept
    assert write_cube(tmp_path / "a.npy", Scene(values=rich.values)) == []


def test_a_mask_that_nodata_tells_too_is_kept_by_envi(tmp_path):
    assert write_cube(tmp_path / "a.hdr", scene(mask=SLANTED)) == []
    assert write_cube(tmp_path / "a.hdr", scene(mask=SLANTED, nodata=None)) == ["mask"]


def test_widths_of_bands_at_unknown_wavelengths_are_told(tmp_path):
    assert write_cube(tmp_path / "a.npz", scene(wavelengths=None)) == ["widths of bands"]


def test_geotiff_as_gdal_finds_it(tmp_path):
    mask = SLANTED & (np.arange(COLS) > 3)
    write_cube(tmp_path / "a.tif", scene(mask=mask))
    assert [file.name for file in tmp_path.iterdir()] == ["a.tif"]
    with rasterio.open(tmp_path / "a.tif") as raster:
        assert raster.tags(2, ns="IMAGERY") == {
            "CENTRAL_WAVELENGTH_UM": "0.500123456789",
            "FWHM_UM": "0.0100",
        }
        assert raster.descriptions == ("blue", None, "gr\xfcn", "band 4", "NIR", "x")
        assert (raster.nodata, raster.crs, raster.transform[:6]) == (-9999, CRS, TRANSFORM)
        np.testing.assert_array_equal(raster.dataset_mask() > 0, mask)
        assert raster.tags()["sensor_type"] == "Gr\xf6\xdfe"


def test_envi_as_gdal_finds_it(tmp_path):
    written = scene(tags={"description": "my\nflight", "default_bands": "{3, 2, 1}"})
    write_cube(tmp_path / "a.hdr", written)
    with rasterio.open(tmp_path / "a.img") as raster:
        assert (raster.nodata, raster.transform[:6]) == (-9999, TRANSFORM)
        assert raster.crs.to_epsg() == 32611
        header = raster.tags(ns="ENVI")
    assert header["description"] == "{my flight}"
    assert header["default_bands"] == "{3, 2, 1}"
    assert header["bbl"] == "{1,0,1,1,1,0}"
    assert header["wavelength_units"] == "Nanometers"
    assert header["band_names"] == "{blue,Band 2,gr\xfcn,band 4,NIR,x}"


def test_netcdf_as_xarray_finds_it(tmp_path):
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("h5netcdf")
    written = scene("float32", mask=SLANTED & (np.arange(COLS) > 3))
    write_cube(tmp_path / "a.nc", written)
    with xarray.open_dataset(tmp_path / "a.nc", engine="h5netcdf", decode_coords="all") as data:
        assert data.cube.dims == ("wavelength", "y", "x")
        assert data.wavelength.attrs["units"] == data.fwhm.attrs["units"] == "nm"
        np.testing.assert_array_equal(data.wavelength, written.wavelengths)
        np.testing.assert_array_equal(data.fwhm, written.fwhm)
        np.testing.assert_array_equal(data.bbl, written.band_mask)
        assert tuple(data.band_names.values) == written.band_names
        np.testing.assert_array_equal(data.valid, written.mask)
        values = np.where(SLANTED[..., None], written.values, np.nan)
        np.testing.assert_array_equal(data.cube.transpose("y", "x", "wavelength"), values)
        assert data.cube.encoding["_FillValue"] == -9999
        assert data.cube.encoding["grid_mapping"] == "spatial_ref"
        assert rasterio.crs.CRS.from_wkt(data.spatial_ref.attrs["crs_wkt"]) == CRS
        assert data.spatial_ref.attrs["GeoTransform"] == "500000.0 30.0 0.0 4000000.0 0.0 -30.0"
        np.testing.assert_array_equal(data.x, 500015 + 30 * np.arange(COLS))
        np.testing.assert_array_equal(data.y, 3999985 - 30 * np.arange(ROWS))
        assert data.x.attrs["standard_name"] == "projection_x_coordinate"
        assert data.attrs["sensor_type"] == "Gr\xf6\xdfe"


def test_netcdf_without_wavelengths_and_map_as_xarray_finds_it(tmp_path):
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("h5netcdf")
    values = scene().values
    write_cube(tmp_path / "a.nc", Scene(values=values))
    with xarray.open_dataset(tmp_path / "a.nc", engine="h5netcdf") as data:
        assert dict(data.sizes) == {"band": BANDS, "y": ROWS, "x": COLS}
        assert list(data.variables) == ["cube"]
        np.testing.assert_array_equal(data.cube.transpose("y", "x", "band"), values)


def test_netcdf_as_gdal_finds_it(tmp_path):
    write_cube(tmp_path / "a.nc", scene())
    with quiet_about_georeferencing(), rasterio.open(f"netcdf:{tmp_path / 'a.nc'}:cube") as raster:
        assert (raster.nodata, raster.transform[:6]) == (-9999, TRANSFORM)
        assert raster.crs.to_epsg() == 32611
        np.testing.assert_array_equal(np.moveaxis(raster.read(), 0, -1), scene().values)


def test_netcdf_of_degrees_says_so(tmp_path):
    crs = rasterio.crs.CRS.from_epsg(4326).to_wkt()
    written = scene(crs=crs, transform=(0.01, 0.0, 12.0, 0.0, -0.01, 50.0))
    write_cube(tmp_path / "a.nc", written)
    with h5py.File(tmp_path / "a.nc") as file:
        assert file["x"].attrs["units"] == "degrees_east"
        assert file["spatial_ref"].attrs["grid_mapping_name"] == "latitude_longitude"
    assert_known(read_scene(tmp_path / "a.nc"), written)


def test_huge_and_odd_tags_are_written_everywhere(tmp_path):
    tags = {"long": "x" * 70_000, "a/b": "slash", "line": "two\nlines"}
    for suffix in (*EVERYTHING, ".tif"):
        assert write_cube(tmp_path / f"a{suffix}", scene(tags=tags)) == []
        read = read_scene(tmp_path / f"a{suffix}").tags
        assert (len(read["long"]), read["long"][-9:]) == (1 << 16, "the file)")
        assert read["line"].split() == ["two", "lines"]
    assert write_cube(tmp_path / "a.hdr", scene(tags=tags)) == ["tag 'long'"]
    assert read_scene(tmp_path / "a.hdr").tags == {"a/b": "slash", "line": "two lines"}


@pytest.mark.parametrize("suffix", [*EVERYTHING, ".tif", ".hdr"])
def test_lists_of_many_bands_come_back(tmp_path, suffix):
    wavelengths = 400 + np.arange(1500) / 3
    written = Scene(values=np.ones((2, 3, 1500), np.uint8), wavelengths=wavelengths)
    assert write_cube(tmp_path / f"a{suffix}", written) == []
    np.testing.assert_array_equal(read_scene(tmp_path / f"a{suffix}").wavelengths, wavelengths)
