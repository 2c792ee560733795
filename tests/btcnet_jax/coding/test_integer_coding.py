import numpy as np
import pytest

from btcnet_jax.coding.integer_coding import MAX_MAGNITUDE, decode_integers, encode_integers
from btcnet_jax.errors import FileFormatError


@pytest.mark.parametrize("scale", [0.05, 1, 40, 1e5])
def test_integers_come_back(scale):
    rows = np.random.default_rng(0).laplace(0, scale, (3, 200)).round().astype(np.int64)
    np.testing.assert_array_equal(decode_integers(encode_integers(rows), rows.shape), rows)


def test_far_values_come_back_and_do_not_spoil_what_follows():
    rows = np.zeros((1, 400), np.int64)
    plain = len(encode_integers(rows))
    rows[0, [0, 100]] = MAX_MAGNITUDE, -MAX_MAGNITUDE
    data = encode_integers(rows)
    np.testing.assert_array_equal(decode_integers(data, rows.shape), rows)
    assert len(data) <= plain + 40


@pytest.mark.parametrize("scale", [0.5, 3, 40, 1000])
def test_size_is_near_the_entropy_of_a_laplace_distribution(scale):
    rows = np.random.default_rng(1).laplace(0, scale, (1, 4000)).round().astype(np.int64)
    _, counts = np.unique(
        np.random.default_rng(2).laplace(0, scale, 10**6).round(), return_counts=True
    )
    entropy = -(counts * np.log2(counts / counts.sum())).sum() / counts.sum()
    assert 8 * len(encode_integers(rows)) / rows.size == pytest.approx(entropy, abs=0.3)


def test_scale_follows_the_integers():
    loud, quiet = np.random.default_rng(3).laplace(0, [[200.0], [0.1]], (2, 500)).round()
    changing = np.concatenate([loud, quiet]).astype(np.int64)[None]
    apart = [len(encode_integers(part.astype(np.int64)[None])) for part in (loud, quiet)]
    assert len(encode_integers(changing)) <= sum(apart) + 24


def test_truncated_words_are_refused():
    with pytest.raises(FileFormatError, match="truncated"):
        decode_integers(b"\x00" * 7, (1, 3))


def test_few_bytes_cannot_ask_for_many_integers():
    with pytest.raises(FileFormatError, match="truncated"):
        decode_integers(bytes(4), (1, 1 << 40))
    zeros = np.zeros((1, 60000), np.int64)
    np.testing.assert_array_equal(decode_integers(encode_integers(zeros), zeros.shape), zeros)


def test_words_the_coder_rejects_are_refused():
    refused = 0
    for byte in range(256):
        try:
            decode_integers(bytes([byte]) * 100, (1, 60))
        except FileFormatError:
            refused += 1
    assert refused
