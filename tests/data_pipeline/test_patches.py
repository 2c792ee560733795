"""The stream of patches: right crops, equal shares, one function of seed and step."""

import itertools
from collections import Counter

import numpy as np
import pytest

from btcnet_jax.errors import DataError
from data_pipeline.patches import PatchStream


def scenes(count=5, rows=9, cols=11, bands=3, dtype=np.int16):
    """Cubes in which each sample tells its scene (thousands) and its place."""
    base = np.arange(rows * cols * bands).reshape(rows, cols, bands)
    return [(base + 1000 * index).astype(dtype) for index in range(count)]


def stream(cubes=None, batch_images=2, seed=7, size=(4, 6)):
    return PatchStream(scenes() if cubes is None else cubes, *size, batch_images, seed)


def assert_equal_batches(one, other):
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])


def taken(patches, steps):
    """How often each scene was taken in these steps."""
    batches = (patches.batch_at(step)["patches"] for step in range(steps))
    return Counter(int(patch[0, 0, 0]) // 1000 for batch in batches for patch in batch)


def test_patches_are_crops_with_the_range_of_their_scene():
    cubes, places = scenes(), set()
    patches = stream(cubes)
    for step in range(60):
        batch = patches.batch_at(step)
        assert batch["patches"].shape == (2, 4, 6, 3)
        assert batch["patches"].dtype == np.int16
        assert batch["minimum"].dtype == batch["maximum"].dtype == np.float32
        for patch, low, high in zip(*batch.values(), strict=True):
            scene = cubes[int(patch[0, 0, 0]) // 1000]
            row, col = divmod(int(patch[0, 0, 0]) % 1000 // 3, 11)
            np.testing.assert_array_equal(patch, scene[row : row + 4, col : col + 6])
            assert (low, high) == (scene.min(), scene.max())
            places.add((row, col))
    # Every corner is reached: 6 x 6 places, 120 draws.
    assert {row for row, _ in places} == set(range(6))
    assert {col for _, col in places} == set(range(6))


@pytest.mark.parametrize(("batch_images", "steps"), [(1, 5), (2, 3), (5, 1), (8, 1)])
def test_every_scene_is_taken_equally_often(batch_images, steps):
    patches = stream(batch_images=batch_images)
    assert patches.steps_per_epoch == steps
    assert len(taken(patches, patches.steps_per_epoch)) == 5
    for number in range(1, 30):
        shares = taken(patches, number)
        counts = [shares[index] for index in range(5)]
        assert max(counts) - min(counts) <= 1


def test_passes_are_shuffled_anew():
    patches = stream(batch_images=5)
    orders = {tuple(patches.batch_at(step)["minimum"]) for step in range(10)}
    assert len(orders) > 5


def test_a_batch_depends_on_seed_and_step_alone():
    one, other = stream(), stream()
    for step in (4, 0, 3, 4):
        assert_equal_batches(one.batch_at(step), other.batch_at(step))
    assert not np.array_equal(one.batch_at(0)["patches"], one.batch_at(5)["patches"])
    places = [stream(scenes(1), 20, seed).batch_at(0)["patches"] for seed in (7, 8)]
    assert not np.array_equal(*places)


def test_position_restores_the_stream():
    first = stream()
    whole = list(itertools.islice(first, 7))
    assert first.position == 7
    for step, batch in enumerate(whole):
        assert_equal_batches(batch, first.batch_at(step))
    second = stream()
    list(itertools.islice(second, 3))
    third = stream()
    third.position = second.position
    for batch, expected in zip(itertools.islice(third, 4), whole[3:], strict=True):
        assert_equal_batches(batch, expected)


def test_mixed_types_are_promoted():
    cubes = [*scenes(1, dtype=np.uint16), *scenes(1, dtype=np.int16)]
    for step in range(2):
        assert stream(cubes, batch_images=1).batch_at(step)["patches"].dtype == np.int32


def test_patches_are_no_views_of_the_scenes():
    cubes = scenes(1)
    stream(cubes, batch_images=1).batch_at(0)["patches"][:] = -1
    assert cubes[0].min() == 0


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"cubes": []}, "no scene"),
        ({"cubes": [*scenes(1), *scenes(1, bands=4)]}, "differ in bands"),
        ({"cubes": [*scenes(1), *scenes(1, rows=3)]}, "scene 2: 3 rows x 11 columns"),
        ({"size": (4, 12)}, "--config.data.patch_cols"),
        ({"size": (0, 4)}, "at least 1"),
        ({"batch_images": 0}, "at least 1"),
        ({"seed": -1}, "seed at least 0"),
    ],
)
def test_what_cannot_be_cut_is_refused(changed, words):
    with pytest.raises(DataError, match=words):
        stream(**changed)


def test_hosts_together_give_the_batch_of_one():
    whole = stream(batch_images=6)
    parts = [PatchStream(scenes(), 4, 6, 6, 7, part=(host, 3)) for host in range(3)]
    for step in range(4):
        batches = [part.batch_at(step) for part in parts]
        together = {name: np.concatenate([b[name] for b in batches]) for name in batches[0]}
        assert_equal_batches(together, whole.batch_at(step))
    assert {part.steps_per_epoch for part in parts} == {whole.steps_per_epoch}
    with pytest.raises(DataError, match=r"4 hosts cannot share a batch of 6 equally"):
        PatchStream(scenes(), 4, 6, 6, 7, part=(0, 4))
