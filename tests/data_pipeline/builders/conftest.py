"""Raw folders to convert."""

import numpy as np
import pytest
from layout_files import make_cube


@pytest.fixture
def cubes(tmp_path):
    """Three scenes of 12 x 8 x 5 in a folder: 4 training and 2 test patches of 4 x 4 each."""
    raw = tmp_path / "raw"
    raw.mkdir()
    for index in range(3):
        np.save(raw / f"scene_{index}.npy", make_cube(seed=index))
    return raw
