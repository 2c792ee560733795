"""Time of the paper model's training step and of decoding a 256 x 256 x 172 patch, on an accelerator.

  python benchmarks/train_step.py [--precision bfloat16 float32] [--crops strips tiles] [--remat] [--steps 20]
  python benchmarks/train_step.py --precision bfloat16 --devices 1 2    # weak scaling

One training step is 12 images of 256 x 256 x 172 in uint16, cut into 720 strips of 128 x 4 on the device (or,
with nearly the same pixels, 11 images into 22 tiles of 128 x 128), forward, backward and Adam. Prints a table:
milliseconds of a step whose end is waited for and of steps in a row as in training (medians), the compiler's
own figure for temporary memory, and beside it what the published PyTorch code takes. With several devices
each has a full batch, and the table says what share of one device's speed they keep. Ends with status 1 if
a loss does not fall, or differs between the precisions. On a CPU add --images 1: a full batch is too much.

`float32` is JAX's default on the device: TF32 on a GPU. JAX_DEFAULT_MATMUL_PRECISION=highest in the
environment makes it float32 indeed.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from btcnet_jax.config import (
    Config,
    DataConfig,
    DecoderConfig,
    HardwareConfig,
    ModelConfig,
    TrainConfig,
)
from btcnet_jax.config.model import TILE
from btcnet_jax.models.btcnet import build, run_model
from btcnet_jax.models.initialization import init_params
from btcnet_jax.training.mesh import make_mesh, place_batch, place_replicated
from btcnet_jax.training.optimizer import make_optimizer
from btcnet_jax.training.state import init_state
from btcnet_jax.training.train_step import make_train_step

# The published PyTorch code on one NVIDIA H200, the same batch of strips.
PUBLISHED = """published PyTorch, H200   strips   float32   294 ms
published PyTorch, H200   strips   TF32       86 ms
published PyTorch, H200   strips   bfloat16   57 ms, torch.compile 35.3 ms
published PyTorch, H200   decoding            6.1 to 6.5 ms"""
TOTAL_STEPS = 1000
IN_A_ROW = 10
# Of the first loss, between bfloat16 and float32.
TOLERANCE = 0.005
TILE_SIDE, TILES_PER_IMAGE = 128, 2


class Timing(NamedTuple):
    """Milliseconds of a call that is waited for, and of one of several in a row."""

    alone: float
    in_a_row: float


def main() -> int:
    """Measure and print one line a figure; 1 if a loss is not as it should be."""
    arguments = _parser().parse_args()
    print(f"device: {jax.devices()[0].device_kind}, jax {jax.__version__}")
    sound = True
    for crops in arguments.crops:
        losses = []
        for precision in arguments.precision:
            alone: list[float] = []
            for devices in arguments.devices:
                config = _config(crops, precision, devices, arguments)
                first, last, milliseconds = _measure_training(config, crops, arguments.steps)
                losses += [first] if devices == 1 else []
                alone.append(milliseconds)
                sound &= last < first
            for devices, milliseconds in zip(arguments.devices[1:], alone[1:], strict=True):
                share = alone[0] / milliseconds
                print(f"{devices} devices, each with a batch of its own: {share:.1%} of the speed")
        sound &= not losses or max(losses) - min(losses) < TOLERANCE * min(losses)
    for precision in arguments.precision:
        _measure_decoding(ModelConfig(), precision, arguments.steps)
    print(PUBLISHED)
    if not sound:
        print("a loss does not fall, or the precisions differ by more than 0.5 %", file=sys.stderr)
    return 0 if sound else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    precisions, crops = ("bfloat16", "float32"), ("strips", "tiles")
    add = parser.add_argument
    add("--precision", nargs="+", choices=precisions, default=precisions, help="of the compute")
    add("--crops", nargs="+", choices=crops, default=["strips"], help="what is trained on (strips)")
    add("--remat", action="store_true", help="compute activations again instead of keeping them")
    add("--steps", type=int, default=20, help="timed repetitions (20)")
    add("--images", type=int, default=0, help="images a batch and device (12; 11 of tiles)")
    add("--devices", type=int, nargs="+", default=[1], help="numbers of devices to train on (1)")
    return parser


def _config(crops: str, precision: str, devices: int, arguments: argparse.Namespace) -> Config:
    train = TrainConfig(precision=precision, remat=arguments.remat)
    hardware = HardwareConfig(devices=devices)
    if crops == "strips":
        data = DataConfig(folder="none", images_per_batch=devices * (arguments.images or 12))
        return Config(data=data, train=train, hardware=hardware)
    data = DataConfig(
        folder="none",
        images_per_batch=devices * (arguments.images or 11),
        strips_per_image=TILES_PER_IMAGE,
        strip_rows=TILE_SIDE,
        tile_columns=TILE_SIDE,
    )
    model = ModelConfig(decoder=DecoderConfig(context=TILE))
    return Config(model=model, data=data, train=train, hardware=hardware)


def _measure_training(config: Config, crops: str, steps: int) -> tuple[float, float, float]:
    """The first and the last loss, and milliseconds of a step in a row."""
    config.validate()
    mesh, optimizer, losses = make_mesh(config), make_optimizer(config, 1), []
    state = place_replicated(mesh, init_state(config, optimizer))
    batch = place_batch(mesh, _random_batch(config))
    jitted = make_train_step(config, optimizer, mesh, TOTAL_STEPS)
    started = time.perf_counter()
    compiled = jitted.lower(state, batch).compile()
    seconds = time.perf_counter() - started

    def step() -> Any:
        nonlocal state
        state, metrics = compiled(state, batch)
        losses.append(metrics["loss"])
        return metrics

    timing = _time(step, steps)
    analysis = compiled.memory_analysis()
    temporaries = f"{analysis.temp_size_in_bytes / 1e9:.1f} GB" if analysis else "unknown"
    name = f"{crops:8} {config.train.precision:10}{'remat' if config.train.remat else '':6}"
    print(
        f"step, batch of {config.data.images_per_batch * config.data.strips_per_image:4}   {name}"
        f"{timing.alone:6.1f} ms, in a row {timing.in_a_row:.1f} ms, temporaries {temporaries}, "
        f"loss {losses[0]:.5f} to {losses[-1]:.5f} in {len(losses)}, compiled in {seconds:.0f} s",
        flush=True,
    )
    return float(losses[0]), float(losses[-1]), timing.in_a_row


def _measure_decoding(config: ModelConfig, precision: str, steps: int) -> None:
    model = build(config, jnp.dtype(precision))
    params = init_params(config, 0)
    latent = jax.random.normal(jax.random.key(0), (64, 64, 1, config.latent_channels))
    decode = jax.jit(lambda params, latent: run_model(model, params, latent, method="decode"))
    timing = _time(lambda: decode(params, latent), steps)
    print(
        f"decoding, 64 strips      256 x 256 x {config.bands}  {precision:8}"
        f"{timing.alone:6.2f} ms, in a row {timing.in_a_row:.2f} ms",
        flush=True,
    )


def _random_batch(config: Config) -> dict[str, np.ndarray]:
    images, data = config.data.images_per_batch, config.data
    shape = (images, data.patch_rows, data.patch_cols, config.model.bands)
    patches = np.random.default_rng(0).integers(0, 4096, shape, dtype=np.uint16)
    return {
        "patches": patches,
        "minimum": np.zeros(images, np.float32),
        "maximum": np.full(images, 4095, np.float32),
    }


def _time(call: Callable[[], Any], repetitions: int) -> Timing:
    jax.block_until_ready(call())
    alone = [_milliseconds(call, 1) for _ in range(repetitions)]
    in_a_row = [_milliseconds(call, IN_A_ROW) for _ in range(max(1, repetitions // IN_A_ROW))]
    return Timing(statistics.median(alone), statistics.median(in_a_row))


def _milliseconds(call: Callable[[], Any], count: int) -> float:
    started = time.perf_counter()
    for _ in range(count):
        result = call()
    jax.block_until_ready(result)
    return 1000 * (time.perf_counter() - started) / count


if __name__ == "__main__":
    sys.exit(main())
