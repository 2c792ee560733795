"""Streaming from TFRecords: every record once an epoch, exact resume, hosts apart, refused input."""

import dataclasses
import itertools

import numpy as np
import pytest

from btcnet_jax.errors import DataError, MissingExtraError

# Of the records in conftest.py.
SIDE, BANDS = 16, 5


@pytest.fixture(scope="module")
def record_stream():
    return pytest.importorskip("data_pipeline.record_stream", exc_type=MissingExtraError)


@pytest.fixture
def stream(record_stream, source):
    def make(seed=3, batch=4, crop=8, part=(0, 1)):
        return record_stream.RecordStream(
            source, crop, crop, batch, seed, shuffle_records=6, part=part
        )

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


def test_a_lone_shard_is_shuffled_anew_each_epoch(record_stream, source):
    one = dataclasses.replace(source, paths=source.paths[:1], records=source.records[:1])
    stream = record_stream.RecordStream(one, 8, 8, 7, 0, shuffle_records=6)
    first, second = (numbers for numbers, _ in _take(stream, 2))
    assert sorted(first) == sorted(second)
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


def test_what_cannot_be_streamed_is_refused(stream):
    with pytest.raises(DataError, match=r"patches of 16 x 16, less than 17 x 17"):
        stream(crop=17)
    with pytest.raises(DataError, match=r"21 training records on a host are less"):
        stream(batch=22)


def test_more_hosts_than_shards_share_records(stream):
    hosts = [stream(batch=2, part=(host, 4)) for host in range(4)]
    assert [host.steps_per_epoch for host in hosts] == [2] * 4
    for epoch in range(2):
        numbers = [[n for batch, _ in _take(host, 2) for n in batch] for host in hosts]
        assert len(set(itertools.chain(*numbers))) == 16, epoch


def test_whole_patches_come_uncropped(stream):
    _, patches = _take(stream(crop=SIDE), 1)[0]
    assert np.array_equal(patches[0, :, :, 0].ravel(), np.arange(SIDE * SIDE))
