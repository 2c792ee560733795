"""Surprise: features of the scale as docs/FORMAT_CODING.md has them, and symbols coded with them."""

import dataclasses

import numpy as np
import pytest

from btcnet_jax.coding.context import ComponentLevels, ContextCoder, SymbolSearch, judge_all
from btcnet_jax.coding.context.analysis import features_of
from btcnet_jax.coding.context.trellis import PER_STEP
from btcnet_jax.coding.context.weights import SURPRISES
from btcnet_jax.errors import FileFormatError

ROWS, COLS, COMPONENTS = 7, 6, 4


@pytest.fixture(scope="module")
def coder(dependent_weights):
    more = np.random.default_rng(4).integers(60, 160, (16, 7, SURPRISES))
    scales = np.concatenate([dependent_weights.scale_weights, more], axis=2)
    return ContextCoder(dataclasses.replace(dependent_weights, scale_weights=scales))


def search(coder, values, slope=0.3):
    start = 2 * np.rint(values / 2).astype(np.int64)
    found = SymbolSearch(coder, start, ComponentLevels.of(start, PER_STEP))
    empty = np.zeros(values[0, 0].size, bool)
    bits = [
        found.choose(k, plane.reshape(16, -1), empty, slope)[1] for k, plane in enumerate(values)
    ]
    return found.symbols(len(values)), sum(bits), ComponentLevels.of(start, PER_STEP)


@pytest.fixture(scope="module")
def found(coder):
    values = np.random.default_rng(0).laplace(0, 6, (COMPONENTS, 16, ROWS, COLS))
    values *= 2.0 ** -np.arange(COMPONENTS)[:, None, None, None]
    values[1:3, :, 2:5, 1:4] *= 9
    values[0, 0, 3, 3] = 90_000
    return search(coder, values)


def log(n):
    """16 log2(2 n + 1) as the document rounds it, of one integer."""
    m = 2 * int(n) + 1
    i = m.bit_length() - 1
    return 16 * i + round(16 * np.log2(1 + ((m << 6 >> i) - 64 + 0.5) / 64))


def as_documented(symbols, expectations, base):
    """Both features of every symbol; `base` is the class without them."""
    width = np.rint(2.0 ** ((2 * base + 9) / 8)).astype(int)
    rest = np.minimum(np.abs(256 * symbols - expectations) >> 2, 8 * width + 64)
    components, _, rows, cols = symbols.shape

    def near(values, k, p, y, x):
        def at(j, q, row, col):
            inside = j >= 0 and q >= 0 and row >= 0 and 0 <= col < cols
            return int(values[j, q, row, col]) if inside else 0

        total = 4 * (at(k, p, y, x - 1) + at(k, p, y - 1, x))
        total += 2 * (at(k, p, y - 1, x - 1) + at(k, p, y - 1, x + 1))
        total += 6 * at(k - 1, p, y, x) + 3 * at(k - 2, p, y, x)
        return total + 6 * at(k, p - 1, y, x) + 3 * at(k, p - 2, y, x)

    features = np.zeros((*symbols.shape, 2), int)
    for k, p in np.ndindex(components, 16):
        sums = [0, 0]
        for d in range(2 * (rows - 1) + cols):
            places = [(y, d - 2 * y) for y in range(rows) if 0 <= d - 2 * y < cols]
            along = log(sums[0] + 192 >> 2) - log(sums[1] + 192 >> 2)
            for y, x in places:
                missed, expected = near(rest, k, p, y, x), near(width, k, p, y, x)
                features[k, p, y, x] = (
                    log(missed + 384 >> 3) - log(expected + 384 >> 3),
                    along,
                )
            for kind, values in enumerate((rest, width)):
                more = sum(int(values[k, p, y, x]) for y, x in places)
                sums[kind] += more - (sums[kind] * min(len(places), 32) >> 6)
    return features


def test_features_are_those_of_the_document(coder, found):
    symbols, _, levels = found
    _, scales = features_of(symbols, levels, coder)
    classes, expectations, _ = judge_all(coder, symbols, levels)
    weights = coder.model.scales[:, levels.classes()].swapaxes(0, 1)[:, :, None, None]
    sums = scales.astype(int) * weights
    base = np.clip((sums[..., :14].sum(axis=-1) >> 10) + 24, 0, 55)
    np.testing.assert_array_equal(scales[..., 14:], as_documented(symbols, expectations, base))
    np.testing.assert_array_equal(np.clip((sums.sum(axis=-1) >> 10) + 24, 0, 55), classes)
    # They say something, and not one thing alone.
    assert np.unique(scales[..., 14]).size > 20
    assert np.unique(scales[..., 15]).size > 20
    assert (classes != base).mean() > 0.3


def test_what_the_search_finds_is_coded_in_the_bits_that_it_tells(coder, found):
    symbols, bits, levels = found
    assert bits == pytest.approx(judge_all(coder, symbols, levels)[2].sum())
    data = coder.encode(symbols, levels)
    assert 8 * len(data) == pytest.approx(bits, rel=0.01, abs=64)
    shape = (COMPONENTS, ROWS, COLS)
    np.testing.assert_array_equal(coder.decode(data, shape, levels), symbols)
    for wrong in (data[:-4], data + data[:4], data[:40] + bytes([data[40] ^ 4]) + data[41:]):
        with pytest.raises(FileFormatError):
            coder.decode(wrong, shape, levels)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 70), (70, 3)])
def test_scenes_of_any_sides_come_back(coder, shape):
    values = np.random.default_rng(1).laplace(0, 5, (2, 16, *shape))
    symbols, _, levels = search(coder, values)
    data = coder.encode(symbols, levels)
    np.testing.assert_array_equal(coder.decode(data, (2, *shape), levels), symbols)


def test_what_comes_later_does_not_count(coder, found):
    symbols, _, levels = found
    known = judge_all(coder, symbols, levels)
    other = symbols.copy()
    other[3], other[2, 8:] = 2, -4
    row, col = np.mgrid[:ROWS, :COLS]
    later = 2 * row + col > 9
    other[2, 7, later] = 0
    again = judge_all(coder, other, levels)
    for before, after in zip(known[:2], again[:2], strict=True):
        np.testing.assert_array_equal(before[:2], after[:2])
        np.testing.assert_array_equal(before[2, :7], after[2, :7])
        np.testing.assert_array_equal(before[2, 7, ~later], after[2, 7, ~later])


def test_weights_that_know_surprise_are_of_dependent_quantization(weights, coder):
    assert coder.surprised
    assert not ContextCoder(weights).surprised
    more = np.zeros((16, 7, SURPRISES), int)
    scales = np.concatenate([weights.scale_weights, more], axis=2)
    with pytest.raises(ValueError, match="dependent quantization alone"):
        dataclasses.replace(weights, scale_weights=scales)
    with pytest.raises(ValueError, match="shape"):
        dataclasses.replace(weights, scale_weights=scales[..., :15])
