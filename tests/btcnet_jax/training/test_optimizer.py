"""Learning rates, clipping and the moving average against their formulas in numpy."""

import jax
import numpy as np
import optax
import pytest

from btcnet_jax.training.mesh import make_mesh, place_replicated
from btcnet_jax.training.optimizer import make_optimizer, make_schedule
from btcnet_jax.training.state import init_state
from btcnet_jax.training.train_step import make_train_step


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
    np.testing.assert_allclose(moment["a"], 0.1 * factor * grads["a"], rtol=1e-5)
    np.testing.assert_allclose(moment["b"], 0.1 * factor * grads["b"], rtol=1e-5)


def test_the_moving_average_is_kept_beside_the_weights(config):
    config.data.images_per_batch, config.train.ema_decay = 1, 0.2
    mesh, optimizer = make_mesh(config), make_optimizer(config, 5)
    state = place_replicated(mesh, init_state(config, optimizer))
    step = make_train_step(config, optimizer, mesh, 5)
    patches = np.random.default_rng(3).integers(0, 999, (1, 16, 16, 6)).astype(np.uint16)
    batch = {"patches": patches, "minimum": np.zeros(1), "maximum": np.full(1, 999.0)}
    expected = jax.device_get(state.params["encoder"]["kernel"])
    for count in range(3):
        state, _ = step(state, batch)
        kept = min(0.2, (1 + count) / (10 + count))
        expected = kept * expected + (1 - kept) * np.asarray(state.params["encoder"]["kernel"])
    np.testing.assert_allclose(state.weights["encoder"]["kernel"], expected, atol=1e-6)
    assert not np.array_equal(state.weights["encoder"]["kernel"], state.params["encoder"]["kernel"])
