"""What `verify` finds between a scene and what came back."""

import numpy as np

from btcnet_jax.codec.verification import verify
from btcnet_jax.scene import Scene


def _floats():
    return np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def test_a_sample_that_comes_back_as_nan_breaks_any_bound():
    restored = _floats()
    restored[1, 2, 3] = np.nan
    found = verify(Scene(values=_floats()), Scene(values=restored), np.full(4, 100.0))
    assert found.broken
    assert (found.worst.error, found.worst.place, found.worst.band) == (np.inf, (1, 2), 3)
    assert found.samples_gone == 1


def test_a_missing_sample_that_comes_back_as_data_is_counted():
    original = _floats()
    original[0, 1, 2] = np.nan
    found = verify(Scene(values=original), Scene(values=_floats()), None)
    assert (found.samples_gone, found.samples_refilled, found.broken) == (1, 1, False)


def test_the_worst_is_of_bounds_that_are_broken():
    """However large an error is that another band allows."""
    restored = _floats()
    restored[0, 0, 1] += 2
    restored[1, 1, 3] += 50
    found = verify(Scene(values=_floats()), Scene(values=restored), np.array([0, 1, 0, 60.0]))
    assert (found.worst.band, found.worst.error) == (1, 2.0)
