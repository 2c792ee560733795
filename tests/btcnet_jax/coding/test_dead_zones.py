"""Compiled dead zones against whole arrays: the same symbols, to the bit."""

import numpy as np
import pytest

from btcnet_jax.coding.dead_zones import square_errors, sum_magnitudes
from btcnet_jax.parts.quantization import DEAD_OFFSET, dead_zone


@pytest.fixture(scope="module")
def values():
    """Rows of all sizes; some values lie where a symbol begins, a little beside it, and at minus zero."""
    values = np.random.default_rng(0).standard_normal((5, 333)) * 10.0 ** np.arange(-2, 3)[:, None]
    values[3, :40] = (np.arange(40) + 1 - DEAD_OFFSET) * 0.3
    values[3, 40:80] = np.nextafter(values[3, :40], 0)
    values[4, :2] = -0.0, 0.0
    return values


@pytest.mark.parametrize("step", [0.3, 7.0])
def test_sums_and_errors_are_those_of_the_symbols(values, step):
    symbols = dead_zone(values / step)
    sums, errors = np.full(len(values), np.nan), np.full_like(values, np.nan)
    sum_magnitudes(values, np.abs(values).max(axis=1), step, DEAD_OFFSET, sums)
    square_errors(values, step, DEAD_OFFSET, errors)
    np.testing.assert_array_equal(sums, np.abs(symbols).sum(axis=1))
    np.testing.assert_array_equal(errors, np.square(values - symbols * step))
