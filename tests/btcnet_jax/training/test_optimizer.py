"""Learning rates, clipping and the moving average against their formulas in numpy."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from btcnet_jax.training.optimizer import make_optimizer, make_schedule
from btcnet_jax.training.state import TrainState
from btcnet_jax.training.train_step import _averaged


def test_decay_is_as_published(config):
    config.train.decay_per_epoch = 0.9
    schedule = make_schedule(config, 5)
    expected = [1e-2 * 0.9 ** (step // 5) for step in range(20)]
    np.testing.assert_allclose([float(schedule(step)) for step in range(20)], expected, rtol=1e-5)


@pytest.mark.parametrize("warmup", [0, 4])
def test_cosine_rises_in_a_line_and_falls_to_zero_at_the_last_step(config, warmup):
    config.train.schedule, config.train.warmup_steps = "cosine", warmup
    schedule, total = make_schedule(config, 5), 20
    steps = np.arange(total + 1)
    falling = 0.5 * (1 + np.cos(np.pi * (steps - warmup) / (total - warmup)))
    expected = 1e-2 * np.where(steps < warmup, steps / max(warmup, 1), falling)
    np.testing.assert_allclose([float(schedule(step)) for step in steps], expected, atol=1e-8)


def test_a_training_shorter_than_its_warmup_is_all_warmup(config):
    config.train.schedule, config.train.warmup_steps = "cosine", 40
    assert float(make_schedule(config, 5)(20)) == pytest.approx(0.5e-2)


@pytest.mark.parametrize("norm", [0.5, 100.0])
def test_gradients_are_scaled_to_the_norm_and_the_state_is_that_of_adam(config, norm):
    grads = {"a": np.float32([3.0, 0.0]), "b": np.float32([4.0])}
    plain = make_optimizer(config, 5)
    config.train.clip_norm = norm
    clipped = make_optimizer(config, 5)
    assert jax.tree.structure(clipped.init(grads)) == jax.tree.structure(plain.init(grads))
    # Adam's first moment is a tenth of the gradient it was given.
    _, state = clipped.update(grads, clipped.init(grads), grads)
    factor = min(1.0, norm / 5.0)
    moment = optax.tree.get(state, "mu")
    assert moment.shape == (3,), "one vector, in the order of the parameters"
    np.testing.assert_allclose(moment, 0.1 * factor * np.float32([3, 0, 4]), rtol=1e-5)


def test_the_moving_average_begins_as_a_mean_and_keeps_its_decay():
    values = np.random.default_rng(3).normal(size=(30, 4)).astype(np.float32)
    state = TrainState(jnp.int32(0), {}, (), {"kernel": jnp.zeros(4)})
    expected = np.zeros(4)
    for count, params in enumerate(values):
        average = _averaged(0.6, state, {"kernel": jnp.asarray(params)})
        state = TrainState(state.step + 1, {}, (), average)
        kept = min(0.6, (1 + count) / (10 + count))
        expected = kept * expected + (1 - kept) * params
    np.testing.assert_allclose(state.weights["kernel"], expected, atol=1e-6)
    assert _averaged(0.0, state, {"kernel": jnp.ones(4)}) == {}
