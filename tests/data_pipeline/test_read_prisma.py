"""PRISMA's HDF-EOS5, made by the test in its layout."""

import warnings

import h5py
import numpy as np
import pytest
import rasterio
from made_scenes import BANDS, COLS, ROWS, assert_scene, cube

from btcnet_jax.errors import DataError, DataWarning, LeftOutWarning
from btcnet_jax.scene.numbers import Numbers
from data_pipeline.readers import open_scene, read_scene

VNIR = np.array([900.0, 700.0, 500.0, 0.0])
SWIR = np.array([2500.0, 1500.0, 0.0, 890.0])


def prisma(path, level="L2D", vnir=VNIR, swir=SWIR, cubes=("VNIR", "SWIR"), **attributes):
    fields = f"HDFEOS/SWATHS/PRS_{level}_HCO/Data Fields"
    with h5py.File(path, "w") as file:
        for number, name in enumerate(cubes):
            stored = cube("uint16").transpose(0, 2, 1) + 1000 * number
            file.create_dataset(f"{fields}/{name}_Cube", data=stored, chunks=(2, 4, 2))
            file[f"{fields}/{name}_PIXEL_L2_ERR_MATRIX"] = np.zeros_like(stored, np.uint8)
        file.attrs["List_Cw_Vnir"], file.attrs["List_Fwhm_Vnir"] = vnir, vnir / 100
        file.attrs["List_Cw_Swir"], file.attrs["List_Fwhm_Swir"] = swir, swir / 100
        file.attrs["L2ScaleVnirMax"] = np.float32(0.5)
        file.attrs.update(attributes)
    return path


def test_one_cube_alone_is_as_stored(tmp_path):
    path = prisma(tmp_path / "a.he5", cubes=("VNIR",))
    scene = assert_scene(path, "uint16")
    assert scene.wavelengths.tolist() == VNIR.tolist()
    assert scene.fwhm.tolist() == (VNIR / 100).tolist()
    assert scene.band_mask.tolist() == [True, True, True, False]
    assert scene.nodata == 0
    assert scene.tags == {"L2ScaleVnirMax": Numbers.of(np.float32(0.5))}


def test_both_cubes_are_one_in_order_of_wavelength_without_unused_bands(tmp_path):
    source = open_scene(prisma(tmp_path / "a.he5"))
    both = np.concatenate([cube("uint16"), cube("uint16") + 1000], axis=2)
    expected = both[..., [2, 1, 7, 0, 5, 4]]
    scene = source.read_all()
    np.testing.assert_array_equal(scene.values, expected)
    window = source.read(slice(1, 3), slice(2, 5))
    np.testing.assert_array_equal(window, expected[1:3, 2:5])
    assert scene.wavelengths.tolist() == [500, 700, 890, 900, 1500, 2500]
    assert scene.fwhm.tolist() == [5, 7, 8.9, 9, 15, 25]
    assert (scene.variable, scene.band_mask) == (None, None)
    assert scene.tags == {"L2ScaleVnirMax": Numbers.of(np.float32(0.5))}


def test_a_cube_is_chosen_by_the_last_part_of_its_name(tmp_path):
    scene = read_scene(prisma(tmp_path / "a.he5"), "SWIR_Cube")
    np.testing.assert_array_equal(scene.values, cube("uint16") + 1000)
    assert scene.band_mask.tolist() == [True, True, False, True]


def test_cubes_without_wavelengths_are_put_one_after_the_other(tmp_path):
    scene = read_scene(prisma(tmp_path / "a.he5", vnir=VNIR * 0, swir=SWIR * 0))
    assert scene.values.shape == (ROWS, COLS, 2 * BANDS)
    assert scene.wavelengths is None


def test_map_of_level_2d(tmp_path):
    corners = {"ULcorner_easting": 500015, "ULcorner_northing": 4000000 - 15}
    corners |= {"LRcorner_easting": 500015 + 30 * 6, "LRcorner_northing": 4000000 - 15 - 30 * 4}
    attributes = {f"Product_{name}": float(value) for name, value in corners.items()}
    scene = read_scene(prisma(tmp_path / "a.he5", Epsg_Code=32633, **attributes))
    assert scene.transform == (30, 0, 500000, 0, -30, 4000000)
    assert rasterio.crs.CRS.from_wkt(scene.crs).to_epsg() == 32633
    assert read_scene(prisma(tmp_path / "b.he5", Epsg_Code="none", **attributes)).crs is None


def test_level_1_has_no_border(tmp_path):
    assert read_scene(prisma(tmp_path / "a.he5", "L1")).nodata is None


def test_declared_fill_value_goes_before_zero(tmp_path):
    path = prisma(tmp_path / "a.he5", cubes=("SWIR",))
    with h5py.File(path, "r+") as file:
        name = "HDFEOS/SWATHS/PRS_L2D_HCO/Data Fields/SWIR_Cube"
        file[name].attrs["_FillValue"] = np.uint16(65535)
    assert read_scene(path).nodata == 65535


def test_lists_of_another_length_and_cubes_of_other_pixels(tmp_path):
    path = prisma(tmp_path / "a.he5", swir=SWIR[:3])
    with pytest.raises(DataError, match="attribute List_Cw_Swir has 3 entries, the cube 4 bands"):
        read_scene(path)
    path = prisma(tmp_path / "b.he5", cubes=("VNIR",))
    with h5py.File(path, "r+") as file:
        fields = file["HDFEOS/SWATHS/PRS_L2D_HCO/Data Fields"]
        fields["SWIR_Cube"] = cube("uint16").transpose(0, 2, 1)[:-1]
    with pytest.raises(DataError, match="not of the same pixels; name one of them with --variable"):
        read_scene(path)


def test_scale_and_offset_of_both_levels(tmp_path):
    known = {"L2ScaleVnirMin": 0.1, "L2ScaleSwirMin": 0.0, "L2ScaleSwirMax": 1.0}
    scene = read_scene(prisma(tmp_path / "a.he5", **known))
    assert scene.scale.tolist() == [
        0.4 / 65535 if nm in VNIR else 1 / 65535 for nm in scene.wavelengths
    ]
    assert scene.offset.tolist() == [0.1 if nm in VNIR else 0.0 for nm in scene.wavelengths]
    known = {"ScaleFactor_Vnir": 100.0, "Offset_Vnir": 0.5}
    alone = read_scene(prisma(tmp_path / "b.he5", cubes=("VNIR",), **known))
    assert (alone.scale.tolist(), alone.offset.tolist()) == ([0.01] * 4, [-0.5] * 4)


def test_what_is_left_out_is_told(tmp_path):
    with pytest.warns(DataWarning, match="not come back: .*VNIR_PIXEL_L2_ERR_MATRIX"):
        read_scene(prisma(tmp_path / "a.he5", cubes=("VNIR",)))
    with warnings.catch_warnings():
        warnings.simplefilter("error", LeftOutWarning)
        open_scene(prisma(tmp_path / "b.he5"))


@pytest.mark.parametrize("end", ["", "_SWIR"])
def test_places_of_other_levels_become_control_points(tmp_path, end):
    path, folder = prisma(tmp_path / "a.he5", "L2C"), "HDFEOS/SWATHS/PRS_L2C_HCO/Geolocation Fields"
    lats, lons = np.mgrid[:ROWS, :COLS] * 0.5
    with h5py.File(path, "a") as file:
        file[f"{folder}/Latitude{end}"], file[f"{folder}/Longitude{end}"] = lats, lons + 9
    with pytest.warns(
        LeftOutWarning, match=r"Latitude\S* \(\d+ x \d+\), but for control points of it"
    ):
        scene = read_scene(path, "SWIR_Cube")
    assert (scene.gcps[0], scene.transform) == ((0.5, 0.5, 9.0, 0.0, 0.0), None)
    last = (ROWS - 0.5, COLS - 0.5, 9 + (COLS - 1) / 2, (ROWS - 1) / 2, 0.0)
    assert scene.gcps[-1] == last
    assert rasterio.crs.CRS.from_wkt(scene.crs).to_epsg() == 4326
    # Places of one detector are not those of the other.
    assert (open_scene(path).gcps is None) == bool(end)


def test_groups_that_do_not_come_back_are_told(tmp_path):
    path = prisma(tmp_path / "a.he5", cubes=("VNIR",))
    folder = "HDFEOS/SWATHS/PRS_L2D_HCO/Data Fields"
    with pytest.warns(LeftOutWarning, match=rf"what is taken of {folder} comes back in the root"):
        read_scene(path)
