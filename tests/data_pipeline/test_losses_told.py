"""From one format to another: what is known is moved to its place there, and what is lost is told by name."""

import numpy as np
import pytest
import rasterio
import xarray
from test_same_fields import (
    AFFINE,
    BANDS,
    COLS,
    ROWS,
    emit_like,
    enmap_like,
    envi,
    prisma_like,
    samples,
)

from btcnet_jax.errors import DataError, DataWarning
from btcnet_jax.scene import Scene
from btcnet_jax.scene.info_checks import check_info
from data_pipeline.readers import read_scene
from data_pipeline.readers.raster import quiet_about_georeferencing
from data_pipeline.writers import write_cube

SOURCES = {".nc": emit_like, ".tif": enmap_like, ".h5": prisma_like, ".hdr": envi}
TARGETS = [".nc", ".h5", ".npz", ".mat", ".tif", ".hdr"]


@pytest.mark.parametrize("suffix", TARGETS)
@pytest.mark.parametrize("source", SOURCES)
def test_scale_offset_and_units_are_in_every_format(tmp_path, source, suffix):
    original = read_scene(SOURCES[source](tmp_path / f"a{source}"))
    told = write_cube(tmp_path / f"b{suffix}", original)
    again = read_scene(tmp_path / f"b{suffix}")
    assert again.units == original.units
    for name in ("scale", "offset", "wavelengths", "fwhm", "band_mask", "nodata", "transform"):
        np.testing.assert_array_equal(getattr(again, name), getattr(original, name), name)
    np.testing.assert_array_equal(again.values, original.values)
    by_bands = [words for words in told if "differ from band to band" in words]
    assert len(by_bands) == (suffix == ".nc" and source in (".tif", ".hdr"))
    arrays = [words for words in told if words.startswith("array ")]
    expected = {".nc": "array 'time' of rows", ".h5": "array 'line_time' of rows"}
    rasters = suffix in (".tif", ".hdr")
    assert arrays == ([expected[source]] if rasters and source in expected else [])
    turned = [words for words in told if words.startswith("order of axes")]
    assert len(turned) == (suffix in (".npz", ".mat") and source == ".h5")


@pytest.mark.parametrize("suffix", [".npz", ".mat"])
def test_archives_keep_what_a_netcdf_says(tmp_path, suffix):
    original = read_scene(emit_like(tmp_path / "a.nc"))
    write_cube(tmp_path / f"b{suffix}", original)
    again = read_scene(tmp_path / f"b{suffix}")
    for name in ("names", "part_tags", "tags", "axes", "variable"):
        assert getattr(again, name) == getattr(original, name), name
    for axis, arrays in original.axis_arrays.items():
        assert again.axis_arrays[axis].keys() == arrays.keys()
        for name, array in arrays.items():
            np.testing.assert_array_equal(again.axis_arrays[axis][name], array)


def test_npy_tells_all_that_it_does_not_keep(tmp_path):
    told = write_cube(tmp_path / "b.npy", read_scene(prisma_like(tmp_path / "a.h5")))
    wanted = ["scale", "offset", "units", "attributes", "arrays along an axis"]
    assert set(wanted) < set(told)
    assert told[-1] == "order of axes (rows,cols,bands here, rows,bands,cols in the original)"


def coordinates(path, **arrays):
    """A NetCDF without a map, whose coordinates are these, each with its dimensions."""
    data = xarray.Dataset({"radiance": (("lat", "lon", "band"), samples())}).assign_coords(arrays)
    data.to_netcdf(path, engine="h5netcdf")
    return path


def test_irregular_coordinates_come_back_and_are_no_map(tmp_path):
    lat = 50 - 0.1 * np.arange(ROWS) ** 1.1
    lon = 12 + 0.1 * np.arange(COLS)
    scene = read_scene(coordinates(tmp_path / "a.nc", lat=("lat", lat), lon=("lon", lon)))
    assert (scene.transform, scene.crs) == (None, None)
    assert write_cube(tmp_path / "b.nc", scene) == []
    with xarray.open_dataset(tmp_path / "b.nc", engine="h5netcdf") as data:
        assert data.radiance.dims == ("lat", "lon", "band")
        np.testing.assert_array_equal(data.lat, lat)
        np.testing.assert_array_equal(data.lon, lon)
    assert write_cube(tmp_path / "b.tif", scene) == ["array 'lat' of rows", "array 'lon' of cols"]


def test_regular_coordinates_are_the_map_of_a_geotiff(tmp_path):
    x, y = 399975 + 30.0 * np.arange(COLS), 4300005 - 30.0 * np.arange(ROWS)
    scene = read_scene(coordinates(tmp_path / "a.nc", lat=("lat", y), lon=("lon", x)))
    assert write_cube(tmp_path / "b.tif", scene) == []
    with quiet_about_georeferencing(), rasterio.open(tmp_path / "b.tif") as raster:
        assert raster.transform == AFFINE


def test_places_of_each_pixel_become_control_points_and_that_is_told(tmp_path):
    lat, lon = np.meshgrid(50 - 0.1 * np.arange(ROWS), 12 + 0.1 * np.arange(COLS), indexing="ij")
    dims = ("lat", "lon")
    path = coordinates(tmp_path / "a.nc", latitude=(dims, lat), longitude=(dims, lon))
    with pytest.warns(DataWarning, match=r"latitude \(14 x 11\), but for 81 of its places"):
        scene = read_scene(path)
    assert len(scene.gcps) == 81
    assert scene.gcps[0] == (0.5, 0.5, 12.0, 50.0, 0.0)
    assert rasterio.crs.CRS.from_wkt(scene.crs).to_epsg() == 4326


def test_envi_keeps_the_four_control_points_at_the_corners(tmp_path):
    places = [(row + 0.5, col + 0.5) for row in range(0, 9, 2) for col in range(0, 7, 3)]
    points = tuple((row, col, 12 + col / 8, 50 - row / 8, 0.0) for row, col in places)
    scene = Scene(values=np.arange(9 * 7 * 3, dtype=np.int16).reshape(9, 7, 3), gcps=points)
    assert write_cube(tmp_path / "a.hdr", scene) == ["control points but 4 of 15"]
    again = read_scene(tmp_path / "a.hdr")
    assert sorted(again.gcps) == sorted(points[each] for each in (0, 2, 12, 14))
    few = Scene(values=scene.values, gcps=points[:4])
    for name in ("b.hdr", "b.tif"):
        assert write_cube(tmp_path / name, few) == []
        assert (read_scene(tmp_path / name).gcps, few.crs) == (points[:4], None)


def test_two_values_for_missing_samples_are_told(tmp_path):
    path = emit_like(tmp_path / "a.nc")
    with xarray.open_dataset(path, engine="h5netcdf", decode_cf=False) as data:
        data = data.load()
    data.reflectance.attrs["missing_value"] = np.int16(-1)
    data.to_netcdf(path, engine="h5netcdf")
    with pytest.warns(DataWarning, match="missing_value -1 differs from _FillValue"):
        assert read_scene(path).nodata == -9999


def test_tags_of_bands_and_a_nodata_value_that_no_sample_has(tmp_path):
    path = tmp_path / "a.tif"
    profile = {"driver": "GTiff", "height": 2, "width": 3, "count": 2, "dtype": "uint8"}
    with quiet_about_georeferencing(), rasterio.open(path, "w", **profile) as raster:
        raster.write(np.arange(12, dtype="uint8").reshape(2, 2, 3))
        raster.update_tags(1, detector="3", STATISTICS_MAXIMUM="5")
        raster.units = ["K", "m"]
    with pytest.warns(DataWarning) as told:
        read_scene(path)
    words = " ".join(str(each.message) for each in told)
    assert "tag detector of bands" in words
    assert "STATISTICS" not in words
    assert "several units (K, m)" in words


def test_a_name_that_a_format_gives_to_something_else(tmp_path):
    scene = Scene(values=samples(), variable="glt", names={"rows": "valid"})
    assert write_cube(tmp_path / "a.nc", scene) == ["name 'glt' of the cube"]
    assert read_scene(tmp_path / "a.nc").variable == "cube"
    assert write_cube(tmp_path / "a.mat", Scene(values=samples(), variable="1st")) == [
        "name '1st' of the cube"
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"scale": np.ones(2)},
        {"scale": 0.5},
        {"offset": np.ones(BANDS, int)},
        {"axes": ("rows", "cols")},
        {"axis_arrays": {"rows": {"time": np.ones(3)}}},
        {"axis_arrays": {"lines": {}}},
        {"part_tags": {"cube": "text"}},
        {"units": 3},
    ],
)
def test_what_is_no_description_of_a_cube_is_refused(wrong):
    with pytest.raises(DataError, match=next(iter(wrong))):
        check_info(Scene(values=samples()).info() | wrong, samples().shape)


def test_gains_of_another_number_are_refused(tmp_path):
    header = envi(tmp_path / "a.hdr").with_suffix(".hdr")
    text = header.read_text()
    start = text.index("data offset values")
    for words, wanted in (("{1, 2}", None), ("{0.5}", [0.5] * BANDS)):
        header.write_text(text[:start] + f"data offset values = {words}\n")
        if wanted is None:
            with pytest.raises(DataError, match="data_offset_values has 2 entries"):
                read_scene(header)
        else:
            assert read_scene(header).offset.tolist() == wanted
