import struct

import numpy as np
import pytest

from btcnet_jax.coding.adaptive_basis import decode_adaptive_basis, encode_adaptive_basis
from btcnet_jax.coding.entry_prediction import ONE, LeastSquares, RowPredictor
from btcnet_jax.coding.entry_tables import HIGHEST, LOWEST, entry_table
from btcnet_jax.coding.spectral_basis import encode_basis, entry_steps, row_levels
from btcnet_jax.errors import FileFormatError

BANDS, ROWS = 120, 7
ENERGIES = [900, *(900 * 4 ** (12 - k) for k in range(ROWS - 1))]
WORTH = 0.16


def _matrix():
    """Spectra as real ones are: smooth, but for bands that darken all rows alike, and a little noise."""
    at = np.linspace(0, 1, BANDS)
    rows = [np.sin(3 * at * (k + 1) + k) / 100 for k in range(ROWS - 1)]
    matrix = np.vstack([2000 + 1000 * at, *rows])
    light = np.where((np.arange(BANDS) % 37 > 30), 0.3, 1.0)
    noise = np.random.default_rng(0).normal(0, 1, matrix.shape)
    return matrix * light + noise * _noise()


def _noise():
    return entry_steps(row_levels(ENERGIES), 8, np.zeros(BANDS, np.int64))


@pytest.fixture(scope="module")
def coded():
    return encode_adaptive_basis(_matrix(), ENERGIES, np.full(BANDS, 4.0), WORTH)


@pytest.mark.parametrize("spread", [0, 4])
def test_decoder_gets_the_encoders_matrix(spread):
    steps = 4 * 2.0 ** np.random.default_rng(1).uniform(-spread, spread, BANDS)
    coded = encode_adaptive_basis(_matrix(), ENERGIES, steps, WORTH)
    np.testing.assert_array_equal(decode_adaptive_basis(coded.data, ROWS - 1, BANDS), coded.matrix)


@pytest.mark.parametrize("bands", [1, 2, 3])
@pytest.mark.parametrize("rows", [2, 3])
def test_few_bands_and_rows(rows, bands):
    matrix = _matrix()[:rows, :bands]
    coded = encode_adaptive_basis(matrix, ENERGIES[:rows], np.full(bands, 4.0), 0.0)
    np.testing.assert_array_equal(decode_adaptive_basis(coded.data, rows - 1, bands), coded.matrix)
    steps = entry_steps(row_levels(ENERGIES[:rows]), 8, np.zeros(bands, np.int64))
    assert (np.abs(coded.matrix - matrix) <= steps / 2 * (1 + 1e-9)).all()


def test_takes_a_fifth_less_than_the_coding_of_older_files():
    older = encode_basis(_matrix(), ENERGIES, np.full(BANDS, 0.5))
    newer = encode_adaptive_basis(_matrix(), ENERGIES, np.full(BANDS, 4.0), 0.0)
    np.testing.assert_array_equal(newer.matrix, older.matrix)
    assert len(newer.data) < 0.8 * len(older.data)


def test_bits_that_are_worth_more_are_saved_and_no_entry_is_off_by_a_step(coded):
    exact = encode_adaptive_basis(_matrix(), ENERGIES, np.full(BANDS, 4.0), 0.0)
    assert len(coded.data) < len(exact.data)
    difference = np.abs(coded.matrix - _matrix())
    assert (difference < _noise()).all()
    assert (np.square(difference / _noise()).mean()) < 0.11


def test_entries_far_from_their_prediction_come_back():
    matrix = np.zeros((3, 40))
    matrix[1, 20], matrix[2, 3] = 1e9, -1e9
    coded = encode_adaptive_basis(matrix, [1, 1, 1], np.full(40, 1.0), WORTH)
    np.testing.assert_array_equal(coded.matrix, matrix)
    np.testing.assert_array_equal(decode_adaptive_basis(coded.data, 2, 40), matrix)


def test_nothing_at_all_takes_next_to_nothing():
    coded = encode_adaptive_basis(np.zeros((20, 200)), [0] * 20, np.full(200, 1e-300), WORTH)
    assert len(coded.data) < 200
    assert not decode_adaptive_basis(coded.data, 19, 200).any()


@pytest.mark.parametrize("at", range(0, 100, 7))
def test_a_changed_byte_is_another_matrix_or_refused(coded, at):
    data = bytearray(coded.data)
    data[at] ^= 0x55
    try:
        found = decode_adaptive_basis(bytes(data), ROWS - 1, BANDS)
    except FileFormatError:
        return
    assert (found != coded.matrix).any()


@pytest.mark.parametrize("change", [lambda d: d[:-4], lambda d: d[:-1], lambda d: d + bytes(4)])
def test_what_is_cut_or_added_is_refused(coded, change):
    with pytest.raises(FileFormatError, match="damaged"):
        decode_adaptive_basis(change(coded.data), ROWS - 1, BANDS)


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0"])
def test_missing_data_are_refused(data):
    with pytest.raises(FileFormatError, match=r"missing|truncated|end where"):
        decode_adaptive_basis(data, ROWS - 1, BANDS)


def test_few_bytes_cannot_ask_for_many_entries():
    with pytest.raises(FileFormatError, match="truncated"):
        decode_adaptive_basis(bytes(100), 4000, 60000)


def test_a_matrix_beyond_all_numbers_is_refused(coded):
    with pytest.raises(FileFormatError, match="impossible"):
        decode_adaptive_basis(struct.pack("<h", 32767) + coded.data[2:], ROWS - 1, BANDS)


def test_predictions_are_those_that_were_once_made():
    """Exact for ever: files depend on them."""
    rows = np.rint(_matrix()[:4, :60] / _noise()[:4, :60]).astype(int).tolist()
    left: list[list[int]] = []
    for row in rows:
        known = rows[: min(len(left), 2)]
        predictor = RowPredictor([0] * 30 + [1] * 30, known, left[-1:-3:-1])
        left.append([])
        for band, entry in enumerate(row):
            left[-1].append(entry * ONE - predictor.predict(row[:band], band))
            predictor.learn(entry)
    assert [rest[50:54] for rest in left] == [
        [-1872, -1673, -958, -674],
        [-58, -109, -30, -154],
        [-566, -335, -105, -269],
        [274, 272, 211, 91],
    ]


def test_least_squares_find_weights():
    squares, rng = LeastSquares(2, 5), np.random.default_rng(0)
    for first, second in rng.integers(-9000, 9000, (300, 2)).tolist():
        squares.learn([first, second], (3 * first - second) // 4)
    assert squares.predict([1000, 0]) == pytest.approx(750, abs=4)
    assert squares.predict([0, 1000]) == pytest.approx(-250, abs=4)


@pytest.mark.parametrize("scale", range(LOWEST, HIGHEST + 1))
def test_tables_lean_to_the_side_of_the_prediction(scale):
    tables = [entry_table(scale, remainder).occurring for remainder in range(3)]
    nearest, _, half_way = [np.arange(-64, 64) @ table[:128] / 2**24 for table in tables]
    assert nearest == pytest.approx(0, abs=0.01)
    assert half_way == pytest.approx(0.5, abs=0.02)
    assert tables[0][65] < tables[1][65] < tables[2][65] == pytest.approx(tables[2][64], abs=1)


def test_tables_are_those_that_files_were_written_with():
    tables = [entry_table(*key).occurring for key in ((-8, 0), (0, 0), (0, 1), (6, 2))]
    assert [int(table[64]) for table in tables] == [14514425, 7856440, 7362861, 3069223]
    assert [int(table[128]) for table in tables] == [2, 4, 4, 4]
