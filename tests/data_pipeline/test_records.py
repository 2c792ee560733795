"""Finding converted data sets, and patches of them for validation."""

import pytest

from btcnet_jax.errors import DataError

# Of the records in conftest.py.
SIDE, BANDS = 16, 5


def test_validation_takes_the_middles_of_the_first_records(records, source):
    batches = records.first_patches(source, 8, 6, 2)
    assert [batch["minimum"].tolist() for batch in batches] == [[0.0], [1.0]]
    assert batches[0]["patches"].shape == (1, 8, 6, BANDS)
    assert batches[0]["patches"][0, 0, 0, 0] == 4 * SIDE + 5


def test_a_folder_without_records_is_refused(records, tmp_path):
    with pytest.raises(DataError, match="no converted data set"):
        records.open_records(tmp_path, "aviris", "train", bands=5)
