"""The range coder: exact frequencies, little-endian bytes, damaged payloads refused."""

from functools import partial

import constriction
import numpy as np
import pytest

from btcnet_jax.coding import runs as coded_runs
from btcnet_jax.coding.precision import PRECISION
from btcnet_jax.coding.range_coder import CONSTRICTION
from btcnet_jax.coding.range_coder import RangeTable as CodingTable
from btcnet_jax.errors import FileFormatError

encode_runs = partial(coded_runs.encode_runs, CONSTRICTION)
decode_runs = partial(coded_runs.decode_runs, CONSTRICTION)


def random_frequencies(alphabet, seed):
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.full(alphabet, 0.2))
    return 1 + rng.multinomial((1 << PRECISION) - alphabet, weights)


@pytest.mark.parametrize("alphabet", [2, 3, 17, 256])
def test_coder_uses_exactly_the_integer_frequencies(alphabet):
    frequencies = random_frequencies(alphabet, alphabet)
    model = CodingTable(frequencies).model
    left_edges = np.cumsum(frequencies) - frequencies
    # A fresh coder spans 2**64 - 1; after one symbol its state shows the share the symbol got.
    step = ((1 << 64) - 1) >> PRECISION
    for symbol in range(alphabet):
        encoder = constriction.stream.queue.RangeEncoder()
        encoder.encode(symbol, model)
        lower, span = encoder.pos()[1]
        expected_lower, expected_span = (
            step * int(left_edges[symbol]),
            step * int(frequencies[symbol]),
        )
        if expected_span < 1 << 32:
            expected_lower, expected_span = (
                (expected_lower << 32) % (1 << 64),
                expected_span << 32,
            )
        assert (lower, span) == (expected_lower, expected_span)


def test_runs_with_their_own_tables_round_trip():
    rng = np.random.default_rng(0)
    tables = [CodingTable(random_frequencies(n, n)) for n in (4, 256, 30)]
    runs = [rng.integers(0, n, size).astype(np.int32) for n, size in ((4, 500), (256, 1), (30, 77))]
    payload = encode_runs(runs, tables)
    for decoded, run in zip(decode_runs(payload, tables, [500, 1, 77]), runs, strict=True):
        np.testing.assert_array_equal(decoded, run)
        assert decoded.dtype == np.int32


def test_run_of_several_blocks_round_trips():
    run = (np.random.default_rng(0).random((1 << 21) + 5) < 0.1).astype(np.int32)
    table = CodingTable(np.array([9 << 20, 7 << 20]))
    np.testing.assert_array_equal(
        decode_runs(encode_runs([run], [table]), [table], [run.size])[0], run
    )


def test_bytes_do_not_depend_on_the_machine():
    frequencies = np.array([1 << 23, 1 << 22, 0, 1 << 22])
    payload = encode_runs([np.array([0, 3, 1, 0, 0, 3] * 8, np.int32)], [CodingTable(frequencies)])
    # Computed once with constriction 0.5.0 on a little-endian machine: files must stay readable.
    assert payload.hex() == "6edcb871e3c6cd2f00800e71"


def test_lone_symbol_takes_no_bytes():
    frequencies = np.zeros(256, np.int64)
    frequencies[200] = 1 << PRECISION
    table = CodingTable(frequencies)
    assert encode_runs([np.full(10**6, 200, np.int32)], [table]) == b""
    np.testing.assert_array_equal(decode_runs(b"", [table], [5])[0], np.full(5, 200))


def test_symbol_without_frequency_is_refused():
    table = CodingTable(np.array([1 << 23, 0, 1 << 23]))
    with pytest.raises(ValueError, match="no frequency"):
        encode_runs([np.array([0, 1], np.int32)], [table])


@pytest.mark.parametrize("frequencies", [[1 << 23, 1], [(1 << 24) + 1, -1], [0, 0]])
def test_frequencies_of_another_sum_are_refused(frequencies):
    with pytest.raises(ValueError, match="sum to"):
        CodingTable(np.array(frequencies))


def test_every_truncation_and_any_surplus_is_refused():
    rng = np.random.default_rng(1)
    table = CodingTable(random_frequencies(40, 3))
    payload = encode_runs([rng.integers(0, 40, 60).astype(np.int32)], [table])
    for length in range(len(payload)):
        with pytest.raises(FileFormatError):
            decode_runs(payload[:length], [table], [60])
    with pytest.raises(FileFormatError, match="do not end"):
        decode_runs(payload + bytes(4), [table], [60])


def test_payload_the_coder_rejects_is_refused():
    # Three equal parts of 2**24 leave a remainder at the top, which no symbol owns.
    table = CodingTable(np.array([1 << 22, 1 << 22, 1 << 23]))
    with pytest.raises(FileFormatError, match="invalid"):
        decode_runs(b"\xff" * 12, [table], [40])


def test_few_bytes_cannot_ask_for_many_symbols():
    table = CodingTable(np.array([(1 << 24) - 1, 1]))
    with pytest.raises(FileFormatError, match="too early"):
        decode_runs(bytes(8), [table], [1 << 40])


def test_panic_of_the_coder_is_reported(monkeypatch):
    class PanicException(BaseException):
        pass

    def panic(words):
        raise PanicException("index out of bounds")

    monkeypatch.setattr(constriction.stream.queue, "RangeDecoder", panic)
    with pytest.raises(FileFormatError, match="invalid"):
        decode_runs(bytes(4), [CodingTable(np.array([1 << 23, 1 << 23]))], [3])


def test_interrupt_passes_through(monkeypatch):
    def interrupt(words):
        raise KeyboardInterrupt

    monkeypatch.setattr(constriction.stream.queue, "RangeDecoder", interrupt)
    with pytest.raises(KeyboardInterrupt):
        decode_runs(bytes(4), [CodingTable(np.array([1 << 23, 1 << 23]))], [3])
