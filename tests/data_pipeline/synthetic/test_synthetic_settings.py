import numpy as np
import pytest

from btcnet_jax.errors import DataError
from data_pipeline.synthetic import SyntheticSettings


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": 0}, "rows is 0; use at least 1"),
        ({"cols": -3}, "cols"),
        ({"bands": 0}, "bands"),
        ({"seed": -1}, "seed"),
        ({"sensor_seed": -1}, "sensor_seed"),
        ({"bit_depth": 7}, "bit_depth is 7; use 8 to 16, or 32"),
        ({"bit_depth": 17}, "bit_depth"),
        ({"wavelength_min": 100.0}, "wavelength_min is 100.0; use 350 to 2600"),
        ({"wavelength_max": 9000.0}, "wavelength_max"),
        ({"wavelength_min": 900.0, "wavelength_max": 900.0}, "make wavelength_min the smaller"),
        ({"endmembers": 1}, "endmembers is 1; use 2 to 64"),
        ({"endmembers": 65}, "endmembers"),
        ({"noise": -0.1}, "noise"),
        ({"noise": float("nan")}, "noise is nan"),
        ({"dead_bands": 6}, "6 dead bands of 6"),
        ({"blur": 17.0}, "blur is 17.0; use 0 to 16"),
    ],
)
def test_settings_outside_their_range_are_refused(change, message):
    with pytest.raises(DataError, match=message):
        SyntheticSettings(**{"rows": 4, "cols": 5, "bands": 6, "seed": 0, **change})


@pytest.mark.parametrize(
    ("bits", "signed", "dtype"),
    [
        (8, False, np.uint8),
        (8, True, np.int8),
        (9, False, np.uint16),
        (16, True, np.int16),
        (32, False, np.float32),
    ],
)
def test_the_smallest_type_that_holds_the_bit_depth(bits, signed, dtype):
    made = SyntheticSettings(rows=4, cols=5, bands=6, seed=0, bit_depth=bits, signed=signed)
    assert made.dtype == dtype
