"""Streaming from TFRecords: every record once an epoch, exact resume, hosts apart, refused input."""

import itertools
import threading

import numpy as np
import pytest

from btcnet_jax.errors import DataError
from data_pipeline.record_order import crop_corners, epoch_order
from data_pipeline.record_stream import RecordStream

# Of the records in conftest.py.
SIDE, BANDS = 16, 5


@pytest.fixture
def stream(source):
    def make(seed=3, batch=4, crop=8, **options):
        return RecordStream(source, crop, crop, batch, seed, **options)

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


def test_what_fills_no_batch_comes_in_another_epoch(stream):
    taken = {n for numbers, _ in _take(stream(batch=20), 5) for n in numbers}
    assert taken == set(range(21))


def test_hosts_together_give_the_batch_of_one(stream):
    whole = stream(batch=6)
    hosts = [stream(batch=6, part=(host, 3)) for host in range(3)]
    assert [host.steps_per_epoch for host in hosts] == [whole.steps_per_epoch] * 3 == [3] * 3
    for together, *parts in zip(_take(whole, 7), *(_take(host, 7) for host in hosts), strict=True):
        assert [n for numbers, _ in parts for n in numbers] == together[0]
        np.testing.assert_array_equal(np.concatenate([p for _, p in parts]), together[1])


def test_the_number_of_readers_changes_nothing(stream):
    assert _same(_take(stream(readers=1), 12), _take(stream(readers=9), 12))


def test_what_cannot_be_streamed_is_refused(stream):
    with pytest.raises(DataError, match=r"patches of 16 x 16, less than 17 x 17"):
        stream(crop=17)
    with pytest.raises(DataError, match=r"21 training records are less than a batch of 22"):
        stream(batch=22)
    with pytest.raises(DataError, match=r"3 hosts cannot share a batch of 4 equally"):
        stream(part=(0, 3))


def test_whole_patches_come_uncropped(stream):
    _, patches = _take(stream(crop=SIDE), 1)[0]
    assert np.array_equal(patches[0, :, :, 0].ravel(), np.arange(SIDE * SIDE))


def test_a_batch_that_cannot_be_read_says_so_and_no_thread_is_left(source, stream, monkeypatch):
    batches, before = iter(stream()), set(threading.enumerate())
    next(batches)
    monkeypatch.setattr(source, "read", _broken)
    with pytest.raises(DataError, match="away"):
        list(batches)
    assert set(threading.enumerate()) == before


def _broken(number, corner, out):
    raise DataError("away")


def test_the_order_is_the_same_on_all_machines():
    assert epoch_order(7, 3, 8).tolist() == [3, 2, 4, 6, 5, 7, 1, 0]
    assert crop_corners(7, 3, 3, (100, 7)).tolist() == [[74, 1], [76, 6], [38, 2]]
