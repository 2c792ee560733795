"""Scenes written line by line, and scenes that change while they are read."""

import dataclasses
import itertools
import os

import numpy as np
import pytest

from btcnet_jax.errors import DataError
from btcnet_jax.scene import Scene
from btcnet_jax.scene.stream import SceneStream, placeholder
from data_pipeline.readers import open_scene, read_scene
from data_pipeline.writers import write_cube

SHAPE = (150, 9, 5)


def streamed(scene):
    """The scene as a large one comes: its mask is known in the end."""
    values = placeholder(scene.values.shape, scene.values.dtype, scene.nodata)
    known = dataclasses.replace(scene, values=values, mask=None)
    edges = [0, 1, 70, 149, 150]
    groups = [scene.values[a:b] for a, b in itertools.pairwise(edges)]
    return SceneStream(known, iter(groups), lambda: scene.mask, large=True)


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".tif", ".img", ".h5", ".nc", ".mat"])
def test_a_stream_is_written_as_the_scene_is(tmp_path, suffix):
    values = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE)
    mask = np.ones(SHAPE[:2], bool)
    mask[5:20, 3] = False
    scene = Scene(values=values, mask=mask, nodata=0, wavelengths=np.linspace(400, 900, 5))
    one, other = tmp_path / f"one{suffix}", tmp_path / f"other{suffix}"
    assert write_cube(one, scene) == write_cube(other, streamed(scene))
    first, second = read_scene(one), read_scene(other)
    np.testing.assert_array_equal(first.values, values)
    np.testing.assert_array_equal(second.values, values)
    np.testing.assert_array_equal(first.valid(), second.valid())
    for name in ("nodata", "band_names", "axes", "tags"):
        assert getattr(first, name) == getattr(second, name)


@pytest.mark.parametrize("suffix", [".npy", ".tif", ".img", ".h5"])
def test_a_cube_that_changes_while_it_is_read_is_refused(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    write_cube(path, Scene(values=np.ones(SHAPE, np.int16)))
    source = open_scene(path)
    assert source.read(slice(0, 2), slice(0, 3)).shape == (2, 3, 5)
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(DataError, match="changes while it is read"):
        source.read(slice(140, 150), slice(0, 3))
