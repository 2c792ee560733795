"""EMIT's and PACE's NetCDF, made by the test in their layout."""

import h5py
import numpy as np
import pytest
import rasterio
from made_scenes import BANDS, COLS, ROWS, WAVELENGTHS, assert_scene, cube

from btcnet_jax.errors import DataError
from data_pipeline.readers import read_scene

LATS, LONS = np.meshgrid(34 - np.arange(ROWS) / 100, -118 + np.arange(COLS) / 100, indexing="ij")


def emit(path, name="reflectance", **bands):
    """An L2A file: `bands` replace datasets of its group of bands, None leaves one out."""
    given = {
        "wavelengths": WAVELENGTHS.astype(np.float32),
        "fwhm": np.full(BANDS, 8.5, np.float32),
        "good_wavelengths": np.array([1, 1, 0, 1], np.float32),
        **bands,
    }
    with h5py.File(path, "w") as file:
        dataset = file.create_dataset(name, data=cube("float32"), chunks=(2, 2, BANDS))
        dataset.attrs["_FillValue"] = np.array([-9999], np.float32)
        for axis, label in enumerate(("downtrack", "crosstrack", "bands")):
            file.create_dataset(label, data=np.arange(dataset.shape[axis])).make_scale()
            dataset.dims[axis].attach_scale(file[label])
        for key, numbers in given.items():
            if numbers is not None:
                file[f"sensor_band_parameters/{key}"] = numbers
        file["sensor_band_parameters/wavelengths"].attrs["units"] = "nm"
        file["location/lat"], file["location/lon"] = LATS, LONS
        file["location/glt_x"] = np.ones((9, 8), np.int32) * 2
        file["location/glt_y"] = np.ones((9, 8), np.int32) * 3
        file.attrs["geotransform"] = [-118.0, 0.01, 0, 34.0, 0, -0.01]
        file.attrs["spatial_ref"] = rasterio.crs.CRS.from_epsg(4326).to_wkt()
        file.attrs["time_coverage_start"] = "2023-05-01T18:00:00+0000"
    return path


@pytest.mark.parametrize("name", ["reflectance", "radiance"])
def test_emit(tmp_path, name):
    scene = assert_scene(emit(tmp_path / "a.nc", name), "float32")
    assert scene.variable == name
    assert scene.wavelengths.tolist() == WAVELENGTHS.tolist()
    assert scene.fwhm.tolist() == [8.5] * BANDS
    assert scene.band_mask.tolist() == [True, True, False, True]
    assert scene.nodata == -9999
    assert scene.glt.shape == (9, 8, 2)
    assert scene.glt[0, 0].tolist() == [2, 3]
    assert scene.gcps[0] == (0.5, 0.5, -118.0, 34.0, 0.0)
    assert len(scene.gcps) == ROWS * COLS
    assert scene.transform is None
    assert rasterio.crs.CRS.from_wkt(scene.crs).to_epsg() == 4326
    assert scene.tags["time_coverage_start"] == "2023-05-01T18:00:00+0000"
    assert str(scene.tags["geotransform"]) == "-118.0, 0.01, 0.0, 34.0, 0.0, -0.01"


def test_emit_radiance_has_no_list_of_good_bands(tmp_path):
    scene = read_scene(emit(tmp_path / "a.nc", "radiance", good_wavelengths=None))
    assert scene.band_mask is None


def test_emit_uncertainty_only_where_it_is_asked_for(tmp_path):
    path = emit(tmp_path / "a.nc")
    with h5py.File(path, "r+") as file:
        file["reflectance_uncertainty"] = np.zeros_like(cube("float32"))
    assert read_scene(path).variable == "reflectance"
    assert not read_scene(path, "reflectance_uncertainty").values.any()
    with pytest.raises(DataError, match="no array 'other'; it holds reflectance"):
        read_scene(path, "other")


def test_emit_places_that_are_fill_values(tmp_path):
    path = emit(tmp_path / "a.nc")
    with h5py.File(path, "r+") as file:
        file["location/lat"][...] = -9999
    assert read_scene(path).gcps is None


@pytest.mark.parametrize("key", ["wavelengths", "fwhm", "good_wavelengths"])
def test_emit_lists_of_another_length(tmp_path, key):
    path = emit(tmp_path / "a.nc", **{key: np.ones(3)})
    with pytest.raises(DataError, match=f"'sensor_band_parameters/{key}' has 3 entries"):
        read_scene(path)


def pace_1b(path):
    with h5py.File(path, "w") as file:
        for detector, shift in (("blue", 0), ("red", 1)):
            file[f"observation_data/rhot_{detector}"] = np.moveaxis(cube(), -1, 0)
            file[f"sensor_band_parameters/{detector}_wavelength"] = WAVELENGTHS + shift
        file["observation_data/qual_red"] = np.zeros((BANDS, ROWS, COLS), np.uint8)
        file["observation_data/rhot_red"].attrs["_FillValue"] = np.int16(-32767)
        file["sensor_band_parameters/red_bandpass"] = np.full(BANDS, 5.0)
        file["geolocation_data/latitude"], file["geolocation_data/longitude"] = LATS, LONS
    return path


def test_pace_level_1b_has_a_cube_a_detector(tmp_path):
    path = pace_1b(tmp_path / "a.nc")
    with pytest.raises(DataError, match=r"choose with --variable: .*rhot_blue .*rhot_red"):
        read_scene(path)
    for name in ("rhot_red", "observation_data/rhot_red"):
        scene = assert_scene(path, variable=name)
        assert scene.wavelengths.tolist() == (WAVELENGTHS + 1).tolist()
        assert scene.fwhm.tolist() == [5] * BANDS
        assert scene.nodata == -32767
        assert scene.gcps[-1] == (ROWS - 0.5, COLS - 0.5, LONS[-1, -1], LATS[-1, -1], 0)


def test_pace_level_2(tmp_path):
    path = tmp_path / "a.nc"
    with h5py.File(path, "w") as file:
        file["geophysical_data/Rrs"] = cube()
        file["geophysical_data/Rrs"].attrs.update({"scale_factor": 2e-06, "_FillValue": -32767})
        file["geophysical_data/l2_flags"] = np.zeros((ROWS, COLS), np.int32)
        file["sensor_band_parameters/wavelength"] = np.arange(9.0)
        file["sensor_band_parameters/wavelength_3d"] = WAVELENGTHS
        file["navigation_data/latitude"], file["navigation_data/longitude"] = LATS, LONS
    scene = assert_scene(path)
    assert scene.wavelengths.tolist() == WAVELENGTHS.tolist()
    assert (scene.nodata, scene.scale.tolist()) == (-32767, [2e-06] * BANDS)
    assert scene.gcps
