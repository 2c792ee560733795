import io

import numpy as np
import pytest

from btcnet_benchmark.codecs.scene_header import facts_of, pack_facts, read_facts, restore
from btcnet_jax.errors import CubeError, FileFormatError


def _cube(dtype):
    cube = np.random.default_rng(0).integers(3, 90, (4, 5, 9)).astype(dtype)
    cube[:, :, 2:4] = 7
    cube[:, :, 8] = 100
    return cube


@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "i4", "u8", "f4", "f8"])
def test_header_comes_back(dtype):
    facts = facts_of(_cube(dtype))
    again = read_facts(io.BytesIO(pack_facts(facts)))
    assert (again.shape, again.dtype) == ((4, 5, 9), np.dtype(dtype))
    assert again.value_range == facts.value_range
    np.testing.assert_array_equal(again.varying, [1, 1, 0, 0, 1, 1, 1, 1, 0])
    np.testing.assert_array_equal(again.fill, facts.fill)
    assert pack_facts(again) == pack_facts(facts)


def test_bands_that_do_not_vary_are_restored():
    cube = _cube("f4")
    cube[:, :, 5] = np.nan
    facts = read_facts(io.BytesIO(pack_facts(facts_of(cube))))
    restored = restore(cube.reshape(20, 9)[:, facts.varying].astype(np.float64), facts)
    np.testing.assert_array_equal(restored, cube)


def test_estimates_are_rounded_and_clipped():
    cube = np.array([[[-5], [9]]], np.int16)
    restored = restore(np.array([[-7.0], [3.6]]), facts_of(cube))
    np.testing.assert_array_equal(restored.ravel(), [-5, 4])


def test_alike_neighbors_share_a_run():
    cube = np.zeros((2, 2, 200), np.uint16)
    cube[0, 0, 100:] = 1
    assert len(pack_facts(facts_of(cube))) <= 15


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_band_with_some_samples_that_are_no_number_is_refused(value):
    cube = _cube("f4")
    cube[1, 2, 0] = value
    with pytest.raises(CubeError, match="NaN or infinity"):
        facts_of(cube)


def test_integers_that_float64_cannot_hold_are_refused():
    with pytest.raises(CubeError, match=r"2\*\*53"):
        facts_of(np.array([[[1 << 60], [0]]], np.uint64))


@pytest.mark.parametrize("change", ["type", "short", "shape", "runs"])
def test_damage_is_refused(change):
    data = bytearray(pack_facts(facts_of(_cube("i2"))))
    damaged = {
        "type": b"\xff" + data[1:],
        "short": data[:6],
        "shape": data[:1] + b"\x00" + data[2:],
        "runs": data[:8] + b"\x7f" + data[9:],
    }[change]
    with pytest.raises(FileFormatError):
        read_facts(io.BytesIO(bytes(damaged)))
