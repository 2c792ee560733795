"""The smallest file that is good enough: what is promised is what the decoder gives."""

import numpy as np
import pytest

import btcnet_jax as bt
from btcnet_jax.codec import network_codec, scene_plan, universal_codec
from btcnet_jax.codec.step_finding import Budget, Course, Precision, find_step
from btcnet_jax.codec.trials import QUALITY_PRECISION
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.header import Objective
from btcnet_jax.errors import ConfigError, CubeError
from btcnet_jax.metrics import measure_quality
from btcnet_jax.parts.file_facts import read_components
from btcnet_jax.parts.goal import Effort
from btcnet_jax.scene import Scene, SceneSource


def found(codec, scene, data):
    scene = scene if isinstance(scene, Scene) else Scene(values=scene)
    return measure_quality(scene.values, codec.decompress(data).values, valid=scene.valid())


@pytest.mark.parametrize("target", [bt.Psnr(48.0), bt.Sam(0.2)])
def test_a_quality_is_met_by_what_the_decoder_gives(plain, make_cube, target):
    cube, trials = make_cube(), []
    data = plain.compress(cube, target, told=trials.append)
    quality = found(plain, cube, data)
    assert target.margin(quality) >= 0
    assert len(trials) <= 4
    assert [trial.number for trial in trials] == [*range(1, len(trials) + 1)]
    # The best of the trials is the file, and it is what it was measured to be.
    good = [trial for trial in trials if target.margin(trial.quality) >= 0]
    best = min(good, key=lambda trial: target.margin(trial.quality))
    assert len(data) == best.file_bytes
    assert target.figure(best.quality) == target.figure(quality)
    # Where components are dropped a small step makes a large difference.
    assert target.margin(quality) < (0.35 if isinstance(target, bt.Psnr) else 0.15)


@pytest.mark.parametrize("objective", [Objective.SAM, Objective.PSNR])
def test_any_objective_and_effort_meets_a_quality(plain_weights, make_cube, objective):
    codec, cube = (
        universal_codec(plain_weights, objective=objective, effort=Effort.LIGHT),
        make_cube(),
    )
    assert found(codec, cube, codec.compress(cube, bt.Psnr(47.5))).psnr_db >= 47.5


def test_few_components_are_no_reason_for_fine_steps(plain_weights, make_cube, monkeypatch):
    """The limit of a light encoder, which is one of rates."""
    monkeypatch.setattr(scene_plan, "most_components", lambda places, bands, rate: 1)
    codec = universal_codec(plain_weights, effort=Effort.LIGHT)
    data = codec.compress(make_cube(16, 16, 20), bt.Psnr(50.0))
    assert read_components(read_compressed(data).header) > 1


def test_missing_samples_do_not_count(plain, make_cube):
    values = make_cube().astype(np.float32)
    values[3:9, 4:20] = np.nan
    values[..., 5] = 7.5
    data = plain.compress(Scene(values=values), bt.Psnr(46.0))
    quality = found(plain, Scene(values=values), data)
    assert 46 <= quality.psnr_db < 46.5
    assert quality.samples_missing > 0


def test_a_large_scene_meets_a_quality_tile_by_tile(plain_weights, make_cube, tmp_path):
    codec = universal_codec(plain_weights, tile_side=4, whole=0)
    values, trials = make_cube(70, 58, 8).astype(np.int16), []
    values[10:20, 5:9] = -9999
    scene = Scene(values=values, nodata=-9999)
    with (tmp_path / "file").open("wb") as file:
        source = SceneSource.of(scene)
        codec.compress_to(file, source, bt.Psnr(45.0), folder=tmp_path, told=trials.append)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    quality = found(codec, scene, (tmp_path / "file").read_bytes())
    assert 45 <= quality.psnr_db < 45.4
    assert len(trials) <= 4


def test_a_model_of_levels_takes_the_coarsest_that_will_do(learned, smooth_cube):
    config, params = learned()
    codec, cube = network_codec(config, params), smooth_cube(24, 20)
    files = [codec.compress(cube, bt.Level(level)) for level in range(3)]
    qualities = [found(codec, cube, data) for data in files]
    for level in (0, 1, 2):
        target = bt.Psnr(qualities[level].psnr_db - 1e-6)
        meeting = next(n for n in range(3) if target.margin(qualities[n]) >= 0)
        assert codec.compress(cube, target) == files[meeting]
    best = max(quality.psnr_db for quality in qualities)
    with pytest.raises(
        ConfigError, match=r"finest level of this model gives .* dB, and .* dB are asked"
    ):
        codec.compress(cube, bt.Psnr(best + 20))


def test_what_no_step_gives_is_refused_with_the_best(plain, make_cube):
    cube = make_cube(12, 12, 6).astype(np.float32) + np.float32(0.3)
    with pytest.raises(
        ConfigError, match=r"finest step for this cube gives \d+\.\d\d dB, and 500 dB"
    ):
        plain.compress(cube, bt.Psnr(500.0))


def test_a_scene_without_a_quality_is_refused(plain, make_cube):
    with pytest.raises(CubeError, match="no sample of this cube is data"):
        plain.compress(np.full((9, 8, 3), np.nan, np.float32), bt.Psnr(40.0))
    with pytest.raises(CubeError, match="no band of this cube has a value above zero"):
        plain.compress(-(make_cube(12, 12, 4).astype(np.int32)), bt.Psnr(40.0))
    holes = make_cube(12, 12, 4).astype(np.float32)
    holes[:6, :, 1] = holes[6:, :, 2] = np.nan
    with pytest.raises(CubeError, match="no pixel of this cube has a spectral angle"):
        plain.compress(holes, bt.Sam(1.0))


def test_one_value_throughout_meets_any_quality(plain):
    cube = np.full((9, 8, 3), 7, np.int16)
    assert (plain.decompress(plain.compress(cube, bt.Psnr(99.0))).values == cube).all()


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_what_is_no_quality_is_refused(value):
    with pytest.raises(ConfigError, match="cannot be aimed at"):
        bt.Psnr(value)
    with pytest.raises(ConfigError, match="cannot be aimed at"):
        bt.Sam(value)


def test_codecs_that_cannot_aim_at_a_quality_say_so(make_cube):
    with pytest.raises(ConfigError, match="cannot be aimed at"):
        bt.Sam(91.0)
    with pytest.raises(ConfigError, match="bound of the error"):
        bt.load("bounded").compress(make_cube(8, 8, 4), bt.Psnr(40.0))


@pytest.mark.parametrize("rate", [0.3, 1.0, 2.5])
def test_a_rate_is_used_up_and_not_exceeded(shipped, smooth_cube, rate):
    cube = smooth_cube(64, 60, 16)
    budget = bt.Rate(rate).file_bytes(cube.size)
    assert 0.99 * budget <= len(shipped.compress(cube, bt.Rate(rate))) <= budget


class _Trial:
    """A size that falls unevenly, as components are dropped one by one."""

    def __init__(self, step):
        self.step, self.empty, self.finest = step, step > 1e4, step < 1e-4
        self.size = 3000 * step**-0.8 * (1 + 0.004 * np.sin(40 * np.log(step)))
        self.db = 60 - 7 * np.log(step) + 0.02 * np.sin(50 * np.log(step))


class _Decibels:
    finer = True

    def margin(self, trial):
        return trial.db - 45.0


@pytest.mark.parametrize("start", [0.5, 8.0, 40.0])
def test_both_aims_are_one_search(start):
    tried = []

    def attempt(step):
        tried.append(step)
        return _Trial(step)

    precision = Precision(4, 0.04, 0.1, float("inf"), 0.018)
    course = Course(lambda step: -6 * np.log(step).item(), finer=True)
    trial = find_step(attempt, start, _Decibels(), precision, course)
    assert 45 <= trial.db < 45.15
    assert len(tried) <= 4
    tried.clear()
    shares = Precision.of_shares(4, goal=0.996, enough=0.99, poor=0.99)
    assert 990 <= find_step(attempt, start, Budget(1000.0), shares).size <= 1000
    assert len(tried) <= 5


def _searched(decibels, start, slope):
    """Steps and margins of the trials of a search, by decibels of a step and the number of trials before it."""
    tried = []

    def attempt(step):
        trial = _Trial(step)
        trial.db = decibels(step, len(tried))
        tried.append((step, trial.db - 45))
        return trial

    course = Course(lambda step: -slope * np.log(step).item(), finer=True)
    found = find_step(attempt, start, _Decibels(), QUALITY_PRECISION, course)
    return tried, found


def test_a_small_margin_is_not_near_where_steps_hardly_matter():
    """Half a decibel of a logarithm of steps, where three are expected, but for one component."""
    tried, found = _searched(
        lambda step, _: 45 - 0.5 * np.log(step) - (0.2 if step > 1.05 else 0), 1.4, 3.0
    )
    assert len(tried) == 4
    assert 0.955 < found.step < 1


def test_the_last_trial_is_not_lost_for_the_last_percent():
    """Trials three and four are a little worse than expected."""
    tried, found = _searched(
        lambda step, before: 45 - 6 * np.log(step) - (0, 0, 0.04, 0.08)[before], 1.2, 4.5
    )
    assert [margin >= 0 for _, margin in tried] == [False, True, False, True]
    assert found.db < 45.1


def test_the_last_trial_gives_little_away_where_the_best_so_far_is_near():
    """As of a real scene: all margins are farther off than expected, and the third trial's is a tenth."""
    third, best = 0.008958, 0.008958 * np.exp(0.034)

    def decibels(step, before):
        spare = 0.1 * np.log(best / step) / np.log(best / third)
        return 45 + (-1.76, -0.31, 0.1, spare)[before]

    tried, found = _searched(decibels, 0.01617, 3.7)
    assert len(tried) == 4
    assert tried[2][0] == pytest.approx(third, rel=2e-3)
    assert 0.98 < found.step / best < 1


def test_a_last_trial_beyond_all_others_aims_the_farther_beyond_the_farther_it_goes():
    """As of a real scene, whose margin hardly grows behind the third trial."""
    steps = []

    def decibels(step, before):
        steps.append(step)
        beyond = 0.1 * (np.log(steps[min(before, 2)] / step) - 0.022)
        return 45 + (-0.045, -0.008, -0.002, beyond)[before]

    tried, found = _searched(decibels, 0.03, 0.4)
    assert len(tried) == 4
    assert 0 < tried[3][1] < 0.002
    assert found.step == tried[3][0]


def test_of_trials_without_any_error_the_smallest_is_taken():
    tried, found = _searched(lambda step, _: 400 if step < 0.5 else 48 - 60 * step, 0.2, 1.0)
    good = [step for step, margin in tried if margin >= 0]
    assert len(good) > 1
    assert found.step == max(good)
