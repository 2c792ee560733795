"""Time of the paper model's training step and of decoding a 256 x 256 x 172 patch, on an accelerator.

  python benchmarks/train_step.py [--precision bfloat16 float32] [--crops strips tiles] [--remat] [--steps 60]
  python benchmarks/train_step.py --precision bfloat16 --devices 1 2 4  # weak scaling

One training step is 12 images of 256 x 256 x 172 in uint16, cut into 720 strips of 128 x 4 on the device (or,
with nearly the same pixels, 11 images into 22 tiles of 128 x 128), forward, backward and Adam. Prints a table:
milliseconds of a step whose end is waited for and of steps in a row as in training (medians), the compiler's
own figure for temporary memory, and beside it what the published PyTorch code takes. With several numbers of
devices each device has a full batch, they are timed in turns, and the table says what share of the first's
speed the others keep. Ends with status 1 if
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
        first_losses = []
        for precision in arguments.precision:
            runs = [
                _Run(_config(crops, precision, devices, arguments), crops)
                for devices in arguments.devices
            ]
            _measure_training(runs, arguments.steps)
            first_losses.append(runs[0].losses[0])
            sound &= all(run.losses[-1] < run.losses[0] for run in runs)
        sound &= max(first_losses) - min(first_losses) < TOLERANCE * min(first_losses)
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
    add("--steps", type=int, default=60, help="timed repetitions (60)")
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
        tile_cols=TILE_SIDE,
    )
    model = ModelConfig(decoder=DecoderConfig(context=TILE))
    return Config(model=model, data=data, train=train, hardware=hardware)


class _Run:
    """A training compiled for its devices, with what it takes in memory."""

    def __init__(self, config: Config, crops: str) -> None:
        config.validate()
        self.config, self.crops, self.losses = config, crops, list[Any]()
        mesh, optimizer = make_mesh(config), make_optimizer(config, 1)
        self._state = place_replicated(mesh, init_state(config, optimizer))
        self._batch = place_batch(mesh, _random_batch(config))
        step = make_train_step(config, optimizer, mesh, TOTAL_STEPS)
        started = time.perf_counter()
        self._compiled = step.lower(self._state, self._batch).compile()
        self.seconds = time.perf_counter() - started
        analysis = self._compiled.memory_analysis()
        self.temporaries = f"{analysis.temp_size_in_bytes / 1e9:.1f} GB" if analysis else "unknown"

    def step(self) -> Any:
        self._state, metrics = self._compiled(self._state, self._batch)
        self.losses.append(metrics["loss"])
        return metrics


def _measure_training(runs: list[_Run], steps: int) -> None:
    """Print the times of a step, and of several devices what share of the first's speed they keep."""
    timings = _time_in_turns([run.step for run in runs], steps)
    for run, timing in zip(runs, timings, strict=True):
        config = run.config
        name = f"{run.crops:8} {config.train.precision:10}{'remat' if config.train.remat else '':6}"
        share = timings[0].in_a_row / timing.in_a_row
        print(
            f"step, batch of {config.data.images_per_batch * config.data.strips_per_image:4} "
            f"on {config.hardware.devices}   {name}"
            f"{timing.alone:6.1f} ms, in a row {timing.in_a_row:.2f} ms, "
            + (f"{share:.1%} of the speed, " if run is not runs[0] else "")
            + f"temporaries {run.temporaries}, loss {run.losses[0]:.5f} to {run.losses[-1]:.5f} "
            f"in {len(run.losses)}, compiled in {run.seconds:.0f} s",
            flush=True,
        )


def _measure_decoding(config: ModelConfig, precision: str, steps: int) -> None:
    model = build(config, jnp.dtype(precision))
    params = init_params(config, 0)
    latent = jax.random.normal(jax.random.key(0), (64, 64, 1, config.latent_channels))
    decode = jax.jit(lambda params, latent: run_model(model, params, latent, method="decode"))
    (timing,) = _time_in_turns([lambda: decode(params, latent)], steps)
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


def _time_in_turns(calls: list[Callable[[], Any]], repetitions: int) -> list[Timing]:
    """Medians of several calls, taken in turns so that a drift of the machine meets them all."""
    alone: list[list[float]] = [[] for _ in calls]
    in_a_row: list[list[float]] = [[] for _ in calls]
    for _ in range(max(2, repetitions // IN_A_ROW)):
        for index, call in enumerate(calls):
            jax.block_until_ready(call())
            alone[index] += [_milliseconds(call, 1) for _ in range(IN_A_ROW)]
            in_a_row[index].append(_milliseconds(call, IN_A_ROW))
    medians = (map(statistics.median, times) for times in (alone, in_a_row))
    return [Timing(*timing) for timing in zip(*medians, strict=True)]


def _milliseconds(call: Callable[[], Any], count: int) -> float:
    started = time.perf_counter()
    for _ in range(count):
        result = call()
    jax.block_until_ready(result)
    return 1000 * (time.perf_counter() - started) / count


if __name__ == "__main__":
    sys.exit(main())
