"""Files that other programs write without saying enough: ENVI headers, TIFFs of pages, structures of MATLAB."""

import os
import warnings

import numpy as np
import pytest
import rasterio
import scipy.io
from made_scenes import BANDS, COLS, ROWS, WAVELENGTHS, assert_scene, cube, write_envi

from btcnet_jax.errors import DataError, DataWarning
from data_pipeline.builders.scene_files import scene_file
from data_pipeline.readers import open_scene, read_scene
from data_pipeline.readers.raster import quiet_about_georeferencing


def write_pages(path, array, nodata=None, wavelengths=(), sizes=()):
    """A TIFF of an image a page, as GDAL appends them."""
    for number, page in enumerate(array):
        rows, cols = sizes[number] if sizes else page.shape
        more = {"APPEND_SUBDATASET": "YES"} if number else {}
        with (
            quiet_about_georeferencing(),
            rasterio.open(
                path, "w", "GTiff", cols, rows, 1, dtype=array.dtype, nodata=nodata, **more
            ) as raster,
        ):
            raster.write(page[:rows, :cols], 1)
            if len(wavelengths):
                center = str(wavelengths[number] / 1000)
                raster.update_tags(1, ns="IMAGERY", CENTRAL_WAVELENGTH_UM=center)
    return path


def refusal(path):
    with pytest.raises(DataError) as caught:
        open_scene(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_a_header_of_16_bit_text(tmp_path, mark):
    header = write_envi(tmp_path)
    coded = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}[mark]
    header.write_bytes(mark + header.read_text().encode(coded))
    for path in (header, tmp_path / "a.img"):
        assert "text of 16 bits" in refusal(path)


def test_a_header_with_a_byte_order_mark_is_read_without(tmp_path):
    header = write_envi(tmp_path)
    usual, text = read_scene(header), header.read_bytes()
    header.write_bytes(b"\xef\xbb\xbf" + text)
    for path in (header, tmp_path / "a.img"):
        with pytest.warns(DataWarning, match="begins with a byte order mark"):
            source = open_scene(path)
        scene = source.read_all()
        np.testing.assert_array_equal(scene.values, usual.values)
        assert scene.info() == usual.info()
        np.testing.assert_array_equal(source.read(slice(1, 3), slice(2, 4)), usual.values[1:3, 2:4])
    assert header.read_bytes() == b"\xef\xbb\xbf" + text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.hdr", "a.img"]


def test_a_header_with_a_byte_order_mark_that_is_damaged_too(tmp_path):
    header = write_envi(tmp_path)
    text = header.read_bytes()
    for damaged, message in (
        (b"\xef\xbb\xbfHDR" + text[4:], "is no ENVI header"),
        (
            b"\xef\xbb\xbf" + text.replace(b"samples", b"simples"),
            f"{tmp_path}/a.img: not a readable",
        ),
        (b"\xef\xbb\xbf" + text.replace(b"data type", b"data tape"), "has no 'data type'"),
    ):
        header.write_bytes(damaged)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            assert message in refusal(header)
            assert "/.btcnet-" not in refusal(header)


@pytest.mark.parametrize("code", [1, 2, 4])
def test_a_header_without_data_type(tmp_path, code):
    header = write_envi(tmp_path, code=code)
    text = header.read_text()
    header.write_text(text.replace(f"data type = {code}\n", ""))
    assert "its header has no 'data type'" in refusal(header)
    for other in ("", "7", "int16"):
        header.write_text(text.replace(f"data type = {code}\n", f"data type = {other}\n"))
        assert "data_type" in refusal(header)


@pytest.mark.parametrize("field", ["minor frame offsets = {2, 0}", "Major Frame Offsets = {0,16}"])
def test_bytes_between_lines(tmp_path, field):
    assert "bytes between lines" in refusal(write_envi(tmp_path, more=f"{field}\n"))
    quiet = field.replace("2", "0").replace("16", "0")
    assert_scene(write_envi(tmp_path, more=f"{quiet}\n"))


@pytest.mark.parametrize("suffix", [".pix", ".lan", ".sli", ".rdn"])
def test_a_data_file_of_any_suffix(tmp_path, suffix):
    header = write_envi(tmp_path, data_name=f"a{suffix}")
    for other in (".txt", ".png", ".btcn"):
        (tmp_path / f"a{other}").touch()
    assert_scene(header)
    assert scene_file(tmp_path, header, None, None).files == (header, tmp_path / f"a{suffix}")
    (tmp_path / "a.other").touch()
    assert "name the data file" in refusal(header)
    assert_scene(tmp_path / f"a{suffix}")


def test_more_bytes_than_the_header_tells_of(tmp_path):
    header = write_envi(tmp_path)
    header.write_text(header.read_text().replace("data type = 2", "data type = 1"))
    with pytest.warns(DataWarning, match=f"{ROWS * COLS * BANDS} more than its header tells of"):
        assert open_scene(header).dtype == np.uint8


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX alone")
def test_names_that_are_not_utf_8(tmp_path):
    write_envi(tmp_path)
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/Gr\xf6\xdfe")
    try:
        (tmp_path / "a.hdr").rename(odd + ".hdr")
    except OSError:
        pytest.skip("this file system takes no such names")
    (tmp_path / "a.img").rename(odd + ".img")
    assert "is not UTF-8; rename the file" in refusal(odd + ".hdr")


@pytest.mark.parametrize(("pages", "dtype"), [(BANDS, "uint16"), (12, "float32"), (2, "uint8")])
def test_a_tiff_of_an_image_a_band(tmp_path, pages, dtype):
    values = np.random.default_rng(0).integers(0, 200, (9, 11, pages)).astype(dtype)
    lengths = np.linspace(400, 2500, pages)
    write_pages(tmp_path / "a.tif", np.moveaxis(values, -1, 0), nodata=7, wavelengths=lengths)
    source = open_scene(tmp_path / "a.tif")
    assert source.dtype == values.dtype
    assert source.nodata == 7
    np.testing.assert_allclose(source.wavelengths, lengths)
    np.testing.assert_array_equal(source.read_all().values, values)
    np.testing.assert_array_equal(source.read(slice(2, 5), slice(3, 9)), values[2:5, 3:9])


def test_pages_that_are_lines_of_the_scene(tmp_path):
    """Whoever gives a cube (rows, cols, bands) to tifffile gets a page a row."""
    row, col, band = np.mgrid[:18, :20, :24]
    values = (900 + 500 * np.sin(band / 6) + 40 * np.sin(row / 4) * np.cos(col / 3)).astype("int16")
    path = write_pages(tmp_path / "a.tif", values)
    with pytest.warns(DataWarning, match="looks like the bands"):
        assert open_scene(path).shape == (20, 24, 18)
    np.testing.assert_array_equal(
        open_scene(path, axes="rows,cols,bands").read_all().values, values
    )


def test_pages_of_other_sizes_are_told(tmp_path):
    path = write_pages(tmp_path / "a.tif", np.zeros((2, 9, 9), "uint8"), sizes=[(9, 9), (5, 5)])
    assert "holds 2 images, of which the first is 9 x 9 x 1 uint8 and number 2 5 x 5" in refusal(
        path
    )


@pytest.mark.parametrize("asked", [None, "hsi/Data", "hsi.Data"])
def test_a_cube_in_a_structure(tmp_path, asked):
    fields = {"Data": cube(), "info": {"wavelength": WAVELENGTHS, "sensor": "CASI"}}
    scipy.io.savemat(tmp_path / "a.mat", {"hsi": fields, "notes": "text"})
    scene = assert_scene(tmp_path / "a.mat", variable=asked)
    assert scene.variable == "hsi/Data"
    assert scene.wavelengths.tolist() == WAVELENGTHS.tolist()
    with pytest.raises(
        DataError, match=r"holds no array 'Data'; it holds hsi/Data \(5x7x4 int16\)"
    ):
        open_scene(tmp_path / "a.mat", "Data")
