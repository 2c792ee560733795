"""TensorFlow-Compression's coder: the same symbols as constriction's, specified bytes, damage refused."""

import sys

import numpy as np
import pytest
from independent_tfc import Table, decode, encode

from btcnet_jax.coding import tfc_coder
from btcnet_jax.coding.precision import PRECISION
from btcnet_jax.coding.range_coder import CONSTRICTION
from btcnet_jax.coding.runs import decode_runs, encode_runs
from btcnet_jax.coding.tfc_coder import TFC
from btcnet_jax.errors import FileFormatError, MissingExtraError

NOT_INSTALLED = (
    "tensorflow-compression-ops cannot be imported: pip install 'btcnet_jax[tfc]' in an environment of "
    "its own"
)
# Written once with tensorflow-compression-ops 2.17.0: symbols 0 3 1 0 0 3, eight times, of shares 8 4 0 4.
WRITTEN, SHARES = "71b8dc6e371b8dc6e3a55a", np.array([1 << 23, 1 << 22, 0, 1 << 22])
RUN = np.array([0, 3, 1, 0, 0, 3] * 8, np.int32)


def random_frequencies(alphabet, seed, spread=0.2):
    rng = np.random.default_rng(seed)
    return rng.multinomial(1 << PRECISION, rng.dirichlet(np.full(alphabet, spread)))


def random_runs(seed):
    """Runs of symbols that occur, likely ones or any, and the frequencies of each."""
    rng, runs, frequencies = np.random.default_rng(seed), [], []
    for _ in range(rng.integers(1, 5)):
        spread = 10 ** rng.uniform(-2, 1)
        shares = random_frequencies(int(rng.integers(1, 40)), rng.integers(1 << 30), spread)
        weights = shares if rng.random() < 0.7 else np.minimum(shares, 1)
        chosen = rng.choice(shares.size, int(rng.integers(0, 120)), p=weights / weights.sum())
        runs.append(chosen.astype(np.int32))
        frequencies.append(shares)
    return runs, frequencies


def coded(coder, runs, frequencies):
    tables = [coder.table(shares) for shares in frequencies]
    return tables, encode_runs(coder, runs, tables)


def test_frequencies_are_brought_to_16_bits_in_integers():
    shares = np.array([(1 << 24) - 4 - (5 << 8), 1, 0, 5 << 8, 3])
    table = TFC.table(shares)
    assert table.lookup.tolist() == [16, 0, 65529, 65530, 65535, 65536]
    assert [f for f in Table(shares).shares if f] == table.occurring.tolist()


def test_more_symbols_than_16_bits_have_room_for_are_refused():
    with pytest.raises(ValueError, match="do not fit"):
        TFC.table(np.full(1 << 17, 1 << 7))


def test_the_document_s_reader_and_writer_give_what_the_library_gave():
    tables = [Table(SHARES)] * RUN.size
    assert decode(bytes.fromhex(WRITTEN), tables) == RUN.tolist()
    assert encode(RUN.tolist(), tables).hex() == WRITTEN


def test_bytes_do_not_depend_on_the_machine(tfc):
    tables, payload = coded(TFC, [RUN], [SHARES])
    assert payload.hex() == WRITTEN
    np.testing.assert_array_equal(decode_runs(TFC, payload, tables, [RUN.size])[0], RUN)


@pytest.mark.parametrize("seed", range(12))
def test_symbols_are_constriction_s_and_bytes_the_document_s(seed, tfc):
    runs, frequencies = random_runs(seed)
    lengths = [run.size for run in runs]
    for coder in (CONSTRICTION, TFC):
        tables, payload = coded(coder, runs, frequencies)
        for run, found in zip(runs, decode_runs(coder, payload, tables, lengths), strict=True):
            np.testing.assert_array_equal(found, run)
            assert found.dtype == np.int32
    each = [t for n, f in zip(lengths, frequencies, strict=True) for t in [Table(f)] * n]
    symbols = np.concatenate(runs).tolist()
    assert encode(symbols, each) == payload
    assert decode(payload, each) == symbols


def test_carries_through_many_bytes(tfc):
    # The middle of three symbols keeps the interval around one half, until the last decides.
    shares = np.array([1 << 23, 1 << 14, (1 << 23) - (1 << 14)])
    for last in (0, 2):
        run = np.array([0, *[2] * 40, *[1] * 60, last], np.int32)
        tables, payload = coded(TFC, [run], [shares])
        assert encode(run.tolist(), [Table(shares)] * run.size) == payload
        np.testing.assert_array_equal(decode_runs(TFC, payload, tables, [run.size])[0], run)


def test_a_carry_at_the_end_leaves_out_zeros(tfc):
    shares, run = np.array([3, 5, 1, 7]) << 20, np.array([2, 3, 0, 3, 1, 1, 3, 2], np.int32)
    tables, payload = coded(TFC, [run], [shares])
    assert len(payload) % 2 == 1
    assert encode(run.tolist(), [Table(shares)] * run.size) == payload
    np.testing.assert_array_equal(decode_runs(TFC, payload, tables, [run.size])[0], run)


def test_run_of_several_blocks_round_trips(tfc):
    run = (np.random.default_rng(0).random((1 << 21) + 5) < 0.1).astype(np.int32)
    tables, payload = coded(TFC, [run], [np.array([15 << 20, 1 << 20])])
    np.testing.assert_array_equal(decode_runs(TFC, payload, tables, [run.size])[0], run)


def test_lone_symbols_take_no_bytes(tfc):
    shares = np.where(np.arange(256) == 200, 1 << PRECISION, 0)
    tables, payload = coded(TFC, [np.full(10**6, 200, np.int32)], [shares])
    assert payload == b""
    np.testing.assert_array_equal(decode_runs(TFC, b"", tables, [5])[0], np.full(5, 200))
    with pytest.raises(FileFormatError, match="do not end"):
        decode_runs(TFC, b"\x01", tables, [5])


def test_a_symbol_without_frequency_is_refused(tfc):
    with pytest.raises(ValueError, match="no frequency"):
        coded(TFC, [np.array([0, 2], np.int32)], [SHARES])


def test_size_is_near_that_of_the_finer_coder(tfc):
    rng, distance = np.random.default_rng(1), np.abs(np.arange(-100, 101))
    weights = np.exp(-distance / 4)
    shares = rng.multinomial(1 << PRECISION, weights / weights.sum())
    run = rng.choice(shares.size, 40_000, p=shares / shares.sum()).astype(np.int32)
    fine, coarse = (len(coded(coder, [run], [shares])[1]) for coder in (CONSTRICTION, TFC))
    assert coarse < 1.003 * fine


def test_every_truncation_and_any_surplus_is_refused(tfc):
    rng, shares = np.random.default_rng(1), random_frequencies(40, 3, 2.0)
    tables, payload = coded(TFC, [rng.integers(0, 40, 60).astype(np.int32)], [shares])
    for length in range(len(payload)):
        with pytest.raises(FileFormatError):
            decode_runs(TFC, payload[:length], tables, [60])
    for surplus in (b"\0", b"\x80", bytes(4)):
        with pytest.raises(FileFormatError, match="do not end"):
            decode_runs(TFC, payload + surplus, tables, [60])


@pytest.mark.parametrize("seed", range(5))
def test_altered_streams_and_garbage_give_symbols_of_the_tables_or_are_refused(seed, tfc):
    rng = np.random.default_rng(seed)
    runs, frequencies = random_runs(seed + 100)
    tables, payload = coded(TFC, runs, frequencies)
    for _ in range(40):
        altered = bytearray(payload if rng.random() < 0.7 else rng.bytes(rng.integers(0, 80)))
        for at in rng.integers(0, max(len(altered), 1), 2 if altered else 0):
            altered[at] ^= 1 << rng.integers(8)
        try:
            found = decode_runs(TFC, bytes(altered), tables, [run.size for run in runs])
        except FileFormatError:
            continue
        # Then it is the stream of other symbols, to the last bit.
        assert encode_runs(TFC, found, tables) == altered
        assert all(f[s].all() for f, s in zip(frequencies, found, strict=True))


def test_few_bytes_cannot_ask_for_many_symbols(tfc):
    table = TFC.table(np.array([(1 << 24) - 256, 256]))
    with pytest.raises(FileFormatError, match="too early"):
        decode_runs(TFC, bytes(8), [table], [1 << 40])


@pytest.mark.parametrize("shares", [[65535, 1], [1, 65535], [1, 65534, 1]])
def test_no_message_is_shorter_than_a_table_s_least_bits(shares, tfc):
    shares = np.array(shares) << 8
    run = np.full(1 << 20, shares.argmax(), np.int32)
    (table,), payload = coded(TFC, [run], [shares])
    assert 8 * len(payload) + 32 >= table.least_bits * run.size
    np.testing.assert_array_equal(decode_runs(TFC, payload, [table], [run.size])[0], run)


def test_without_the_library_one_line_says_what_to_install(without_tfc):
    with pytest.raises(MissingExtraError) as caught:
        TFC.require()
    assert str(caught.value) == NOT_INSTALLED


def test_operations_for_another_tensorflow_are_refused_in_one_line(tfc, monkeypatch, tmp_path):
    import tensorflow_compression_ops

    assert tensorflow_compression_ops
    (tmp_path / "tensorflow_compression_ops.py").write_text(
        "import tensorflow as tf\nraise tf.errors.NotFoundError(None, None, 'undefined symbol')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "tensorflow_compression_ops")
    tfc_coder._library.cache_clear()
    with pytest.raises(MissingExtraError, match=r"does not load with TensorFlow 2\.17.*: pip inst"):
        TFC.require()
    tfc_coder._library.cache_clear()
