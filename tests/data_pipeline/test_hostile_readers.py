"""Cubes made to break a reader: each ends in one line, and nothing large is made of a small file's claims."""

import io
import re
import struct
import tracemalloc
import zipfile
import zlib
from contextlib import suppress

import h5py
import numpy as np
import pytest
import rasterio
import scipy.io

from btcnet_jax.errors import DataError, LeftOutWarning
from data_pipeline.readers import mat_trial, open_scene, read_scene
from data_pipeline.readers.raster import quiet_about_georeferencing

CUBE = np.arange(6 * 7 * 5, dtype=np.int16).reshape(6, 7, 5)


def refusal(path):
    """The message of a refusal, which costs no memory."""
    tracemalloc.start()
    try:
        with pytest.raises(DataError) as told:
            read_scene(path)
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()
    message = str(told.value)
    assert "\n" not in message
    return message


def saved(array=CUBE):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def with_header(text):
    """A .npy file of this header."""
    data = text.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(data)) + data + CUBE.tobytes()


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<i2', 'fortran_order': False, 'shape': (6, 7, 5",
        "{'descr': '<i2', 'fortran_order': False, 'shape': (6, 7.5, 5)}",
        "{'descr': '<i2', 'fortran_order': False, 'shape': (6, -7, 5)}",
        "{'descr': '<i2', 'fortran_order': False, 'shape': (6, True, 5)}",
        "{'descr': '<i2', 'fortran_order': False, 'shape': (2**62, 7, 5)}",
        "{'descr': '<i2', 'fortran_order': False, 'shape': (4611686018427387904, 4, 5)}",
        "{'descr': '<i2', 'fortran_order': False, 'shape': 'abc'}",
        "{'descr': ['<i2'], 'fortran_order': False, 'shape': (6, 7, 5)}",
        "{'descr': '<i2', 'fortran_order': 7, 'shape': (6, 7, 5)}",
        "[" * 80,
        "\x00",
    ],
)
@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_damaged_header_of_numpy(tmp_path, header, suffix):
    path = tmp_path / f"a{suffix}"
    if suffix == ".npy":
        path.write_bytes(with_header(header))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("cube.npy", with_header(header))
    claims = suffix == ".npz" and "(4611686018427387904, 4, 5)" in header
    assert ("never written" if claims else f"not a readable {suffix}") in refusal(path)


@pytest.mark.parametrize("seed", range(60))
def test_damaged_archives_are_refused_or_read(tmp_path, seed):
    random = np.random.default_rng(seed)
    for name, save in {"a.npz": np.savez, "a.npy": np.save}.items():
        save(tmp_path / name, CUBE)
        data = bytearray((tmp_path / name).read_bytes())
        ends = (150, len(data)) if name == "a.npy" or seed % 2 else (len(data) - 200, len(data))
        for place in random.integers(0 if seed % 2 else ends[0], ends[seed % 2 == 0], 3):
            data[place] = random.integers(256)
        (tmp_path / name).write_bytes(data)
        with suppress(DataError):
            read_scene(tmp_path / name)


def test_encrypted_and_unknown_members(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("cube.npy", saved())
        archive.writestr("notes.txt", b"hello")
    np.testing.assert_array_equal(read_scene(tmp_path / "a.npz").values, CUBE)
    data = bytearray((tmp_path / "a.npz").read_bytes())
    central = data.index(b"PK\x01\x02")
    data[6] |= 1
    data[central + 8] |= 1
    (tmp_path / "a.npz").write_bytes(data)
    assert "encrypted" in refusal(tmp_path / "a.npz")


def test_members_that_describe_no_cube_are_not_loaded(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", cube=CUBE, other=np.zeros(1 << 25, np.uint8))
    tracemalloc.start()
    scene = read_scene(tmp_path / "a.npz", "cube")
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()
    np.testing.assert_array_equal(scene.values, CUBE)


def test_list_of_bands_that_no_scene_has_is_not_loaded(tmp_path):
    arrays = {"cube": CUBE, "fwhm": np.zeros((1 << 21) + 1, np.uint8)}
    np.savez_compressed(tmp_path / "a.npz", **arrays)
    scipy.io.savemat(tmp_path / "a.mat", arrays, do_compression=True)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for name, array in arrays.items():
            file.create_dataset(name, data=array, compression="gzip")
    for suffix in (".npz", ".mat", ".h5"):
        assert open_scene(tmp_path / f"a{suffix}").fwhm is None


def test_cube_of_which_most_was_never_written(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("cube", (20_000, 20_000, 3), "i4", chunks=(100, 100, 3))
    assert "never written" in refusal(tmp_path / "a.h5")
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file.create_dataset("cube", (50, 50, 3), "i4", chunks=(10, 10, 3))
    assert read_scene(tmp_path / "b.h5").values.shape == (50, 50, 3)


def test_archive_member_that_claims_more_than_its_bytes(tmp_path):
    header = "{'descr': '<i2', 'fortran_order': False, 'shape': (20000, 20000, 300)}"
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("cube.npy", with_header(header))
    assert "never written" in refusal(tmp_path / "a.npz")


def matlab(compressed, **arrays):
    file = io.BytesIO()
    scipy.io.savemat(file, arrays, do_compression=compressed)
    return file.getvalue()


# Offsets in the one array of a file: the type of its flags, its class, the types of its name and numbers.
@pytest.mark.parametrize(
    ("offset", "value"),
    [(136, 38), (136, 255), (144, 77), (144, 0), (152, 99), (176, 40), (200, 200), (128, 60)],
)
@pytest.mark.parametrize("compressed", [False, True])
def test_matlab_tag_of_no_known_type(tmp_path, offset, value, compressed):
    data = bytearray(matlab(False, cubename12=CUBE))
    data[offset] = value
    if compressed:
        inner = zlib.compress(bytes(data[128:]))
        data = data[:128] + struct.pack("<II", 15, len(inner)) + inner
    (tmp_path / "a.mat").write_bytes(data)
    assert "a tag of it makes no sense" in refusal(tmp_path / "a.mat")


@pytest.mark.parametrize("compressed", [False, True])
def test_sound_matlab_files_of_every_kind_pass(tmp_path, compressed):
    arrays = {
        "cube": CUBE,
        "names": np.array(["blue", "red"], object),
        "struct": {"a": np.ones(3), "b": {"c": "text"}},
        "complex": np.ones(3) * 1j,
        "empty": np.zeros((0, 3)),
        "flag": np.array([True]),
    }
    (tmp_path / "a.mat").write_bytes(matlab(compressed, **arrays))
    np.testing.assert_array_equal(read_scene(tmp_path / "a.mat", "cube").values, CUBE)


@pytest.mark.parametrize("compressed", [False, True])
def test_structures_are_tried_in_another_process_too(tmp_path, monkeypatch, compressed):
    (tmp_path / "a.mat").write_bytes(matlab(compressed, hsi={"Data": CUBE}))
    np.testing.assert_array_equal(read_scene(tmp_path / "a.mat").values, CUBE)
    monkeypatch.setattr(mat_trial, "_TRIAL", "import os; os.abort()")
    assert "reading it ends the process" in refusal(tmp_path / "a.mat")


@pytest.mark.parametrize("nested", [False, True])
def test_matlab_arrays_that_unfold_to_far_more_than_their_file(tmp_path, nested):
    fields = {"Data": CUBE, "fwhm": np.zeros(1 << 28, np.uint8)}
    arrays = {"hsi": fields} if nested else fields
    (tmp_path / "a.mat").write_bytes(matlab(True, **arrays))
    assert "bytes that unfold to 2684" in refusal(tmp_path / "a.mat")


@pytest.mark.parametrize(
    ("trial", "message"),
    [
        ("x = bytearray(8 << 30)", "takes more than 2048 MB"),
        ("while True: pass", "ends the process"),
        ("import time; time.sleep(60)", r"takes more than 1\.0 s"),
    ],
)
def test_what_the_other_process_may_take(tmp_path, monkeypatch, trial, message):
    (tmp_path / "a.mat").write_bytes(matlab(False, cube=CUBE))
    whole = mat_trial._TRIAL.replace("scipy.io.loadmat(path, variable_names=names or None)", trial)
    assert trial in whole
    monkeypatch.setattr(mat_trial, "_TRIAL", whole)
    monkeypatch.setattr(mat_trial, "_SECONDS", 1)
    monkeypatch.setattr(mat_trial, "_PATIENCE", 1.0 if "sleep" in trial else 60)
    assert re.search(message, refusal(tmp_path / "a.mat"))


def test_modules_beside_a_file_are_not_run(tmp_path, monkeypatch):
    (tmp_path / "a.mat").write_bytes(matlab(False, cube=CUBE))
    (tmp_path / "scipy.py").write_text("import os; os.abort()")
    monkeypatch.chdir(tmp_path)
    np.testing.assert_array_equal(read_scene("a.mat").values, CUBE)


def tiff(path, rows, cols, bands, kind="int16", **options):
    """A TIFF without any samples."""
    with quiet_about_georeferencing():
        shape = {"height": rows, "width": cols, "count": bands, "dtype": kind}
        rasterio.open(path, "w", driver="GTiff", SPARSE_OK=True, **shape, **options).close()
    return path


@pytest.mark.parametrize(
    ("size", "options", "message"),
    [
        ((20_000, 20_000, 3), {"tiled": True}, "samples: 2400000000 bytes"),
        (
            (90, 90, 2),
            {"tiled": True, "blockxsize": 30_000, "blockysize": 30_000},
            "a block: 3600000000 bytes",
        ),
        ((2, 2, 4097), {"dtype": "uint8"}, "4097 bands, and 4096 of a raster are read"),
    ],
)
def test_tiff_that_claims_more_than_its_bytes(tmp_path, size, options, message):
    kind = {"kind": options.pop("dtype")} if "dtype" in options else {}
    assert message in refusal(tiff(tmp_path / "a.tif", *size, **kind, **options))


def test_tiff_with_blocks_that_were_never_written(tmp_path):
    path = tiff(tmp_path / "a.tif", 300, 300, 3, tiled=True, nodata=7)
    assert (read_scene(path).values == 7).all()


def pages(path, count):
    """A TIFF of pages of two by two bytes, all of them the same ones."""
    entries = [(256, 2), (257, 2), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (279, 4)]
    data = b"II*\0" + struct.pack("<I", 12) + b"\x01\x02\x03\x04"
    for number in range(count):
        data += struct.pack("<H", len(entries))
        data += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
        data += struct.pack("<I", len(data) + 4 if number + 1 < count else 0)
    path.write_bytes(data)
    return path


def test_tiff_of_too_many_pages(tmp_path, monkeypatch):
    assert read_scene(pages(tmp_path / "a.tif", 9)).values[1, 0].tolist() == [3] * 9
    monkeypatch.setattr("data_pipeline.readers.pages._MOST", 8)
    assert "9 images, and 8 are read as bands" in refusal(tmp_path / "a.tif")


@pytest.mark.parametrize("mark", [b"II", b"MM"])
@pytest.mark.parametrize("place", [8, 24])
def test_bigtiff_that_points_behind_its_end(tmp_path, capfd, mark, place):
    """libtiff tells that on the terminal itself."""
    path = tiff(
        tmp_path / "a.tif", 9, 9, 2, BIGTIFF="YES", ENDIANNESS={b"II": "LITTLE"}.get(mark, "BIG")
    )
    data = bytearray(path.read_bytes())
    assert data.startswith(mark)
    of_strips = struct.pack("<H" if mark == b"II" else ">H", 273)
    start = 8 if place == 8 else data.index(of_strips, 24) + 12
    data[start : start + 8] = b"\xff" * 8
    path.write_bytes(data)
    assert "it points to byte 18446744073709551615" in refusal(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("suffix", [".npz", ".h5"])
def test_thousands_of_lists_along_an_axis_are_not_all_loaded(tmp_path, suffix):
    path, lists = tmp_path / f"a{suffix}", {f"l{number}": np.zeros(1 << 18) for number in range(40)}
    cube = np.arange(1 << 19, dtype=np.uint8).reshape(1 << 18, 1, 2)
    if suffix == ".npz":
        np.savez_compressed(path, cube=cube, **lists)
    else:
        with h5py.File(path, "w") as file:
            for name, array in {"cube": cube, **lists}.items():
                file.create_dataset(name, data=array, compression="gzip")
    with pytest.warns(LeftOutWarning, match="and 16 more"):
        scene = read_scene(path, axes="rows,cols,bands")
    assert len(scene.axis_arrays["rows"]) == 16
