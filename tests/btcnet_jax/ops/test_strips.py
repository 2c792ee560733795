"""Cutting, joining and shuffling keep every sample, in the right place."""

import jax
import jax.numpy as jnp
import numpy as np

from btcnet_jax.ops.pixel_shuffle import pixel_shuffle
from btcnet_jax.ops.strips import cut_crops, draw_places, join_strips, split_strips


def test_strips_join_to_the_scene_they_were_cut_from():
    scene = jnp.arange(8 * 12 * 3.0).reshape(8, 12, 3)
    strips = split_strips(scene, 4)
    assert strips.shape == (3, 8, 4, 3)
    np.testing.assert_array_equal(strips[1], scene[:, 4:8])
    np.testing.assert_array_equal(join_strips(strips), scene)


def test_random_crops_are_pieces_of_their_own_image_flipped_or_not():
    patches = np.arange(2 * 10 * 9 * 1, dtype=np.uint16).reshape(2, 10, 9, 1)
    places = draw_places(jax.random.key(3), patches.shape[:3], 40, 6, 4)
    strips = np.asarray(cut_crops(jnp.asarray(patches), places, 6, 4))
    assert strips.shape == (80, 6, 4, 1)
    assert strips.dtype == np.uint16
    seen = set()
    for number, strip in enumerate(strips[..., 0]):
        flips = (strip[1, 0] < strip[0, 0], strip[0, 1] < strip[0, 0])
        upright = strip[:: -1 if flips[0] else 1, :: -1 if flips[1] else 1]
        top, left = divmod(int(upright[0, 0]) - (number // 40) * 90, 9)
        np.testing.assert_array_equal(
            upright, patches[number // 40, top : top + 6, left : left + 4, 0]
        )
        seen.add((top, left, *flips))
    assert {top for top, *_ in seen} == set(range(5))
    assert {left for _, left, *_ in seen} == set(range(6))
    assert {flips for _, _, *flips in map(tuple, seen) for flips in [tuple(flips)]} == {
        (False, False),
        (False, True),
        (True, False),
        (True, True),
    }


def test_pixel_shuffle_has_pytorchs_channel_order():
    x = jnp.arange(8.0).reshape(1, 1, 1, 8)
    y = pixel_shuffle(x, 2)
    assert y.shape == (1, 2, 2, 2)
    np.testing.assert_array_equal(y[0, :, :, 0], [[0, 1], [2, 3]])
    np.testing.assert_array_equal(y[0, :, :, 1], [[4, 5], [6, 7]])
