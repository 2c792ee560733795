"""A window of a scene: the same samples, the same places on the ground."""

import numpy as np
import pytest

from btcnet_jax.errors import DataError
from btcnet_jax.scene import Scene, SceneSource
from btcnet_jax.scene.window import read_window, select_bands, window

_ROWS, _COLS = slice(2, 5), slice(1, -2)


@pytest.fixture
def scene():
    random = np.random.default_rng(0)
    return Scene(
        name="a",
        values=random.integers(0, 99, (6, 7, 3)).astype(np.int16),
        mask=random.random((6, 7)) > 0.3,
        nodata=5,
        wavelengths=np.array([450.0, 550, 650]),
        band_names=("blue", "green", "red"),
        band_mask=np.array([True, False, True]),
        transform=(30.0, 2.0, 1000.0, 3.0, -30.0, 9000.0),
        gcps=((2.5, 1.5, 10.0, 20.0, 0.0), (0.0, 0.0, 11.0, 21.0, 5.0)),
    )


def test_samples_mask_and_nodata_are_those_of_the_window(scene):
    part = window(scene, _ROWS, _COLS)
    np.testing.assert_array_equal(part.values, scene.values[2:5, 1:5])
    np.testing.assert_array_equal(part.valid(), scene.valid()[2:5, 1:5])
    assert (part.nodata, part.band_names) == (5, scene.band_names)
    assert np.shares_memory(part.values, scene.values)


def test_a_pixel_stays_where_it_is_on_the_ground(scene):
    part = window(scene, _ROWS, _COLS)

    def ground(transform, col, row):
        a, b, c, d, e, f = transform
        return a * col + b * row + c, d * col + e * row + f

    assert ground(part.transform, 3.5, 0.25) == ground(scene.transform, 4.5, 2.25)
    assert part.gcps == ((0.5, 0.5, 10.0, 20.0, 0.0), (-2.0, -1.0, 11.0, 21.0, 5.0))


def test_a_lookup_table_finds_the_same_samples(scene):
    table = np.array([[[0, 0], [1, 3]], [[2, 3], [5, 5]], [[6, 5], [2, 6]]], np.int32)
    scene.glt, before = table.copy(), scene.transform
    part = window(scene, _ROWS, _COLS)
    # Columns 2 to 5 and rows 3 to 5, from 1, are in the window.
    assert part.glt.tolist() == [[[0, 0], [0, 0]], [[1, 1], [4, 3]], [[0, 0], [0, 0]]]
    assert part.glt.dtype == np.int32
    assert part.transform == before  # It is the map's.
    np.testing.assert_array_equal(scene.glt, table)


@pytest.mark.parametrize("masked", [True, False])
def test_a_window_of_a_scene_on_disk_is_that_of_the_scene(scene, masked):
    source = SceneSource(
        **scene.info(),
        shape=scene.values.shape,
        dtype=scene.values.dtype,
        read_window=lambda rows, cols: scene.values[rows, cols],
        read_mask=(lambda rows, cols: scene.mask[rows, cols]) if masked else None,
    )
    expected, part = window(scene, _ROWS, _COLS), read_window(source, _ROWS, _COLS)
    np.testing.assert_array_equal(part.values, expected.values)
    assert (part.transform, part.gcps) == (expected.transform, expected.gcps)
    if masked:
        np.testing.assert_array_equal(part.mask, expected.mask)
    else:
        assert part.mask is None


def test_some_bands_keep_what_is_known_of_them(scene):
    part = select_bands(scene, np.array([True, False, True]))
    np.testing.assert_array_equal(part.values, scene.values[..., [0, 2]])
    assert part.values.flags.c_contiguous
    assert (part.wavelengths.tolist(), part.band_names) == ([450, 650], ("blue", "red"))
    assert part.band_mask.all()
    assert (part.mask is scene.mask, part.nodata) == (True, 5)


def test_an_empty_window_is_refused(scene):
    with pytest.raises(DataError, match="empty"):
        window(scene, slice(4, 4), slice(None))


def test_what_lies_along_an_axis_is_cut_with_it():
    arrays = {
        "rows": {"time": np.arange(6.0)},
        "cols": {"x": np.arange(5)},
        "bands": {"snr": np.arange(4)},
    }
    scale = np.array([1.0, 2.0, 3.0, 4.0])
    scene = Scene(values=np.zeros((6, 5, 4)), axis_arrays=arrays, scale=scale, offset=-scale)
    part = window(scene, slice(2, 4), slice(1, 5)).axis_arrays
    assert {axis: [a.tolist() for a in part[axis].values()] for axis in part} == {
        "rows": [[2.0, 3.0]],
        "cols": [[1, 2, 3, 4]],
        "bands": [[0, 1, 2, 3]],
    }
    chosen = select_bands(scene, np.array([True, False, False, True]))
    assert (chosen.scale.tolist(), chosen.offset.tolist()) == ([1.0, 4.0], [-1.0, -4.0])
    assert chosen.axis_arrays["bands"]["snr"].tolist() == [0, 3]
    assert chosen.axis_arrays["rows"]["time"].size == 6
