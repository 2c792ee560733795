"""Which axis is which: what the user says, names, attributes, wavelengths, and the samples themselves."""

import h5py
import numpy as np
import pytest
import scipy.io
from made_scenes import WAVELENGTHS, assert_scene, cube, write_envi, write_tif

from btcnet_jax.errors import DataError, DataWarning
from data_pipeline.readers import open_scene, read_scene
from data_pipeline.readers.axes import axes_by_name, kind_of, parse_axes, spell

ORDERS = {
    "rows,cols,bands": (0, 1, 2),
    "rows,bands,cols": (0, 2, 1),
    "bands,rows,cols": (2, 0, 1),
    "bands,cols,rows": (2, 1, 0),
}


def spectra(rows=24, cols=20, bands=31, dtype="int16"):
    """A scene whose mean spectrum varies more than its pixels do."""
    row, col, band = np.mgrid[:rows, :cols, :bands]
    values = 900 + 500 * np.sin(band / 6) + 60 * np.sin(row / 4) * np.cos(col / 3)
    return values.astype(dtype)


def write_h5(path, array, labels=(), **attributes):
    with h5py.File(path, "w") as file:
        file["cube"] = array
        for axis, label in enumerate(labels):
            file["cube"].dims[axis].label = label
        file["cube"].attrs.update(attributes)
    return path


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *[(name, 0) for name in ("y", "Lines", "nRows", "along_track", "number_of_lines", "lat")],
        *[(name, 1) for name in ("x", "samples", "n_cols", "cross-track", "pixels", "longitude")],
        *[(name, 2) for name in ("band", "Wavelength_nm", "nbands", "spectral_channel", "lambda")],
        *[(name, None) for name in ("", "phony_dim_0", "time", "dim_1", "a")],
    ],
)
def test_names_of_axes(name, kind):
    assert kind_of(name) == kind


@pytest.mark.parametrize(
    ("names", "order"),
    [
        (("y", "x", "band"), (0, 1, 2)),
        (("x", "y", "band"), (1, 0, 2)),
        (("lines", "bands", "samples"), (0, 2, 1)),
        (("z", "y", "x"), (1, 2, 0)),
        (("", "wavelength", ""), (0, 2, 1)),
        (("", "", ""), None),
        (("band", "band", "x"), None),
    ],
)
def test_orders_by_names(names, order):
    assert axes_by_name(names) == order


@pytest.mark.parametrize("text", ["rows,bands", "rows,cols,cols", "a,b,c", "rows,cols,bands,time"])
def test_axes_that_are_not_each_once(text):
    with pytest.raises(DataError, match="name rows, cols and bands once each"):
        parse_axes(text)


def test_axes_as_users_write_them():
    assert parse_axes(" Bands, lines ,samples") == parse_axes(["b", "r", "c"]) == (1, 2, 0)
    assert parse_axes("") is None
    assert [spell(parse_axes(text)) for text in ORDERS] == list(ORDERS)


@pytest.mark.parametrize("text", ORDERS)
@pytest.mark.parametrize("suffix", [".npy", ".npz", ".mat", ".h5", ".nc"])
def test_axes_that_the_user_names(tmp_path, text, suffix):
    path, stored = tmp_path / f"a{suffix}", cube().transpose(ORDERS[text])
    if suffix == ".npy":
        np.save(path, stored)
    elif suffix == ".npz":
        np.savez(path, cube=stored)
    elif suffix == ".mat":
        scipy.io.savemat(path, {"cube": stored})
    elif suffix == ".h5":
        write_h5(path, stored)
    else:
        with scipy.io.netcdf_file(path, "w") as file:
            for axis, size in zip("pqr", stored.shape, strict=True):
                file.createDimension(axis, size)
            file.createVariable("cube", "i2", tuple("pqr"))[:] = stored
    source = open_scene(path, axes=text)
    np.testing.assert_array_equal(source.read_all().values, cube())
    np.testing.assert_array_equal(source.read(slice(1, 3), slice(2, 5)), cube()[1:3, 2:5])


@pytest.mark.parametrize("text", ORDERS)
def test_rasters_count_as_bands_rows_cols(tmp_path, text):
    whole = np.moveaxis(cube(), -1, 0)  # What GDAL tells of these files.
    turned = whole.transpose(parse_axes(text))
    for path in (write_envi(tmp_path, interleave="bil"), write_tif(tmp_path / "a.tif")):
        source = open_scene(path, axes=text)
        np.testing.assert_array_equal(source.read_all().values, turned)
        np.testing.assert_array_equal(source.read(slice(1, 3), slice(2, 4)), turned[1:3, 2:4])


def test_rasters_that_know_better(tmp_path):
    place = "map info = {UTM, 1, 1, 500000, 4000000, 4, 4, 11, North, WGS-84}\n"
    header = write_envi(tmp_path, more=place)
    with pytest.raises(DataError, match=r"has a map or a mask.*leave --axes out"):
        open_scene(header, axes="rows,cols,bands")
    assert_scene(header)
    listed = ", ".join(map(str, WAVELENGTHS))
    header = write_envi(tmp_path, more=f"wavelength = {{{listed}}}\n")
    with pytest.raises(DataError, match="wavelength has 4 entries, the cube 7 bands"):
        open_scene(header, axes="rows,cols,bands")


@pytest.mark.parametrize("stored", [(2, 1, 0), (2, 0, 1), (0, 2, 1)])
@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_hdf5_without_names_whose_samples_contradict_its_order(tmp_path, stored, dtype):
    values = spectra(dtype=dtype)
    path = write_h5(tmp_path / "a.h5", values.transpose(stored))
    axis = stored.index(2) + 1
    with pytest.raises(
        DataError, match=rf"axis {axis} \(31\) looks like the bands.*--axes "
    ) as caught:
        open_scene(path)
    assert "\n" not in str(caught.value)
    text = {(2, 1, 0): "bands,cols,rows", (2, 0, 1): "bands,rows,cols", (0, 2, 1): "r,b,c"}[stored]
    np.testing.assert_array_equal(read_scene(path, axes=text).values, values)
    # Whoever says that it is right as it is, is believed.
    assert read_scene(path, axes="rows,cols,bands").values.shape == values.transpose(stored).shape


def test_samples_say_nothing_against_the_usual_order(tmp_path):
    for values in (
        spectra(),
        np.random.default_rng(0).normal(size=(20, 20, 20)),
        np.zeros((9, 9, 9)),
    ):
        assert read_scene(write_h5(tmp_path / "a.h5", values)).values.shape == values.shape


@pytest.mark.parametrize("bad", [-9999.0, 0.0, np.nan, np.float32(-3.4e38), 65535.0])
def test_a_border_that_nobody_declared_is_no_spectrum(tmp_path, bad):
    values = spectra(dtype="float32")
    values[:9] = bad
    assert read_scene(write_h5(tmp_path / "a.h5", values)).values.shape == values.shape


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".mat"])
def test_a_first_axis_that_looks_like_bands_is_a_warning(tmp_path, suffix):
    path, first = tmp_path / f"a{suffix}", np.moveaxis(spectra(), -1, 0)
    writers = {".npy": np.save, ".npz": lambda p, a: np.savez(p, cube=a)}
    writers.get(suffix, lambda p, a: scipy.io.savemat(p, {"cube": a}))(path, first)
    with pytest.warns(
        DataWarning, match=r"axis 1 \(31\) looks like the bands.*--axes bands,rows,cols"
    ):
        assert open_scene(path).shape == first.shape
    assert open_scene(path, axes="bands,rows,cols").shape == spectra().shape


def test_matlab_says_its_order_and_is_believed_with_a_warning(tmp_path):
    path = write_h5(tmp_path / "a.h5", spectra(), MATLAB_class=np.bytes_("int16"))
    with pytest.warns(DataWarning, match="looks like the bands"):
        assert open_scene(path).shape == (31, 20, 24)


def test_names_against_the_user(tmp_path):
    first = np.moveaxis(cube(), -1, 0)
    path = write_h5(tmp_path / "a.h5", first, labels=("band", "line", "sample"))
    assert_scene(path)
    with pytest.warns(DataWarning, match="by the names of its axes it is bands,rows,cols"):
        assert open_scene(path, axes="rows,cols,bands").shape == first.shape


@pytest.mark.parametrize("labels", ["Wavelength, Line, Sample", np.array([b"wl", b"y", b"x"])])
def test_axes_that_an_attribute_lists(tmp_path, labels):
    first = np.moveaxis(cube(), -1, 0)
    assert_scene(write_h5(tmp_path / "a.h5", first, Dimension_Labels=labels, Interleave="BIP"))


@pytest.mark.parametrize("place", ["cube", "group", "file"])
def test_wavelengths_in_attributes_tell_the_bands_and_their_axis(tmp_path, place):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["group/cube"] = cube().transpose(0, 2, 1)
        item = {"cube": file["group/cube"], "group": file["group"], "file": file}[place]
        item.attrs["Wavelengths"] = WAVELENGTHS
    assert assert_scene(tmp_path / "a.h5").wavelengths.tolist() == WAVELENGTHS.tolist()


def test_wavelengths_against_the_user(tmp_path):
    np.savez(tmp_path / "a.npz", cube=cube(), wavelengths=WAVELENGTHS)
    with pytest.raises(DataError, match="7 bands by --axes, but 4 by the wavelengths"):
        open_scene(tmp_path / "a.npz", axes="rows,bands,cols")


def test_publishers_layouts_keep_their_order(tmp_path):
    path = tmp_path / "a.he5"
    with h5py.File(path, "w") as file:
        name = "HDFEOS/SWATHS/PRS_L1_HCO/Data Fields/VNIR_Cube"
        file[name] = cube().transpose(0, 2, 1)
    assert_scene(path)
    assert open_scene(path, axes="rows,bands,cols").shape == cube().shape
    with pytest.raises(DataError, match="publisher's layout axes lie as rows,bands,cols"):
        open_scene(path, axes="rows,cols,bands")
