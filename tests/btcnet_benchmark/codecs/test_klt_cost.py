"""What the peer is counted to compute, against what it is seen to do."""

import numpy as np
import pytest

from btcnet_benchmark.codecs.klt_jpeg2000 import KltJpeg2000
from btcnet_benchmark.codecs.klt_trial import SceneAnalysis
from btcnet_jax.codec import Rate
from btcnet_jax.cost import Stage, Tally, eigendecomposition


@pytest.fixture
def cube():
    random = np.random.default_rng(0)
    values = random.normal(0, 1, (24, 20, 3)) @ random.normal(0, 300, (3, 12)) + 2000
    return (values + random.normal(0, 5, values.shape)).astype(np.uint16)


@pytest.mark.parametrize("weighted", [False, True])
def test_trials_are_counted_and_the_file_took_its_own(cube, weighted, monkeypatch):
    tried, tally, samples = [], Tally(), cube.size
    attempt = SceneAnalysis.try_coding

    def watched(analysis, components, level):
        tried.append((analysis, components))
        return attempt(analysis, components, level)

    monkeypatch.setattr(SceneAnalysis, "try_coding", watched)
    codec = KltJpeg2000(weighted=weighted)
    codec.compress(cube, Rate(1.0), tally=tally)
    wavelet = sum(2 * 2 * 5 * 4 / 3 * 480 * components for _, components in tried)
    assert tally.total[Stage.TRANSFORM] == pytest.approx(wavelet)
    # Of each number of components the planes are made once.
    planes = sum(480 * components for _, components in set(tried))
    assert tally.total[Stage.PROJECTION] == planes * (12 + 5)
    passes = 3 if weighted else 1
    assert tally.total[Stage.EIGENVECTORS] == passes * eigendecomposition(12)
    assert tally.total[Stage.STATISTICS] == passes * samples * (13 / 2 + 3)
    assert tally.total[Stage.READING] == tally.once[Stage.READING] == 8 * samples
    # Two errors of bands give two weights; nothing else of what judges trials is part of the file.
    assert (tally.once[Stage.SELECTION] > 0) == weighted
    assert tally.once[Stage.SELECTION] < tally.total[Stage.SELECTION]
    assert 0 < tally.once[Stage.MATRIX] < tally.total[Stage.MATRIX]


def test_what_a_scene_is_remembered_for_counts_all_the_same(cube):
    codec, first, again = KltJpeg2000(), Tally(), Tally()
    for tally in (first, again):
        codec.compress(cube, Rate(1.0), tally=tally)
    assert first.total == again.total
