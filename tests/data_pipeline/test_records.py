"""Streaming from TFRecords: every record once an epoch, exact resume, hosts apart, refused input."""

import itertools
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

from data_pipeline.errors import DataError

SHARDS, PER_SHARD, SIDE, BANDS = 3, 7, 16, 5


@pytest.fixture(scope="module")
def records():
    return pytest.importorskip("data_pipeline.records", exc_type=DataError)


@pytest.fixture(scope="module")
def source(records, tmp_path_factory):
    """Records whose `minimum` is their number and whose samples tell their row and column."""
    import tensorflow as tf
    import tensorflow_datasets as tfds

    scalar = tfds.features.Scalar(np.float32)
    patch = tfds.features.Tensor(shape=(SIDE, SIDE, BANDS), dtype=np.uint16, encoding="bytes")
    features = tfds.features.FeaturesDict({"patch": patch, "minimum": scalar, "maximum": scalar})
    folder = tmp_path_factory.mktemp("records")
    paths = tuple(str(folder / f"{shard}.tfrecord") for shard in range(SHARDS))
    places = np.arange(SIDE * SIDE, dtype=np.uint16).reshape(SIDE, SIDE, 1)
    values = np.repeat(places, BANDS, axis=2)
    for shard, path in enumerate(paths):
        with tf.io.TFRecordWriter(path) as writer:
            for number in range(shard * PER_SHARD, (shard + 1) * PER_SHARD):
                example = {"patch": values, "minimum": float(number), "maximum": 999.0}
                writer.write(features.serialize_example(example))
    return records.RecordFolder(
        paths=paths,
        records=(PER_SHARD,) * SHARDS,
        features=features,
        patch_shape=(SIDE, SIDE, BANDS),
    )


@pytest.fixture
def stream(records, source):
    def make(seed=3, batch=4, crop=8, part=(0, 1)):
        return records.RecordStream(source, crop, crop, batch, seed, shuffle_records=6, part=part)

    return make


def _take(stream, count):
    return [(b["minimum"].tolist(), b["patches"]) for b in itertools.islice(stream, count)]


def _same(one, other):
    return all(a[0] == b[0] and np.array_equal(a[1], b[1]) for a, b in zip(one, other, strict=True))


def test_an_epoch_takes_no_record_twice_and_the_next_is_in_another_order(stream):
    made = stream()
    assert made.steps_per_epoch == 5
    batches = [numbers for numbers, _ in _take(made, 10)]
    first, second = (list(itertools.chain(*half)) for half in (batches[:5], batches[5:]))
    assert len(set(first)) == len(set(second)) == 20
    assert first != second


def test_batches_are_crops_in_the_records_own_type(stream):
    for _, patches in _take(stream(), 5):
        assert patches.shape == (4, 8, 8, BANDS)
        assert patches.dtype == np.uint16
        corner = patches[:, :1, :1]
        expected = np.arange(8)[:, None, None] * SIDE + np.arange(8)[:, None]
        np.testing.assert_array_equal(patches - corner, np.broadcast_to(expected, patches.shape))
    corners = {int(p[0, 0, 0]) for _, patches in _take(stream(), 10) for p in patches}
    assert len(corners) > 10


@pytest.mark.parametrize("position", [1, 4, 5, 7])
def test_resume_in_the_middle_of_an_epoch_gives_the_same_batches(stream, position):
    whole = _take(stream(), 12)
    resumed = stream()
    resumed.position = position
    assert _same(_take(resumed, 12 - position), whole[position:])
    assert resumed.position == 12


def test_same_seed_same_batches_other_seed_others(stream):
    assert _same(_take(stream(), 5), _take(stream(), 5))
    assert not _same(_take(stream(), 5), _take(stream(seed=4), 5))


def test_hosts_read_different_records_and_take_as_many_steps(stream):
    hosts = [stream(batch=2, part=(host, 2)) for host in range(2)]
    assert [host.steps_per_epoch for host in hosts] == [3, 3]
    numbers = [{n for batch, _ in _take(host, 3) for n in batch} for host in hosts]
    assert not numbers[0] & numbers[1]


def test_what_cannot_be_streamed_is_refused(records, stream, tmp_path):
    with pytest.raises(DataError, match=r"patches of 16 x 16, less than 17 x 17"):
        stream(crop=17)
    with pytest.raises(DataError, match=r"21 training records on a host are less"):
        stream(batch=22)
    with pytest.raises(DataError, match="no converted data set"):
        records.open_records(tmp_path, "aviris", "train", bands=5)


def test_validation_takes_the_middles_of_the_first_records(records, source):
    batches = records.first_patches(source, 8, 6, 2)
    assert [batch["minimum"].tolist() for batch in batches] == [[0.0], [1.0]]
    assert batches[0]["patches"].shape == (1, 8, 6, BANDS)
    assert batches[0]["patches"][0, 0, 0, 0] == 4 * SIDE + 5
