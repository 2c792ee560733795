"""The kernel's range coder is that of constriction, bit for bit; kept machine code is that of the sources."""

import numba
import numpy as np
import pytest

from btcnet_jax.coding.context.kernel import code_folder, compiling, range_coding
from btcnet_jax.coding.context.kernel.arrays import DAMAGED, WRITTEN, Stream
from btcnet_jax.coding.range_coder import CONSTRICTION


@numba.njit(cache=True)
def write(stream, lefts, symbols):
    for symbol in symbols:
        left = lefts[symbol]
        range_coding.narrow(stream, left, lefts[symbol + 1] - left, False)
    range_coding.seal(stream, False)


@numba.njit(cache=True)
def read(stream, lefts, symbols):
    for place in range(len(symbols)):
        share, symbol = range_coding.share(stream), 0
        while lefts[symbol + 1] <= share:
            symbol += 1
        symbols[place] = symbol
        range_coding.narrow(stream, lefts[symbol], lefts[symbol + 1] - lefts[symbol], True)
    range_coding.seal(stream, True)


def coded(frequencies, symbols):
    """Words of the kernel, and of constriction; what the kernel reads must be what was written."""
    lefts = np.concatenate([[0], np.cumsum(frequencies)]).astype(np.uint32)
    encoder = Stream.start(None).with_room(2 * len(symbols))
    write(encoder, lefts, symbols)
    words, found = encoder.words[: encoder.counts[WRITTEN]], np.zeros_like(symbols)
    decoder = Stream.start(words)
    read(decoder, lefts, found)
    np.testing.assert_array_equal(found, symbols)
    assert (decoder.counts[DAMAGED], decoder.counts[WRITTEN]) == (0, len(words))
    other = CONSTRICTION.encoder()
    other(symbols.astype(np.int32), CONSTRICTION.table(frequencies))
    return words.astype("<u4").tobytes(), other.to_bytes()


@pytest.mark.parametrize("least", [1, 1 << 10, 1 << 21])
def test_words_are_those_of_constriction(least):
    random = np.random.default_rng(least)
    for count in (1, 2, 3, 7, 50, 3000):
        frequencies = np.array([least, (1 << 24) - 3 * least, least, least])
        ours, theirs = coded(frequencies, random.integers(0, 4, count))
        assert ours == theirs


@pytest.mark.parametrize("last", [0, 1, 2])
def test_words_held_back_for_a_carry_are_those_of_constriction(last):
    """The range lies around the end of a word for as long as the middle symbol comes: 2**24 has no third."""
    third = (1 << 24) // 3
    frequencies = np.array([third, (1 << 24) - 2 * third, third])
    for count in range(1, 300, 7):
        symbols = np.array([*[1] * count, last, *[0, 2] * 20])
        ours, theirs = coded(frequencies, symbols)
        assert ours == theirs


def test_code_is_kept_by_the_content_of_its_sources(tmp_path, monkeypatch):
    folder = code_folder.code_folder()
    assert folder.parent.name in ("__pycache__", "btcnet_jax")
    monkeypatch.setattr(code_folder, "_HERE", tmp_path / "none" / "kernel")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    # Not kept: later tests would take machine code of no sources for their own.
    monkeypatch.setattr(code_folder, "_fingerprint", code_folder._fingerprint.__wrapped__)
    (tmp_path / "none").write_text("no folder", "utf-8")
    other = code_folder.code_folder()
    assert other.parent == tmp_path / "caches" / "btcnet_jax"
    assert other.name != folder.name


def test_where_nothing_can_be_written_code_is_compiled_all_the_same(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder", "utf-8")
    monkeypatch.setattr(code_folder, "_HERE", tmp_path / "file" / "kernel")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    def double(n):
        return 2 * n

    assert compiling.entry(double)(21) == 42
    assert not numba.config.CACHE_DIR
