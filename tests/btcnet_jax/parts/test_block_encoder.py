"""The planned front end in integers: near to floats, safe at both ends of 16 bits, and what it refuses."""

import dataclasses

import numpy as np
import pytest

from btcnet_jax.coding.context import ComponentLevels
from btcnet_jax.errors import ConfigError
from btcnet_jax.parts.block_transform import split_blocks, to_coefficients
from btcnet_jax.parts.integers.block_encoder import LARGEST_SYMBOL, block_encoder
from btcnet_jax.parts.quantization import dead_zone

BANDS, COMPONENTS, STEP = 21, 4, 9.0


@pytest.fixture(scope="module")
def projection():
    random = np.random.default_rng(0)
    basis, _ = np.linalg.qr(random.normal(size=(BANDS, BANDS)))
    return basis[:COMPONENTS] * np.array([[1.0], [0.3], [0.1], [0.0]])


@pytest.mark.parametrize("dtype", [np.int16, np.uint16])
def test_symbols_are_those_of_floats_but_for_rounding(projection, dtype):
    random = np.random.default_rng(1)
    mean = random.uniform(500, 9000, BANDS)
    values = (mean + random.normal(0, 80, (24, 36, BANDS))).astype(dtype)
    encoder = block_encoder(np.dtype(dtype), projection, mean, STEP)
    symbols, cut = encoder.encode(values)
    coefficients = to_coefficients(split_blocks((values - mean) @ projection.T))
    exact = coefficients.reshape(COMPONENTS, 16, 6, 9) / STEP
    assert (symbols.dtype, cut) == (np.int64, 0)
    assert np.mean(symbols != dead_zone(exact)) < 0.01
    # Farther than a rounding's edge from the next symbol none differs.
    assert (np.abs(np.abs(symbols) - np.abs(exact)) < 0.62).all()
    assert not symbols[3].any()


@pytest.mark.parametrize("dtype", [np.int16, np.uint16])
def test_no_sum_overflows_whatever_the_samples(projection, dtype):
    info = np.iinfo(dtype)
    encoder = block_encoder(np.dtype(dtype), projection, np.full(BANDS, 100.0), 0.5)
    ends = np.where(encoder.weights[:1] > 0, info.max, info.min).astype(dtype)
    values = np.stack([np.broadcast_to(each, (8, 4, BANDS)) for each in (ends, ends[:, ::-1])])
    values = np.concatenate(list(values), axis=1)
    wanted = values.astype(np.int64) - encoder.zero
    padded = np.pad(wanted, ((0, 0), (0, 0), (0, -BANDS % 8))).reshape(8, 8, -1, 8)
    weights = np.pad(encoder.weights.astype(np.int64), ((0, 0), (0, -BANDS % 8)))
    sums = np.einsum("rcgb,kgb->kgrc", padded, weights.reshape(COMPONENTS, -1, 8)) >> 8
    planes = sums.sum(axis=1) - encoder.bias[:, None, None]
    np.testing.assert_array_equal(encoder.planes(values), planes)
    first = encoder.coefficients(encoder.planes(values))[:, 0]
    exact = planes.reshape(COMPONENTS, 2, 4, 2, 4).sum(axis=(2, 4)) / 4
    assert np.abs(first - exact).max() <= 2
    symbols, cut = encoder.encode(values)
    assert cut > 0
    assert np.abs(symbols).max() == LARGEST_SYMBOL


@pytest.mark.parametrize(("rows", "cols"), [(1, 1), (5, 7), (6, 4), (3, 10)])
def test_the_last_block_is_filled_up_by_itself(projection, rows, cols):
    values = np.random.default_rng(2).integers(0, 5000, (rows, cols, BANDS)).astype(np.int16)
    encoder = block_encoder(values.dtype, projection, np.full(BANDS, 2000.0), STEP)
    filled = values
    for axis in (0, 1):
        left = filled.shape[axis] % 4
        if left:
            last = np.take(filled, range(filled.shape[axis] - left, filled.shape[axis]), axis)
            width = [(0, 0)] * 3
            width[axis] = (0, 4 - left)
            mirrored = np.pad(last, width, mode="symmetric")
            filled = np.concatenate([filled, np.take(mirrored, range(left, 4), axis)], axis=axis)
    np.testing.assert_array_equal(encoder.encode(values)[0], encoder.encode(filled)[0])


def test_what_cannot_be_in_integers_is_refused(projection):
    mean = np.zeros(BANDS)
    with pytest.raises(ConfigError, match="type int16 or uint16, not float32"):
        block_encoder(np.dtype(np.float32), projection, mean, STEP)
    with pytest.raises(ConfigError, match="127 components at most, not 128"):
        block_encoder(np.dtype(np.int16), np.ones((128, BANDS)), mean, STEP)
    with pytest.raises(ConfigError, match="finer than integers can tell"):
        block_encoder(np.dtype(np.int16), projection, mean, 1e-9)
    encoder = block_encoder(np.dtype(np.int16), projection, mean, STEP)
    with pytest.raises(ValueError, match="could overflow"):
        dataclasses.replace(encoder, weights=np.full((4, BANDS), 9000, np.int16))
    with pytest.raises(ValueError, match="bias"):
        dataclasses.replace(encoder, bias=np.full(4, 2**30, np.int32))


def test_levels_in_integers_are_those_of_floats():
    random = np.random.default_rng(3)
    scales = np.exp2(np.arange(12) - 5.0)[:, None, None, None]
    symbols = np.rint(random.laplace(0, scales, (12, 16, 9, 11))).astype(np.int64)
    symbols[11] = LARGEST_SYMBOL
    symbols[10] = 0
    floats, integers = ComponentLevels.of(symbols), ComponentLevels.of_integers(symbols)
    np.testing.assert_array_equal(floats.dc, integers.dc)
    np.testing.assert_array_equal(floats.ac, integers.ac)
