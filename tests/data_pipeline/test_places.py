"""Patches of scenes with missing samples: only from places without any."""

import numpy as np
import pytest

from btcnet_jax.errors import DataError
from btcnet_jax.scene import Scene
from data_pipeline.patches import PatchStream, center_patches
from data_pipeline.places import PatchPlaces, free_corners

_SIZE = (4, 6)


def _scene(**holes):
    base = np.arange(12 * 15 * 3, dtype=np.int16).reshape(12, 15, 3)
    return Scene(values=base, **holes)


def _slanted():
    """A border of -9999 that runs aslant, one missing band of a pixel, a masked pixel."""
    scene = _scene(nodata=-9999, mask=np.ones((12, 15), bool))
    rows, cols = np.indices((12, 15))
    scene.values[rows + cols < 9] = -9999
    scene.values[9, 9, 1] = -9999
    scene.mask[11, 14] = False
    return scene


def _corners(patches):
    return {divmod(int(patch[0, 0, 0]) // 3, 15) for patch in patches}


def test_free_corners_are_those_of_patches_without_a_hole():
    complete = np.random.default_rng(0).random((9, 11)) > 0.05
    found = free_corners(complete, _SIZE)
    expected = [
        [complete[row : row + 4, col : col + 6].all() for col in range(6)] for row in range(6)
    ]
    np.testing.assert_array_equal(found, expected)
    assert 0 < found.sum() < found.size


def test_every_free_place_is_drawn_and_no_other():
    scene = _slanted()
    stream = PatchStream([scene], *_SIZE, 4, 3)
    drawn = [stream.batch_at(step) for step in range(200)]
    free = np.argwhere(free_corners(scene.valid().all(axis=2), _SIZE)).tolist()
    assert _corners(patch for batch in drawn for patch in batch["patches"]) == set(map(tuple, free))
    assert drawn[0]["minimum"][0] == scene.values[scene.valid()].min() > 0
    assert drawn[0]["maximum"][0] == scene.values[scene.valid()].max()


def test_a_step_gives_the_same_patches_whenever_it_is_asked_for():
    streams = [PatchStream([_slanted(), _scene()], *_SIZE, 3, 3) for _ in range(2)]
    batches = [batch for _, batch in zip(range(5), streams[0], strict=False)]
    np.testing.assert_array_equal(streams[1].batch_at(4)["patches"], batches[4]["patches"])


def test_a_scene_without_missing_samples_is_drawn_from_as_its_cube():
    told, plain = (PatchStream([one], *_SIZE, 3, 3) for one in (_scene(nodata=-1), _scene().values))
    for step in range(9):
        np.testing.assert_array_equal(
            told.batch_at(step)["patches"], plain.batch_at(step)["patches"]
        )


def test_draws_in_a_whole_scene_are_a_row_and_a_column():
    drawn, expected = np.random.default_rng(5), np.random.default_rng(5)
    places = PatchPlaces.of(_scene(), _SIZE, "a")
    for _ in range(5):
        assert places.draw(drawn) == (expected.integers(9), expected.integers(10))


def test_validation_takes_the_free_place_nearest_the_middle():
    scene = _slanted()
    batch = center_patches([scene, _scene()], *_SIZE)
    corner, middle = (next(iter(_corners(one["patches"]))) for one in batch)
    assert middle == (4, 4)
    free = np.argwhere(free_corners(scene.valid().all(axis=2), _SIZE))
    away = np.hypot(*(free - middle).T)
    assert corner in set(map(tuple, free.tolist()))
    assert np.hypot(*np.subtract(corner, middle)) == away.min() > 0


@pytest.mark.parametrize(
    "make", [lambda s: PatchStream(s, *_SIZE, 1, 0), lambda s: center_patches(s, *_SIZE)]
)
def test_a_scene_without_a_place_is_refused_in_one_line(make):
    holes = _scene(nodata=7)
    holes.values[::3] = 7
    with pytest.raises(DataError, match=r"scene 2: no patch of 4 x 6 has data .* lower") as caught:
        make([_scene(), holes])
    assert "\n" not in str(caught.value)
    holes.values[..., 2] = 7
    with pytest.raises(DataError, match="1 band has none at all: 3"):
        make([_scene(), holes])
