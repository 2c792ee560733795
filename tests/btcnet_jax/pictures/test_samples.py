"""The pixels that stand for a scene."""

import numpy as np
import pytest

from btcnet_jax.pictures.samples import pick_pixels, picture_step


@pytest.mark.parametrize(
    ("shape", "step"), [((8, 8), 1), ((600, 3), 1), ((601, 600), 2), ((7, 2000), 4)]
)
def test_large_scenes_are_thinned(shape, step):
    assert picture_step(*shape) == step


def test_each_kind_of_surface_is_picked_once_from_dark_to_bright():
    random = np.random.default_rng(0)
    kinds = np.array([[900, 100, 500], [10, 20, 30], [100, 400, 200]])
    label = np.repeat([0, 1, 2], 40).reshape(10, 12)
    cube = kinds[label] + random.normal(0, 1, (10, 12, 3))
    cube[3, 3] = 20000
    picks = pick_pixels(cube, np.ones(3, bool), 3)
    assert picks.tolist() == pick_pixels(cube, np.ones(3, bool), 3).tolist()
    assert {int(label[row, col]) for row, col in picks} >= {0, 1}
    picks = pick_pixels(np.delete(cube, 3, axis=0), np.ones(3, bool), 3)
    found = [int(np.delete(label, 3, axis=0)[row, col]) for row, col in picks]
    assert found == [1, 2, 0]


def test_bands_not_used_may_hold_anything():
    cube = np.random.default_rng(0).normal(size=(9, 9, 4))
    cube[..., 2] = np.nan
    picks = pick_pixels(cube, np.array([True, True, False, True]), 4)
    assert len(picks) == 4
    assert picks.max() < 9


def test_pixels_that_lack_a_used_band_are_not_picked():
    cube = np.random.default_rng(0).normal(size=(60, 9, 4))
    valid = np.ones(cube.shape, bool)
    valid[:30, :, 1], valid[..., 2] = False, False
    used = np.array([True, True, False, True])
    picks = pick_pixels(np.where(valid, cube, np.nan), used, 4, valid)
    assert len(picks) == 4
    assert picks[:, 0].min() >= 30
    assert len(pick_pixels(cube, np.ones(4, bool), 4, valid)) == 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (333, 2)])
def test_odd_shapes_stay_inside(shape):
    picks = pick_pixels(np.random.default_rng(0).normal(size=(*shape, 3)), np.ones(3, bool), 5)
    assert 1 <= len(picks) <= 5
    assert (picks < shape).all()


def test_a_uniform_scene_gives_one_pixel():
    assert len(pick_pixels(np.ones((6, 6, 2)), np.ones(2, bool), 5)) == 1
