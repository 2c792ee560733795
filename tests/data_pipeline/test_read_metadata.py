"""What files say of a scene besides its samples, in every format: written by the test and read."""

import numpy as np
import pytest
import rasterio
import rasterio.control
from made_scenes import (
    COLS,
    ROWS,
    WAVELENGTHS,
    assert_scene,
    write_envi,
    write_tif,
)

from data_pipeline.readers import open_scene, read_scene
from data_pipeline.readers.raster import quiet_about_georeferencing
from data_pipeline.readers.tags import LONGEST, as_text


def test_envi_keys_have_no_case_and_lists_may_end_in_a_comma(tmp_path):
    more = (
        "Wavelength Units = Micrometers\nWAVELENGTH = {0.4, 0.5005, 0.6, 2.5,}\nFwhm = {.01,.01,.01,.01}\n"
        "BBL = {1, 0, 1, 1,}\nBand Names = {a, b, c d, e}\nData Ignore Value = -5\n"
    )
    scene = read_scene(write_envi(tmp_path, more=more))
    np.testing.assert_array_equal(scene.wavelengths, WAVELENGTHS)
    np.testing.assert_array_equal(scene.band_mask, [True, False, True, True])
    assert (scene.band_names, scene.nodata) == (("a", "b", "c d", "e"), -5)
    np.testing.assert_allclose(scene.fwhm, 10)


def test_envi_other_fields_are_tags(tmp_path):
    more = (
        "description = {\n A flight of mine }\nAcquisition Time = 2020-05-01T10:00:00Z\n"
        "sensor type = AVIRIS\nreflectance scale factor = 10000\ndefault bands = {3, 2, 1}\n"
    )
    assert read_scene(write_envi(tmp_path, more=more)).tags == {
        "description": "A flight of mine",
        "acquisition_time": "2020-05-01T10:00:00Z",
        "sensor_type": "AVIRIS",
        "reflectance_scale_factor": "10000",
        "default_bands": "{3, 2, 1}",
    }


def test_envi_fields_that_are_no_utf_8(tmp_path):
    listed = "wavelength units = \xb5m\nwavelength = {0.4, 0.5005, 0.6, 2.5}\n"
    header = write_envi(tmp_path, more=f"sensor type = Gr\xf6\xdfe\n{listed}")
    header.write_bytes(header.read_text().encode("latin-1"))
    scene = assert_scene(header)
    assert scene.tags["sensor_type"] == "Gr\xf6\xdfe"
    assert scene.wavelengths.tolist() == WAVELENGTHS.tolist()


def test_envi_fields_behind_a_line_that_is_too_long_for_gdal(tmp_path):
    more = f"Long = {{{'x' * 200_000}}}\nData Ignore Value = -7\nwavelength = {{400,\n 500.5,600,\n2500}}\n"
    scene = assert_scene(write_envi(tmp_path, more=more))
    assert len(scene.tags["long"]) == 1 << 16
    assert scene.nodata == -7
    assert scene.wavelengths.tolist() == WAVELENGTHS.tolist()


def test_envi_ground_control_points(tmp_path):
    more = (
        "geo points = {\n 1.0, 1.0, 34.5, -118.5,\n 7.0, 1.0, 34.5, -118.0,\n 1, 5, 34.0, -118.5}\n"
    )
    scene = read_scene(write_envi(tmp_path, more=more))
    assert scene.gcps == ((0, 0, -118.5, 34.5, 0), (0, 6, -118.0, 34.5, 0), (4, 0, -118.5, 34.0, 0))
    assert scene.transform is None


def changed(path):
    return rasterio.open(path, "r+")


def test_geotiff_imagery_descriptions_and_tags(tmp_path):
    path = write_tif(tmp_path / "a.tif")
    with quiet_about_georeferencing(), changed(path) as raster:
        for band, wavelength in enumerate(("0.4001", "0.5005", "0.6", "2.5"), 1):
            domain = {"CENTRAL_WAVELENGTH_UM": wavelength, "FWHM_UM": "0.0097"}
            raster.update_tags(band, ns="IMAGERY", **domain)
            raster.set_band_description(band, f"band at {wavelength}" if band > 1 else "")
        raster.update_tags(sensor="CASI", AREA_OR_POINT="Area")
    scene = assert_scene(path)
    assert scene.wavelengths.tolist() == [400.1, 500.5, 600, 2500]
    assert scene.fwhm.tolist() == [9.7] * 4
    assert scene.band_names == ("", "band at 0.5005", "band at 0.6", "band at 2.5")
    assert scene.tags == {"sensor": "CASI"}


@pytest.mark.parametrize("internal", [True, False])
def test_geotiff_mask(tmp_path, internal):
    path = write_tif(tmp_path / "a.tif", nodata=-5)
    mask = np.arange(ROWS * COLS).reshape(ROWS, COLS) % 3 > 0
    assert open_scene(path).read_mask is None
    with (
        rasterio.Env(GDAL_TIFF_INTERNAL_MASK=internal),
        quiet_about_georeferencing(),
        changed(path) as raster,
    ):
        raster.write_mask(mask)
    source = open_scene(path)
    np.testing.assert_array_equal(source.read_all().mask, mask)
    np.testing.assert_array_equal(source.read_mask(slice(1, 3), slice(2, 7)), mask[1:3, 2:7])


def test_geotiff_ground_control_points(tmp_path):
    corners = ((0, 0, 10.0, 20.0), (0, COLS, 11.0, 20.0), (ROWS, 0, 10.0, 19.0))
    points = [rasterio.control.GroundControlPoint(*corner) for corner in corners]
    path = write_tif(tmp_path / "a.tif", gcps=points, crs="EPSG:4326")
    scene = assert_scene(path)
    assert scene.gcps == tuple((*corner, 0.0) for corner in corners)
    assert rasterio.crs.CRS.from_wkt(scene.crs).to_epsg() == 4326
    assert scene.transform is None


def test_a_text_that_is_cut_says_so():
    text = as_text("x" * 100_000)
    assert len(text) == LONGEST
    assert text.endswith(" ... (cut: 100000 characters in the file)")
    assert as_text("x" * LONGEST) == "x" * LONGEST
