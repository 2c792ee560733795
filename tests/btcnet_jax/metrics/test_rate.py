"""Bits per pixel per band."""

import pytest

from btcnet_jax.errors import CubeError
from btcnet_jax.metrics import bits_per_sample


def test_the_published_rate():
    # 27 channels of 8 bits on a 64 x 64 grid, for a patch of 256 x 256 x 172.
    assert bits_per_sample(27 * 64 * 64, 256, 256, 172) == pytest.approx(27 / 172 / 16 * 8)


def test_every_byte_counts():
    assert bits_per_sample(0, 1, 1, 1) == 0
    assert bits_per_sample(3, 2, 3, 4) == 1


@pytest.mark.parametrize("arguments", [(1, 0, 2, 2), (1, 2, -1, 2), (-1, 2, 2, 2)])
def test_nonsense_is_refused(arguments):
    with pytest.raises(CubeError):
        bits_per_sample(*arguments)
