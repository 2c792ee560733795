"""The universal codec in the benchmark: within targets, in a sweep, and against the strongest peer."""

import numpy as np
import pytest

from btcnet_benchmark.codecs.registry import NAMES, make_codecs
from btcnet_benchmark.sweep.results import ResultFolder
from btcnet_benchmark.sweep.run import run_sweep
from btcnet_benchmark.sweep.scenes import load_benchmark_scene
from btcnet_jax.codec import Rate
from btcnet_jax.errors import FileFormatError
from btcnet_jax.metrics import bits_per_sample, measure_quality
from btcnet_jax.scene.scene import Scene


@pytest.fixture(scope="module")
def peer():
    return make_codecs(["universal"])[0]


@pytest.fixture(scope="module")
def cube():
    row, col, band = np.mgrid[:24, :20, :12]
    values = 800 + 300 * np.sin(row / 5 + band / 3) + 100 * np.cos(col / 4)
    return (values + np.random.default_rng(0).normal(0, 3, values.shape)).astype(np.uint16)


def test_it_is_a_codec_of_the_benchmark(peer, cube):
    assert {"universal", "universal-ensemble"} <= set(NAMES)
    assert peer.name == "universal"
    names = ["universal", "universal-psnr", "universal-rmse", "universal-sam", "universal-ensemble"]
    made = make_codecs(names)
    assert [codec.name for codec in made[:4]] == names[:4]
    assert len({codec.describe() for codec in made[:4]}) == 4
    assert not peer.fixed_rate
    scene = Scene(name="scene", values=cube)
    data = peer.compress(scene, Rate(1.0, or_smallest=True))
    assert bits_per_sample(len(data), *cube.shape) <= 1.0
    assert peer.decompress(data).values.dtype == cube.dtype
    assert peer.rate_map(data).shape == (6, 5)
    smallest = peer.compress(scene, Rate(0.001, or_smallest=True))
    assert len(smallest) < len(data) / 2
    with pytest.raises(FileFormatError):
        peer.decompress(data[:-3])


def test_a_sweep_measures_it(peer, cube, tmp_path):
    np.save(tmp_path / "scene.npy", cube)
    folder = ResultFolder(tmp_path / "out")
    measured = run_sweep([tmp_path / "scene.npy"], [peer], [0.5, 1.0], folder)
    assert [one.failed for one in measured] == [None, None]
    assert measured[0].psnr_db < measured[1].psnr_db


def test_it_beats_klt_jpeg2000_on_a_real_scene_at_equal_bytes(peer, real_data):
    pytest.importorskip("imagecodecs", reason="the extra [benchmark] is not installed")
    scene = load_benchmark_scene(real_data / "abu-urban-3.mat").scene
    data = peer.compress(scene, Rate(0.06, or_smallest=True))
    assert bits_per_sample(len(data), *scene.values.shape) > 0.97 * 0.06
    rival = make_codecs(["klt-jpeg2000"])[0]
    theirs = rival.decompress(rival.compress(scene, Rate(0.06, or_smallest=True))).values
    ours, its = (measure_quality(scene.values, x) for x in (peer.decompress(data).values, theirs))
    assert ours.psnr_db > its.psnr_db + 1.5
    assert ours.sam_deg < its.sam_deg
