import numpy as np
import pytest

from btcnet_benchmark.codecs.klt_search import fill, search_components
from btcnet_benchmark.codecs.klt_trial import SceneAnalysis
from btcnet_benchmark.codecs.scene_header import facts_of


@pytest.fixture
def analysis():
    draw = np.random.default_rng(0)
    maps = draw.normal(size=(30, 40, 4)).cumsum(axis=0).cumsum(axis=1)
    cube = maps @ draw.normal(size=(4, 30)).cumsum(axis=1) + draw.normal(0, 0.1, (30, 40, 30))
    pixels = cube.reshape(-1, 30)
    return SceneAnalysis(facts_of(cube), pixels, np.ones(30))


@pytest.mark.parametrize("budget", [700, 1000, 3000])
def test_budget_is_filled_and_not_passed(analysis, budget):
    trial, _ = fill(analysis, 4, budget, 60.0)
    assert 0.97 * budget < trial.size <= budget


def test_guess_of_the_level_hardly_matters(analysis):
    errors = [analysis.band_mse(fill(analysis, 4, 1000, guess)[0]).mean() for guess in (5.0, 125.0)]
    assert errors[0] == pytest.approx(errors[1], rel=0.05)


@pytest.mark.parametrize("start", [0, 3, 8, 28])
def test_finds_the_components_that_the_scene_has(analysis, start):
    assert search_components(analysis, 1500, start).components == 4


def test_without_room_only_band_means_are_left(analysis):
    assert search_components(analysis, 0, 8).components == 0


def test_with_little_room_the_start_is_left(analysis):
    smallest = search_components(analysis, 0, 8).size
    assert search_components(analysis, smallest + 1, 8).size <= smallest + 1
