"""Weights and symbols made of integers alone, so that golden bytes are the same everywhere."""

import dataclasses

import numpy as np
import pytest

from btcnet_jax.coding.context import ContextCoder, ContextWeights
from btcnet_jax.coding.frequency_table import normalize_frequencies

CLASSES, REMAINDERS, HALF = 56, 9, 32


def mixed(count, seed):
    """Numbers 0..2**16-1 that look random (Knuth's multiplicative hash)."""
    n = np.arange(1, count + 1, dtype=np.uint64) + np.uint64(seed << 20)
    n = n * np.uint64(2654435761) % np.uint64(1 << 32)
    n = (n ^ (n >> np.uint64(15))) * np.uint64(2246822519) % np.uint64(1 << 32)
    return (n >> np.uint64(16)).astype(np.int64)


def geometric_table(index):
    """About 2**(index / 4 - 6) wide, like the class it is for."""
    keep = (1 << 16) - (1 << 16) // (1 + (1 << max(0, index // 4 - 4)) + index % 4)
    keep = keep if index >= 16 else 1 << index // 2 + 4
    side = [1 << 30]
    for _ in range(HALF):
        side.append(max(side[-1] * keep >> 16, 1))
    return normalize_frequencies(np.array([*side[:0:-1], *side[:-1], 1 << 12]), 24)


def make_weights():
    mean = mixed(16 * 7 * 7, 1).reshape(16, 7, 7) % 65 - 16
    mean[0, :, :2] += 100
    scale = mixed(16 * 7 * 14, 2).reshape(16, 7, 14) % 40
    scale[:, :, 11:] = [20, 20, -500]
    tables = np.repeat([geometric_table(index) for index in range(CLASSES)], REMAINDERS, axis=0)
    return ContextWeights(mean, scale, tables)


def make_symbols(shape, seed=3):
    """Coefficients that fall with component and position, most of them zero."""
    components, rows, cols = shape
    raw = mixed(components * 16 * rows * cols, seed).reshape(components, 16, rows, cols)
    power = np.arange(components)[:, None, None, None] + np.arange(16)[:, None, None]
    # The sum of two uniform numbers, halved by every step down.
    triangular = (raw % 256 + raw // 256 - 255) >> np.minimum(power // 2 + 2, 20)
    return triangular + (triangular < 0)


@pytest.fixture(scope="package")
def weights():
    return make_weights()


@pytest.fixture(scope="package")
def coder(weights):
    return ContextCoder(weights)


@pytest.fixture(scope="package", name="make_symbols")
def make_symbols_fixture():
    return make_symbols


def make_dependent_weights():
    """The same for dependent quantization: tables of each quantizer and zone a little unlike others."""
    weights = make_weights()
    tables = weights.frequencies.reshape(CLASSES, REMAINDERS, -1)
    # A table's class is two octaves off at most, so that none is as another one has it.
    moved = [np.roll(tables, shift, axis=0) for shift in range(8)]
    return dataclasses.replace(weights, frequencies=np.concatenate(moved).reshape(-1, 65))


def on_path(indices):
    """Symbols of indices of (components, 16, rows, cols): docs/FORMAT_CODING.md, "Dependent quantization"."""
    after = ((0, 1), (2, 3), (5, 4), (7, 6), (1, 0), (3, 2), (4, 5), (6, 7))
    symbols, (rows, cols) = np.zeros_like(indices), indices.shape[2:]
    places = sorted(np.ndindex(rows, cols), key=lambda at: (2 * at[0] + at[1], at[0]))
    for plane in np.ndindex(indices.shape[:2]):
        state = 0
        for place in places:
            index = int(indices[*plane, *place])
            sign = (index > 0) - (index < 0)
            symbols[*plane, *place] = 2 * index - sign * (state % 2)
            state = after[state][index % 2]
    return symbols


@pytest.fixture(scope="package", name="on_path")
def on_path_fixture():
    return on_path


@pytest.fixture(scope="package")
def dependent_weights():
    return make_dependent_weights()


@pytest.fixture(scope="package")
def dependent(dependent_weights):
    return ContextCoder(dependent_weights)
