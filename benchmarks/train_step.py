"""Time of the paper model's training step and of decoding a 256 x 256 x 172 patch, on an accelerator.

  python benchmarks/train_step.py [--steps 20]

One training step is 12 images of 256 x 256 x 172 in uint16, cut into 720 strips of 128 x 4 on the device,
forward, backward and Adam. Prints milliseconds (median), compile seconds and the compiler's own figure for
temporary memory. On a CPU add --images 1: the full batch needs an accelerator.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from btcnet_jax.config import Config, DataConfig, ModelConfig
from btcnet_jax.models.btcnet import build, run_model
from btcnet_jax.models.initialization import init_params
from btcnet_jax.training.train_step import init_state, make_optimizer, make_train_step


def main() -> None:
    """Measure and print one line a figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=20, help="timed repetitions (20)")
    parser.add_argument("--images", type=int, default=12, help="images a batch (12)")
    arguments = parser.parse_args()
    config = Config(data=DataConfig(folder="none", images_per_batch=arguments.images))
    print(f"device: {jax.devices()[0].device_kind}, jax {jax.__version__}")
    _measure_training(config, arguments.steps)
    _measure_decoding(config.model, arguments.steps)


def _measure_training(config: Config, steps: int) -> None:
    optimizer = make_optimizer(config, 1)
    state = init_state(config, optimizer)
    batch = _random_batch(config)
    started = time.perf_counter()
    compiled = make_train_step(config, optimizer).lower(state, batch).compile()
    print(f"compile: {time.perf_counter() - started:.1f} s")
    analysis = compiled.memory_analysis()
    if analysis is not None:
        print(f"temporaries: {analysis.temp_size_in_bytes / 2**30:.1f} GiB")

    def step() -> Any:
        nonlocal state
        state, metrics = compiled(state, batch)
        return metrics

    milliseconds = _median_ms(step, steps)
    strips = config.data.images_per_batch * config.data.strips_per_image
    print(f"training step, {strips} strips: {milliseconds:.1f} ms")
    print(f"loss after {int(state.step)} steps: {float(step()['loss']):.5f}")


def _measure_decoding(config: ModelConfig, steps: int) -> None:
    model = build(config)
    params = init_params(config, 0)
    latent = jax.random.normal(jax.random.key(0), (64, 64, 1, config.latent_channels))
    decode = jax.jit(lambda params, latent: run_model(model, params, latent, "decode"))
    milliseconds = _median_ms(lambda: decode(params, latent), steps)
    print(f"decoding 256 x 256 x {config.bands}, 64 strips: {milliseconds:.1f} ms")


def _random_batch(config: Config) -> dict[str, jax.Array]:
    images, data = config.data.images_per_batch, config.data
    shape = (images, data.patch_rows, data.patch_cols, config.model.bands)
    patches = np.random.default_rng(0).integers(0, 4096, shape, dtype=np.uint16)
    return {
        "patches": jnp.asarray(patches),
        "minimum": jnp.zeros(images),
        "maximum": jnp.full(images, 4095.0),
    }


def _median_ms(call: Callable[[], Any], repetitions: int) -> float:
    jax.block_until_ready(call())
    times = []
    for _ in range(repetitions):
        started = time.perf_counter()
        jax.block_until_ready(call())
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


if __name__ == "__main__":
    main()
