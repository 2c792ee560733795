"""Cubes made to break a reader: each ends in one line, and nothing large is made of a small file's claims."""

import io
import struct
import tracemalloc
import zipfile
import zlib
from contextlib import suppress

import h5py
import numpy as np
import pytest
import scipy.io

from btcnet_jax.errors import DataError
from data_pipeline.readers import open_scene, read_scene

CUBE = np.arange(6 * 7 * 5, dtype=np.int16).reshape(6, 7, 5)


def refusal(path):
    """The message of a refusal, which costs no memory."""
    tracemalloc.start()
    with pytest.raises(DataError) as told:
        read_scene(path)
    assert tracemalloc.get_traced_memory()[1] < 64 << 20
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
    assert f"not a readable {suffix}" in refusal(path)


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
