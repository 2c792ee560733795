"""Damaged files are refused: nothing crashes, and no shape asks for memory without end."""

import numpy as np
import pytest

from btcnet_jax.coding.context import MAX_COMPONENTS, ComponentLevels
from btcnet_jax.coding.context import coder as coder_module
from btcnet_jax.errors import FileFormatError

SHAPE = (2, 3, 4)


@pytest.fixture(scope="module")
def coded(coder, make_symbols):
    symbols = make_symbols(SHAPE) * 20
    symbols[1, 2, 1, 3] = 70000
    levels = ComponentLevels.of(symbols)
    return coder.encode(symbols, levels), levels, symbols


def test_truncation_anywhere_is_refused(coder, coded):
    data, levels, _ = coded
    lengths = [
        0,
        1,
        2,
        3,
        4,
        8,
        9,
        *range(len(data) // 8 * 4, len(data), 44),
        *range(len(data) - 8, len(data)),
    ]
    for length in lengths:
        with pytest.raises(FileFormatError):
            coder.decode(data[:length], SHAPE, levels)


@pytest.mark.parametrize("surplus", [b"\x00", bytes(4), bytes(400), b"\x12\x34\x56\x78"])
def test_surplus_bytes_are_refused(coder, coded, surplus):
    data, levels, _ = coded
    with pytest.raises(FileFormatError):
        coder.decode(data + surplus, SHAPE, levels)


def test_altered_bytes_are_refused_or_decode_to_other_symbols(coder, coded):
    data, levels, symbols = coded
    random, refused = np.random.default_rng(0), 0
    for _ in range(24):
        damaged = bytearray(data)
        damaged[random.integers(len(data))] ^= int(random.integers(1, 256))
        try:
            assert (coder.decode(bytes(damaged), SHAPE, levels) != symbols).any()
        except FileFormatError:
            refused += 1
    assert refused > 8


@pytest.mark.parametrize("byte", [0x00, 0xFF, 0x5A])
def test_garbage_is_refused(coder, coded, byte):
    with pytest.raises(FileFormatError):
        coder.decode(bytes([byte]) * 800, SHAPE, coded[1])


def test_another_grid_is_refused(coder, coded):
    data, levels, _ = coded
    for shape in ((2, 4, 3), (2, 3, 3), (2, 3, 5)):
        with pytest.raises(FileFormatError):
            coder.decode(data, shape, levels)


def test_impossibly_large_symbols_are_refused(coder, coded, monkeypatch):
    data, levels, _ = coded
    monkeypatch.setattr(coder_module, "MAX_MAGNITUDE", 60000)
    with pytest.raises(FileFormatError, match="impossibly large"):
        coder.decode(data, SHAPE, levels)


@pytest.mark.parametrize("shape", [(1, 1 << 15, 1 << 15), (64, 1 << 13, 1 << 12), (1, 1 << 40, 1)])
def test_few_bytes_cannot_ask_for_many_symbols(coder, shape):
    levels = ComponentLevels.of(np.zeros((shape[0], 16, 1, 1), np.int64))
    with pytest.raises(FileFormatError):
        coder.decode(bytes(8), shape, levels)


@pytest.mark.parametrize("shape", [(0, 1, 1), (1, 0, 4), (1, 4, -1), (MAX_COMPONENTS + 1, 1, 1)])
def test_impossible_shapes_are_refused(coder, shape):
    levels = ComponentLevels.of(np.zeros((1, 16, 1, 1), np.int64))
    with pytest.raises(FileFormatError, match="shape"):
        coder.decode(bytes(8000), shape, levels)


def test_lack_of_memory_is_reported(coder, coded, monkeypatch):
    def no_memory(*_):
        raise MemoryError

    monkeypatch.setattr(coder_module, "GridLayout", no_memory)
    with pytest.raises(FileFormatError, match="memory"):
        coder.decode(coded[0], SHAPE, coded[1])
