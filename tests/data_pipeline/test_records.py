"""Finding converted data sets, reading them without TensorFlow, and what is refused."""

import shutil

import numpy as np
import pytest

from btcnet_jax.errors import DataError
from data_pipeline.patch_source import first_patches
from data_pipeline.records import RecordFolder, open_records
from data_pipeline.tfrecords import stored_patches

# Of the records in conftest.py.
SIDE, BANDS = 16, 5


def test_any_crop_of_any_record_is_read(source):
    assert sorted(source.minimum) == list(range(21))
    assert source.maximum.dtype == source.minimum.dtype == np.float32
    for number, (corner, shape) in enumerate(
        [((0, 0), (16, 16)), ((3, 0), (4, 16)), ((9, 5), (7, 2))]
    ):
        out = np.empty((*shape, BANDS), np.uint16)
        source.read(number, corner, out)
        rows, cols = np.indices(shape)
        expected = (rows + corner[0]) * SIDE + cols + corner[1]
        np.testing.assert_array_equal(out, np.repeat(expected[..., None], BANDS, axis=2))


def test_numbers_of_records_do_not_depend_on_the_files_they_are_in(source):
    again = RecordFolder(source.paths[::-1], "train", source.patch_shape, source.dtype)
    np.testing.assert_array_equal(again.minimum, source.minimum)


def test_validation_takes_the_middles_of_the_first_records(source):
    batches = first_patches(source, 8, 6, 2)
    assert [batch["minimum"].tolist() for batch in batches] == source.minimum[:2, None].tolist()
    assert batches[0]["patches"].shape == (1, 8, 6, BANDS)
    assert batches[0]["patches"][0, 0, 0, 0] == 4 * SIDE + 5
    assert len(first_patches(source, 8, 6, 99)) == 21


def test_a_folder_without_records_is_refused(tmp_path):
    with pytest.raises(DataError, match="no converted data set"):
        open_records(tmp_path, "aviris", "train", bands=5)
    (tmp_path / "aviris" / "1.0.0").mkdir(parents=True)
    (tmp_path / "aviris" / "1.0.0" / "dataset_info.json").write_text("{}")
    with pytest.raises(DataError, match="no train patches in it; convert again"):
        open_records(tmp_path, "aviris", "train", bands=5)


def _cut(data):
    return data[:-1]


def _too_long(data):
    return (1 << 62).to_bytes(8, "little") + data[8:]


def _other(data):
    return data.replace(b"minimum", b"minimal")


def _deep(data):
    return data[:12] + b"\xff" * 40 + data[52:]


@pytest.mark.parametrize("damage", [_cut, _too_long, _other, _deep, lambda data: b"\0" * 99])
def test_damaged_files_are_refused_in_one_line(source, tmp_path, damage):
    path = tmp_path / "a.tfrecord"
    path.write_bytes(damage(source.paths[0].read_bytes()))
    with pytest.raises(
        DataError, match=r"a\.tfrecord: is cut off or holds no patches of 2560 bytes"
    ):
        RecordFolder([path], "train", source.patch_shape, source.dtype)


@pytest.mark.parametrize("at", ["first sample", "last sample", "minimum", "checksum"])
def test_a_damaged_record_is_refused_whichever_crop_is_read(source, tmp_path, at):
    path = tmp_path / "a.tfrecord"
    data = bytearray(source.paths[0].read_bytes())
    whole = stored_patches(source.paths[0], 2560)[2]
    places = {
        "first sample": whole.offset,
        "last sample": whole.offset + 2559,
        "minimum": data.index(b"minimum", whole.content[0]) + 13,
        "checksum": whole.content[1],
    }
    data[places[at]] ^= 16
    path.write_bytes(data)
    folder = RecordFolder([path], "train", source.patch_shape, source.dtype)
    number, out = folder.keys.index(whole.key), np.empty((1, 1, BANDS), np.uint16)
    for _ in range(2):
        with pytest.raises(
            DataError, match=r"a\.tfrecord: the record of 0.npy, row 200, column 0 is"
        ):
            folder.read(number, (7, 7), out)
    for other in set(range(7)) - {number}:
        folder.read(other, (7, 7), out)
        assert (out == 7 * SIDE + 7).all()


def test_patches_of_another_size_and_files_that_shrink_are_refused(source, tmp_path):
    path = shutil.copy(source.paths[0], tmp_path / "a.tfrecord")
    with pytest.raises(DataError, match="holds no patches of 2400 bytes"):
        RecordFolder([path], "train", (SIDE, SIDE - 1, BANDS), source.dtype)
    folder = RecordFolder([path], "train", source.patch_shape, source.dtype)
    path.write_bytes(b"")
    with pytest.raises(DataError, match="became shorter"):
        folder.read(0, (0, 0), np.empty(source.patch_shape, np.uint16))
    path.unlink()
    with pytest.raises(DataError, match="cannot be read: No such file"):
        folder.read(0, (0, 0), np.empty(source.patch_shape, np.uint16))
