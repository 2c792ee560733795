"""Scenes small enough to be worked by hand."""

import numpy as np
import pytest

from btcnet_benchmark.tasks import pair_pixels
from btcnet_jax.scene.scene import Scene


@pytest.fixture
def pair():
    """Makes pixel pairs of two lists of spectra, as a scene of one row."""

    def make(original, restored, **info):
        first, second = (np.asarray(spectra, float)[None] for spectra in (original, restored))
        return pair_pixels(Scene(name="hand", values=first, **info), second)

    return make
