"""Where a label map is looked for, and which are refused."""

import h5py
import numpy as np
import pytest
import scipy.io

from btcnet_benchmark.tasks import read_labels
from btcnet_jax.errors import DataError

LABELS = np.arange(12).reshape(3, 4) % 5


@pytest.mark.parametrize("dtype", [np.uint8, np.float64, bool])
def test_map_in_a_matlab_file(tmp_path, dtype):
    scipy.io.savemat(tmp_path / "a.mat", {"data": np.ones((3, 4, 2)), "map": LABELS.astype(dtype)})
    labels = read_labels(tmp_path / "a.mat", (3, 4))
    np.testing.assert_array_equal(labels, LABELS.astype(dtype))
    assert labels.dtype == np.int64


def test_map_in_a_matlab_7_3_file(tmp_path):
    with h5py.File(tmp_path / "a.mat", "w") as file:
        file["map"] = LABELS.T
    np.testing.assert_array_equal(read_labels(tmp_path / "a.mat", (3, 4)), LABELS)


def test_file_beside_the_scene_comes_first(tmp_path):
    scipy.io.savemat(tmp_path / "a.mat", {"data": np.ones((3, 4, 2)), "map": LABELS})
    np.savez(tmp_path / "a_labels.npz", anything=LABELS + 1)
    np.testing.assert_array_equal(read_labels(tmp_path / "a.mat", (3, 4)), LABELS + 1)
    np.save(tmp_path / "b_labels.npy", LABELS > 2)
    np.testing.assert_array_equal(read_labels(tmp_path / "b.mat", (3, 4)), LABELS > 2)
    np.save(tmp_path / "a_labels.npy", LABELS + 2)
    np.testing.assert_array_equal(read_labels(tmp_path / "a.mat", (3, 4)), LABELS + 2)
    np.testing.assert_array_equal(read_labels(tmp_path / "a.hdr", (3, 4)), LABELS + 2)


def test_no_map(tmp_path):
    scipy.io.savemat(tmp_path / "a.mat", {"data": np.ones((3, 4, 2))})
    with h5py.File(tmp_path / "b.mat", "w") as file:
        file["data"] = np.ones((2, 4, 3))
    for name in ("a.mat", "b.mat", "c.npz", "d.hdr"):
        assert read_labels(tmp_path / name, (3, 4)) is None


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (LABELS.T, r"label map is \(4, 3\), the scene \(3, 4\)"),
        (LABELS + 0.5, "other than whole numbers"),
        (LABELS * np.nan, "other than whole numbers"),
        (LABELS + np.inf, "other than whole numbers"),
        (LABELS.astype("U1"), "other than whole numbers"),
        (LABELS.astype(object), "no readable label map"),
    ],
)
def test_impossible_maps_are_refused(tmp_path, values, why):
    np.save(tmp_path / "a_labels.npy", values)
    with pytest.raises(DataError, match=why):
        read_labels(tmp_path / "a.npy", (3, 4))


def test_archive_of_several_arrays_and_damaged_files(tmp_path):
    np.savez(tmp_path / "a_labels.npz", first=LABELS, second=LABELS)
    with pytest.raises(DataError, match="2 arrays where one is expected"):
        read_labels(tmp_path / "a.npz", (3, 4))
    for name, scene in (("b_labels.npz", "b.npz"), ("c_labels.npy", "c.npz"), ("d.mat", "d.mat")):
        (tmp_path / name).write_bytes(b"no array")
        with pytest.raises(DataError, match=f"{name}: no readable label map"):
            read_labels(tmp_path / scene, (3, 4))


def test_real_maps(real_data):
    assert (read_labels(real_data / "abu-beach-1.mat", (150, 150)) > 0).sum() == 19
    assert (read_labels(real_data / "san_diego_a.mat", (100, 100)) > 0).sum() == 57
    assert read_labels(real_data / "salinas_a.mat", (83, 86)) is None
    assert read_labels(real_data / "samson.npz", (95, 95)) is None
