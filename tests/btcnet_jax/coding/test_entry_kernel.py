"""The compiled coding of entries against Python's integers, which say what it is."""

import numpy as np
import pytest

from btcnet_jax.coding.adaptive_basis import decode_adaptive_basis, encode_adaptive_basis
from btcnet_jax.coding.entry_coding import _log
from btcnet_jax.coding.entry_kernel.arrays import entry_tables
from btcnet_jax.coding.entry_stream import EntryStream
from btcnet_jax.errors import FileFormatError


def _case(seed, scale):
    """Rows that fall, bands of differing steps, some far entries."""
    rng = np.random.default_rng(seed)
    rows, bands = int(rng.integers(1, 7)), int(rng.integers(1, 60))
    matrix = np.cumsum(rng.normal(0, scale, (rows, bands)), axis=1)
    matrix /= 4.0 ** np.arange(rows)[:, None]
    far = rng.random(matrix.shape) < 0.02
    matrix[far] *= 50
    return matrix, [1] * rows, 2.0 ** rng.uniform(-3, 3, bands), 0.16


def _wide(monkeypatch):
    """Counts what 64 bits are too few for."""
    counts, code = [], EntryStream.entries

    def counted(*arguments):
        symbols = code(*arguments)
        counts.append(symbols is None)
        return symbols

    monkeypatch.setattr(EntryStream, "entries", counted)
    return counts


@pytest.mark.parametrize("scale", [0.3, 30.0, 1e9])
def test_bytes_are_those_of_integers_without_bounds(scale, monkeypatch):
    wide = _wide(monkeypatch)
    for seed in range(6):
        case = _case(seed, scale)
        coded = encode_adaptive_basis(*case)
        with monkeypatch.context() as patch:
            patch.setattr(EntryStream, "entries", lambda *_: None)
            plain = encode_adaptive_basis(*case)
        assert coded.data == plain.data
        np.testing.assert_array_equal(coded.matrix, plain.matrix)
        rows, bands = coded.matrix.shape
        found = decode_adaptive_basis(coded.data, rows - 1, bands)
        np.testing.assert_array_equal(found, coded.matrix)
    # Entries up to a million steps are the kernel's.
    assert any(wide) == (scale > 1e6)


def test_damage_is_told_alike():
    """Where the kernel refuses, so do integers without bounds, and where it does not both decode the same."""
    coded, told = encode_adaptive_basis(*_case(3, 30.0)), set()
    rows, bands = coded.matrix.shape
    for at in range(2, len(coded.data)):
        data = bytearray(coded.data)
        data[at] ^= 0x35
        outcomes = [_outcome(data, rows, bands, plain) for plain in (False, True)]
        assert outcomes[0] == outcomes[1]
        told.add(isinstance(outcomes[0], bytes))
    assert False in told


def _outcome(data, rows, bands, plain):
    with pytest.MonkeyPatch.context() as patch:
        if plain:
            patch.setattr(EntryStream, "entries", lambda *_: None)
        try:
            return decode_adaptive_basis(bytes(data), rows - 1, bands).tobytes()
        except FileFormatError:
            return None


def test_logarithms_are_those_of_large_powers():
    roots = entry_tables().roots
    values = [*range(1, 5000), *(int(root) + near for root in roots for near in (-1, 0, 1))]
    values = [value for value in values if value > 0]
    found = np.searchsorted(roots, values, side="right") - 1
    np.testing.assert_array_equal(found, [_log(value) for value in values])
