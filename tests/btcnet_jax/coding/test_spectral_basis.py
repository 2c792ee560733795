import numpy as np
import pytest

from btcnet_jax.coding.spectral_basis import (
    _energy,
    decode_basis,
    encode_basis,
    regressors,
    row_energies,
)
from btcnet_jax.errors import FileFormatError

BANDS = 120


@pytest.fixture
def planes():
    scale = 10000 * 0.5 ** np.arange(6)
    return np.random.default_rng(0).normal(0, scale, (900, 6)).clip(-32767, 32767).astype(np.int16)


@pytest.fixture
def matrix():
    """Smooth spectra, as real ones are: the entries of neighboring bands are alike."""
    at = np.linspace(0, 1, BANDS)
    rows = [np.sin(3 * at * (k + 1) + k) / 100 for k in range(6)]
    return np.vstack([2000 + 1000 * at, *rows])


@pytest.mark.parametrize("spread", [0, 4])
def test_decoder_gets_the_encoders_matrix(matrix, planes, spread):
    rmse = 5 * 2.0 ** np.random.default_rng(1).uniform(-spread, spread, BANDS)
    coded = encode_basis(matrix, row_energies(planes), rmse)
    np.testing.assert_array_equal(decode_basis(coded.data, 6, BANDS), coded.matrix)


def test_error_it_adds_is_small_in_every_band(matrix, planes):
    rmse = np.where(np.arange(BANDS) < 60, 20.0, 2.0)
    difference = regressors(planes) @ (
        encode_basis(matrix, row_energies(planes), rmse).matrix - matrix
    )
    added = np.square(difference).mean(axis=0)
    # Seven rows, each off by at most half a step of 8 rmse, seen over 900 pixels.
    assert (added < 0.3 * rmse**2).all()


def test_takes_much_less_than_16_bits_an_entry(matrix, planes):
    assert (
        len(encode_basis(matrix, row_energies(planes), np.full(BANDS, 5.0)).data)
        < 0.25 * 2 * matrix.size
    )


def test_coarser_where_more_error_is_left(matrix, planes):
    sizes = [
        len(encode_basis(matrix, row_energies(planes), np.full(BANDS, rmse)).data)
        for rmse in (1.0, 30.0)
    ]
    assert sizes[1] < 0.7 * sizes[0]


def test_an_empty_plane_and_no_error_are_taken(matrix, planes):
    planes[:, 4] = 0
    coded = encode_basis(matrix, row_energies(planes), np.full(BANDS, 1e-300))
    np.testing.assert_allclose(coded.matrix[:4], matrix[:4], rtol=1e-5, atol=1e-5)


def test_missing_data_are_refused():
    with pytest.raises(FileFormatError, match="missing"):
        decode_basis(b"", 6, BANDS)


@pytest.mark.parametrize("least", [-(2**31), 2**31 - 2000])
def test_large_planes_are_taken(matrix, least):
    """Squares whose sum does not fit into 64 bits are summed all the same."""
    planes = least + np.random.default_rng(2).integers(0, 2000, (900, 6))
    coded = encode_basis(matrix, row_energies(planes), np.full(BANDS, 5.0))
    np.testing.assert_array_equal(decode_basis(coded.data, 6, BANDS), coded.matrix)
    component = planes[:, 0]
    assert _energy(component) == sum(int(value) ** 2 for value in component)


@pytest.mark.parametrize("level", [b"\x01", b"\x80\x80\x01"])
def test_impossible_levels_are_refused(matrix, planes, level):
    data = encode_basis(matrix, row_energies(planes), np.full(BANDS, 5.0)).data
    with pytest.raises(FileFormatError, match="impossible levels"):
        decode_basis(data[:2] + level + data[4:], 6, BANDS)


@pytest.mark.parametrize("end", [b"\0\0\0\0", b"\1\2\3\4"])
def test_words_after_the_end_are_refused(matrix, planes, end):
    data = encode_basis(matrix, row_energies(planes), np.full(BANDS, 5.0)).data
    with pytest.raises(FileFormatError, match="do not end where they should"):
        decode_basis(data + end, 6, BANDS)
