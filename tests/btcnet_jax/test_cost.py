"""What encoders are counted to compute, against what they are seen to do."""

import numpy as np
import pytest

from btcnet_jax.codec import Rate, network_codec, universal_codec
from btcnet_jax.codec.step_search import StepSearch
from btcnet_jax.config import ModelConfig
from btcnet_jax.cost import CODE, Stage, Tally, eigendecomposition, least_squares, linear_solve
from btcnet_jax.models.initialization import init_params
from btcnet_jax.parts.goal import Effort


@pytest.fixture(scope="module")
def light(plain_weights):
    """A codec whose encoder is as light as the published one."""
    return universal_codec(plain_weights, effort=Effort.LIGHT)


def test_every_trial_of_the_universal_encoder_is_counted(light, make_cube, monkeypatch):
    cube, tally, tried = make_cube(60, 60, 24), Tally(), []
    attempt = StepSearch.attempt

    def watched(search, step):
        tried.append(step)
        return attempt(search, step)

    monkeypatch.setattr(StepSearch, "attempt", watched)
    light.compress(cube, Rate(0.3), tally=tally)
    assert set(tally.total) == set(tally.once) == set(Stage)
    assert len(tried) > 1
    # Trials differ little in size, so all of them take about so many times what one takes.
    ratio = tally.total[Stage.QUANTIZATION] / tally.once[Stage.QUANTIZATION]
    assert ratio == pytest.approx(len(tried), rel=0.35)
    assert all(tally.total[stage] >= tally.once[stage] > 0 for stage in Stage)
    assert tally.total[Stage.EIGENVECTORS] == 3 * eigendecomposition(24)


def test_a_whole_covariance_counts_what_numpy_multiplies(light, make_cube):
    # So few blocks that all are in the sample; then factor and sum of one matrix, for no pixel stands out.
    cube, tally = make_cube(16, 16, 10), Tally()
    light.compress(cube, Rate(4.0), tally=tally)
    assert tally.total[Stage.STATISTICS] == 256 * 10 + 256 * 10 * 11 / 2 + 2 * 100
    assert tally.total[Stage.READING] == 256 * 10 * (2 + 2 + 2 + 2 + 1)


def test_pixels_that_stand_out_are_counted(light, make_cube):
    cube, tally = make_cube(96, 96, 10), Tally()
    light.compress(cube, Rate(0.3), tally=tally)
    sampled = 96 * 96 * 10 * (1 + 5) + 96 * 96 / 8 * 10 * 11 / 2
    # Up to one for each band, of two parts.
    assert 0 < tally.total[Stage.STATISTICS] - sampled < 20 * 55 + 2 * 2 * 2 * 100 + 55 * 8


def test_the_choice_of_components_and_each_trial_of_a_step_are_counted(light, make_cube):
    cube, tally = make_cube(96, 96, 10), Tally()
    light.compress(cube, Rate(0.3), tally=tally)
    blocks = 72 * 16 * 10
    assert tally.total[Stage.WEIGHTS] == blocks * (3 * (10 + 16 + 5 + 14 * 4) + 2 * 9)
    assert tally.once[Stage.SELECTION] == blocks * (10 + 16 + 15)
    # Once a step, of which coarse ones are taken for one; and once a step whose size is expected.
    asked = tally.total[Stage.SELECTION] / blocks - 26
    assert asked in {15 * steps + 22 * sizes for steps in range(1, 9) for sizes in range(1, 40)}


def test_on_the_ground_the_covariance_is_of_all_pixels_and_weights_are_corrected_more_often(
    plain, make_cube
):
    cube, tally = make_cube(96, 96, 10), Tally()
    plain.compress(cube, Rate(0.3), tally=tally)
    assert tally.total[Stage.STATISTICS] == 96 * 96 * 10 * (1 + 11 / 2) + 2 * 2 * 100
    assert tally.total[Stage.EIGENVECTORS] == 9 * eigendecomposition(10)


def test_a_network_takes_its_convolutions_and_a_file_a_level(make_cube):
    config = ModelConfig(
        bands=6, latent_channels=4, features=2, gamma=1, quantizer="learned", rate_levels=3
    )
    codec, tally = network_codec(config, init_params(config, 0)), Tally()
    codec.compress(make_cube(17, 16, 6), Rate(1e-6, or_smallest=True), tally=tally)
    # 11 x 4 taps a band and channel, for each of 5 x 4 latents of the padded scene.
    assert tally.total[Stage.TRANSFORM] == pytest.approx(44 * 6 * 4 * 5 * 4)
    assert tally.total[Stage.READING] == 17 * 16 * 6 * (2 + 2)
    assert tally.total[Stage.CODING] == 3 * tally.once[Stage.CODING] == 3 * CODE * 5 * 4 * 4


def test_figures_a_sample_are_over_all_samples_of_the_scene():
    tally = Tally()
    tally.add(Stage.PROJECTION, 600.0)
    tally.add(Stage.PROJECTION, 400.0)
    tally.settle({Stage.PROJECTION: 300.0})
    total, once = tally.per_sample(100)
    assert (total, once) == ({"projection": 10.0}, {"projection": 3.0})
    assert np.isclose(eigendecomposition(10), 4500)
    assert linear_solve(3, 2) == 9 + 18
    assert least_squares(2, 5) == 84 + 40
