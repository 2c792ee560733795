"""Everything a reader must refuse, each with one line that says what is wrong."""

import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io

from btcnet_jax.errors import DataError
from btcnet_jax.scene import Scene
from data_pipeline.readers import open_scene, read_scene
from data_pipeline.writers import write_cube

CUBE = np.random.default_rng(0).integers(0, 4000, (6, 7, 5)).astype(np.int16)
WRITERS = {
    ".npy": lambda path, array: np.save(path, array),
    ".npz": lambda path, array: np.savez(path, cube=array),
    ".mat": lambda path, array: scipy.io.savemat(path, {"cube": array}),
    ".h5": lambda path, array: h5py.File(path, "w").create_dataset("cube", data=array).file.close(),
}
ENVI_HEADER = (
    "ENVI\nsamples = 7\nlines = 6\nbands = 5\nheader offset = 0\ndata type = {}\n"
    "interleave = bsq\nbyte order = 0\n"
)


def refusal(path, variable=None):
    """The message a path is refused with, which must be one line naming the file."""
    with pytest.raises(DataError) as caught:
        read_scene(path, variable)
    message = str(caught.value)
    assert "\n" not in message
    assert str(Path(path).with_suffix("")) in message
    return message


@pytest.mark.parametrize("suffix", [".mat", ".npy", ".npz", ".hdr", ".tif", ".h5", ".nc", ".png"])
def test_missing_file(tmp_path, suffix):
    assert "no such file" in refusal(tmp_path / f"a{suffix}")


def test_folder_and_unknown_suffix(tmp_path):
    assert "is a folder" in refusal(tmp_path)
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    assert ".mat, .npy, .npz, .tif" in refusal(tmp_path / "a.png")


def test_unreadable_permissions(tmp_path, monkeypatch):
    path = tmp_path / "a.npy"
    np.save(path, CUBE)

    def forbidden(self, *arguments, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    assert "Permission denied" in refusal(path)


@pytest.mark.parametrize("suffix", [".mat", ".npy", ".npz", ".hdr", ".tif", ".h5", ".nc"])
@pytest.mark.parametrize("content", [b"", b"a,b,c\n1,2,3\n" * 40, b"CDF"])
def test_other_content_under_a_known_name(tmp_path, suffix, content):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    (tmp_path / "a.img").write_bytes(b"")
    message = refusal(path)
    assert suffix != ".hdr" or "a.hdr is no ENVI header" in message


@pytest.mark.parametrize("suffix", WRITERS)
def test_files_cut_short_anywhere(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    WRITERS[suffix](path, CUBE)
    whole = path.read_bytes()
    # Not shorter by less than 8 bytes: what pads a MATLAB array may be missing.
    for length in (1, 3, 60, 127, 129, 135, 200, 300, len(whole) - 16, len(whole) - 8):
        path.write_bytes(whole[:length])
        refusal(path)


@pytest.mark.parametrize("compressed", [True, False])
def test_mat_cut_short_at_every_kind_of_place(tmp_path, compressed):
    path = tmp_path / "a.mat"
    scipy.io.savemat(path, {"cube": CUBE}, do_compression=compressed)
    whole = path.read_bytes()
    # Each that is read takes a process. What tells of the array begins behind the file's 128 bytes.
    for length in (*range(0, 128, 41), *range(128, 200, 7), *range(200, len(whole), 61)):
        path.write_bytes(whole[:length])
        refusal(path)


def test_classic_netcdf_cut_short_or_without_the_variable(tmp_path):
    path = tmp_path / "a.nc"
    with scipy.io.netcdf_file(path, "w") as file:
        for name, size in zip("yxb", CUBE.shape, strict=True):
            file.createDimension(name, size)
        file.createVariable("radiance", "i2", tuple("yxb"))[:] = CUBE
    assert "no array 'other'; it holds radiance (6x7x5" in refusal(path, "other")
    whole = path.read_bytes()
    for length in range(len(whole) - 1):
        path.write_bytes(whole[:length])
        refusal(path)


def test_geotiff_cut_short(tmp_path):
    path = tmp_path / "a.tif"
    values = np.random.default_rng(0).integers(0, 255, (64, 64, 5)).astype(np.uint8)
    write_cube(path, Scene(values=values))
    path.write_bytes(path.read_bytes()[:-4000])
    assert "not a readable GTiff file" in refusal(path)


@pytest.mark.parametrize("offset", [0, 13])
def test_envi_data_shorter_than_the_header_says(tmp_path, offset):
    text = ENVI_HEADER.format(2).replace("offset = 0", f"offset = {offset}")
    (tmp_path / "a.hdr").write_text(text)
    (tmp_path / "a.img").write_bytes(bytes(offset) + CUBE.tobytes()[:-1])
    message = refusal(tmp_path / "a.hdr")
    assert f"a.img: {419 + offset} bytes, but its header promises {420 + offset}" in message


def test_envi_halves_and_doubles(tmp_path):
    header = tmp_path / "a.hdr"
    header.write_text(ENVI_HEADER.format(2))
    assert "data file is missing" in refusal(header)
    (tmp_path / "b.img").write_bytes(CUBE.tobytes())
    assert "no ENVI header" in refusal(tmp_path / "b.img")
    (tmp_path / "a.img").write_bytes(CUBE.tobytes())
    (tmp_path / "a.dat").write_bytes(CUBE.tobytes())
    assert "a.img, a.dat" in refusal(header)


@pytest.mark.parametrize("line", ["samples", "bands", "data type"])
def test_envi_header_without_a_needed_line(tmp_path, line):
    text = ENVI_HEADER.format(2).replace(line, "other")
    (tmp_path / "a.hdr").write_text(text)
    (tmp_path / "a.img").write_bytes(CUBE.tobytes()[:100])
    with pytest.raises(DataError):
        read_scene(tmp_path / "a.hdr")


def test_envi_header_offset_that_is_no_number(tmp_path):
    text = ENVI_HEADER.format(2).replace("offset = 0", "offset = none")
    (tmp_path / "a.hdr").write_text(text)
    (tmp_path / "a.img").write_bytes(CUBE.tobytes())
    assert "'none' is no number" in refusal(tmp_path / "a.hdr")


@pytest.mark.parametrize("key", ["wavelength", "fwhm", "bbl"])
def test_envi_lists_of_another_length(tmp_path, key):
    (tmp_path / "a.hdr").write_text(ENVI_HEADER.format(2) + f"{key} = {{1, 2}}\n")
    (tmp_path / "a.img").write_bytes(CUBE.tobytes())
    assert f"the header's {key} has 2 entries, the cube 5 bands" in refusal(tmp_path / "a.hdr")


def test_complex_envi(tmp_path):
    (tmp_path / "a.hdr").write_text(ENVI_HEADER.format(6))
    (tmp_path / "a.img").write_bytes(CUBE.astype(np.complex64).tobytes())
    assert "complex64" in refusal(tmp_path / "a.img")


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize(
    ("array", "words"),
    [
        (CUBE[0], "2 axes"),
        (CUBE[None], "4 axes"),
        (CUBE.astype(np.complex64), "complex"),
        (CUBE[:0], "empty"),
        (CUBE > 9, ""),
    ],
)
def test_arrays_that_are_no_cubes(tmp_path, suffix, array, words):
    path = tmp_path / f"a{suffix}"
    WRITERS[suffix](path, array)
    assert words in refusal(path)


class Hostile:
    """Leaves a mark if it is ever unpickled."""

    mark = ""

    def __reduce__(self):
        return (Path.touch, (Path(self.mark),))


def test_python_objects_are_never_unpickled(tmp_path):
    Hostile.mark = str(tmp_path / "mark")
    objects = np.array([[[Hostile()]]], dtype=object)
    np.save(tmp_path / "a.npy", objects)
    np.savez(tmp_path / "a.npz", cube=objects)
    (tmp_path / "b.npy").write_bytes(pickle.dumps(Hostile()))
    for name in ("a.npy", "a.npz", "b.npy"):
        assert "bjects" in refusal(tmp_path / name)
    assert not (tmp_path / "mark").exists()


def test_archive_and_array_under_each_other_s_name(tmp_path):
    np.savez(tmp_path / "a.npz", cube=CUBE)
    (tmp_path / "a.npz").rename(tmp_path / "a.npy")
    assert "not a readable .npy" in refusal(tmp_path / "a.npy")
    with (tmp_path / "b.npz").open("wb") as file:
        np.save(file, CUBE)
    assert "single array" in refusal(tmp_path / "b.npz")


def save_arrays(folder, arrays):
    scipy.io.savemat(folder / "a.mat", arrays)
    np.savez(folder / "a.npz", **arrays)
    with h5py.File(folder / "a.h5", "w") as file:
        for name, array in arrays.items():
            file[name] = array
    return [folder / f"a{suffix}" for suffix in (".mat", ".npz", ".h5")]


def test_several_cubes_are_named(tmp_path):
    for path in save_arrays(tmp_path, {"one": CUBE, "two": CUBE[:2], "flat": CUBE[0]}):
        message = refusal(path)
        assert "--variable: one (6x7x5 int16), two (2x7x5 int16)" in message


def test_unknown_variable_lists_what_there_is(tmp_path):
    for path in save_arrays(tmp_path, {"one": CUBE, "flat": CUBE[0]}):
        message = refusal(path, "three")
        assert "no array 'three'" in message
        assert "one (6x7x5 int16)" in message
        assert "flat (7x5 int16)" in message


def test_no_cube_among_several_arrays(tmp_path):
    for path in save_arrays(tmp_path, {"one": CUBE[0], "two": CUBE[1]}):
        assert "no array of numbers with three axes" in refusal(path)


def test_variable_of_a_format_without_names(tmp_path):
    np.save(tmp_path / "a.npy", CUBE)
    assert "leave --variable out" in refusal(tmp_path / "a.npy", "cube")


@pytest.mark.parametrize("rows", [slice(3, 3), slice(9, 12), slice(0, 6, 2)])
def test_windows_that_select_nothing(tmp_path, rows):
    np.save(tmp_path / "a.npy", CUBE)
    with pytest.raises(DataError, match="select no window"):
        open_scene(tmp_path / "a.npy").read(rows, slice(None))
