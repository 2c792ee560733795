"""What arrays and attributes beside a cube say of it: bands, axes, missing samples, tags."""

import h5py
import numpy as np
import pytest
import scipy.io
from made_scenes import BANDS, COLS, ROWS, WAVELENGTHS, assert_scene, cube

from btcnet_jax.errors import DataError, DataWarning
from btcnet_jax.scene.numbers import Numbers
from data_pipeline.readers import open_scene, read_scene

FIRST = np.moveaxis(cube(), -1, 0)
SUFFIXES = [".npz", ".mat", ".h5", ".nc"]


def save(path, **arrays):
    """The arrays in the container that the suffix names; .nc is classic, without names of axes."""
    if path.suffix == ".npz":
        np.savez(path, **arrays)
    elif path.suffix == ".mat":
        scipy.io.savemat(path, arrays)
    elif path.suffix == ".h5":
        with h5py.File(path, "w") as file:
            for name, array in arrays.items():
                file[name] = array
    else:
        with scipy.io.netcdf_file(path, "w") as file:
            for name, array in arrays.items():
                sizes = {f"{name}_{axis}": size for axis, size in enumerate(array.shape)}
                for dimension, size in sizes.items():
                    file.createDimension(dimension, size)
                file.createVariable(name, array.dtype, tuple(sizes))[...] = array
    return path


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_as_many_wavelengths_tell_the_axis_of_the_bands(tmp_path, suffix):
    path = save(tmp_path / f"a{suffix}", x=FIRST, wavelengths=WAVELENGTHS, fwhm=np.full(BANDS, 9.0))
    scene = assert_scene(path)
    assert scene.wavelengths.tolist() == WAVELENGTHS.tolist()
    assert scene.fwhm.tolist() == [9] * BANDS


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", ["wavelength", "fwhm", "bbl"])
def test_lists_of_another_length_are_refused(tmp_path, suffix, name):
    path = save(tmp_path / f"a{suffix}", x=cube(), **{name: WAVELENGTHS[:3]})
    with pytest.raises(DataError, match=f"'{name}' has 3 entries, the cube 4 bands") as caught:
        read_scene(path)
    assert "\n" not in str(caught.value)


def test_one_value_for_all_bands_is_no_list(tmp_path):
    assert_scene(save(tmp_path / "a.npz", x=cube(), fwhm=np.array([10.0])))


def test_names_of_axes_that_contradict_the_wavelengths(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"], file["wavelengths"] = FIRST, np.arange(1.0, COLS + 1)
        file["x"].dims[0].label = "band"
    with pytest.raises(
        DataError, match="4 bands by the names of the axes, but 7 by the wavelengths"
    ):
        read_scene(tmp_path / "a.h5")


def test_of_several_cubes_each_has_the_wavelengths_nearest_to_it(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["swir/cube"], file["swir/wavelengths"] = cube(), WAVELENGTHS + 1
        file["vnir/cube"], file["vnir/wavelengths"] = cube(), WAVELENGTHS
        file["pan/cube"] = cube()[..., :2]
        file["wavelengths"] = WAVELENGTHS + 2
    assert read_scene(path, "vnir/cube").wavelengths.tolist() == WAVELENGTHS.tolist()
    assert read_scene(path, "swir/cube").wavelengths.tolist() == (WAVELENGTHS + 1).tolist()
    assert read_scene(path, "pan/cube").wavelengths is None


def test_a_dimension_without_values_is_no_list_of_wavelengths(tmp_path):
    with h5py.File(tmp_path / "a.nc", "w") as file:
        mark = f"This is a netCDF dimension but not a netCDF variable.{BANDS:10d}"
        file.create_dataset("wavelength", (BANDS,), dtype=">f4").make_scale(mark)
        file["x"], file["bands/wavelength"] = cube(), WAVELENGTHS
        file["x"].dims[2].attach_scale(file["wavelength"])
    assert assert_scene(tmp_path / "a.nc").wavelengths.tolist() == WAVELENGTHS.tolist()


@pytest.mark.parametrize("name", ["_FillValue", "missing_value", "Data_Ignore_Value"])
@pytest.mark.parametrize("value", [-9999.0, np.array([-9999], np.int16), "-9999", b"-9999"])
def test_attributes_that_declare_missing_samples(tmp_path, name, value):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = cube()
        file["x"].attrs[name] = value
    with scipy.io.netcdf_file(tmp_path / "a.nc", "w") as file:
        for axis, size in zip("yxb", cube().shape, strict=True):
            file.createDimension(axis, size)
        file.createVariable("x", "i2", tuple("yxb"))[:] = cube()
        setattr(file.variables["x"], name, value)
    for path in (tmp_path / "a.h5", tmp_path / "a.nc"):
        assert read_scene(path).nodata == -9999


def test_attributes_that_declare_nothing_usable(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = cube("uint8")
        file["x"].attrs.update({"_FillValue": -1, "missing_value": "none", "Data_Ignore_Value": 7})
    assert read_scene(tmp_path / "a.h5").nodata == 7


def test_attributes_are_tags_whatever_is_in_them(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = cube()
        file["x"].attrs.update({"units": "W/m2", "scale": np.float32(0.5), "_FillValue": -1})
        file.attrs["latin"] = np.bytes_("Gr\xf6\xdfe".encode("latin-1"))
        file.attrs.create("half", b"Gr\xf6", dtype=h5py.string_dtype())
        file.attrs.update({"nothing": h5py.Empty("f"), "table": np.ones((9, 9))})
        file["long"] = 0
    with pytest.warns(DataWarning, match=r"will not come back: long \(one value\)"):
        scene = read_scene(tmp_path / "a.h5")
    table = Numbers.of(np.ones((9, 9)))
    assert scene.tags == {"latin": "Gr\ufffd\ufffde", "half": "Gr\ufffd", "table": table}
    assert scene.part_tags["cube"] == {"scale": Numbers.of(np.float32(0.5))}
    assert scene.units == "W/m2"


def test_huge_attributes_are_cut(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w", libver="latest") as file:
        file["x"] = cube()
        file.attrs["long"] = "x" * 300_000
    assert len(read_scene(tmp_path / "a.h5").tags["long"]) == 1 << 16


@pytest.mark.parametrize("suffix", [".npz", ".h5"])
def test_a_mask_as_numpy_keeps_it(tmp_path, suffix):
    masked = np.zeros((ROWS, COLS, BANDS), bool)
    masked[2, 3, 1] = masked[..., 2] = True
    source = open_scene(save(tmp_path / f"a{suffix}", data=cube(), mask=masked))
    scene = source.read_all()
    np.testing.assert_array_equal(scene.mask, ~masked)
    assert source.read_mask(slice(2, 3), slice(3, 4)).tolist() == [[[True, False, False, True]]]


def test_other_arrays_called_mask_say_nothing(tmp_path):
    for mask in (np.ones((ROWS, COLS), bool), np.ones((ROWS, COLS, BANDS), np.uint8)):
        path = save(tmp_path / "a.npz", data=cube(), mask=mask)
        assert open_scene(path, "data").read_mask is None


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_array_of_pixels_with_data(tmp_path, suffix):
    valid = (np.arange(ROWS * COLS).reshape(ROWS, COLS) % 2).astype(np.int8)
    path = save(tmp_path / f"a{suffix}", data=FIRST, valid=valid, wavelengths=WAVELENGTHS)
    np.testing.assert_array_equal(assert_scene(path).mask, valid == 1)
