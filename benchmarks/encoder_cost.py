"""What encoders compute, a sample of the scene, by stage: all trials, and what the file took that came out.

  python -m benchmarks.encoder_cost FILE[:VARIABLE] ... [--rates BPPPB ...] [--codecs NAME ...]
      [--mirror ROWS COLS]

Prints a table of each scene and codec, a column for each rate: every stage, their sum, their sum without the
trials that were thrown away, and what would fly (`FLYING`), the rest being done on the ground. The last line
is BTC-Net V2 as published, one convolution. --mirror makes a larger scene of each by mirroring it, for how
figures fall with size. `btcnet_jax.cost` says what an operation is. Minutes on one CPU core.
"""

import argparse
from pathlib import Path

import numpy as np

from btcnet_benchmark.codecs.registry import make_codecs
from btcnet_benchmark.sweep.scenes import load_benchmark_scene
from btcnet_jax.codec import Rate
from btcnet_jax.config import ModelConfig
from btcnet_jax.cost import DEAD_ZONE, Stage, Tally
from btcnet_jax.models.btcnet import encoder_macs_per_sample
from btcnet_jax.parts.block_transform import BLOCK
from btcnet_jax.scene.scene import Scene
from btcnet_jax.tables import Column, print_table

FLYING = (Stage.READING, Stage.PROJECTION, Stage.TRANSFORM, Stage.QUANTIZATION, Stage.CODING)
"""Stages of an encoder that gets band weights, transform and step from an earlier scene, by way of the ground.
What such a file loses in quality has not been measured."""


def main() -> None:
    """Compress, count and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "scenes", nargs="+", help="files, each with its array's name where it has several"
    )
    parser.add_argument("--rates", type=float, nargs="+", default=[0.03, 0.1, 0.2], help="bpppb")
    parser.add_argument("--codecs", nargs="+", default=["universal", "klt-jpeg2000"])
    parser.add_argument("--mirror", type=int, nargs=2, metavar=("ROWS", "COLS"))
    arguments = parser.parse_args()
    for word in arguments.scenes:
        path, _, variable = word.partition(":")
        scene = load_benchmark_scene(Path(path), variable or None).scene
        if arguments.mirror:
            scene = _mirrored(scene, *arguments.mirror)
        for name in arguments.codecs:
            _print_stages(scene, name, arguments.rates)
    print(f"BTC-Net V2 as published: {encoder_macs_per_sample(ModelConfig()):.1f}, one convolution")


def _mirrored(scene: Scene, rows: int, cols: int) -> Scene:
    """The scene and its mirror images in turn, up to a size."""
    more = [
        (0, max(size - known, 0))
        for size, known in zip((rows, cols), scene.values.shape[:2], strict=True)
    ]
    return Scene(
        name=f"{scene.name}, mirrored", values=np.pad(scene.values, (*more, (0, 0)), "symmetric")
    )


def _print_stages(scene: Scene, name: str, rates: list[float]) -> None:
    counted = {rate: _count(scene, name, rate) for rate in rates}
    rows = [
        {"stage": str(stage)}
        | {f"{rate:g}": total.get(stage) for rate, (total, _) in counted.items()}
        for stage in Stage
    ]
    sums = {
        "all of it": lambda total, _: sum(total.values()),
        "without trials thrown away": lambda _, once: sum(once.values()),
        "would fly": lambda _, once: _flying(once),
    }
    if name.startswith("universal"):
        sums["would fly, plain dead zone"] = lambda _, once: _flying(once | _plain(once))
    for title, figure in sums.items():
        rows.append(
            {"stage": title} | {f"{rate:g}": figure(*both) for rate, both in counted.items()}
        )
    columns = [Column(key="stage", name="operations a sample")]
    columns += [Column(key=f"{rate:g}", name=f"{rate:g}", unit="bpppb", digits=1) for rate in rates]
    shape = " x ".join(str(size) for size in scene.values.shape)
    print_table(rows, columns, title=f"{name} on {scene.name}, {shape}")


def _flying(once: dict[str, float]) -> float:
    return sum(once.get(stage, 0.0) for stage in FLYING)


def _plain(once: dict[str, float]) -> dict[str, float]:
    """Quantization without its contexts: a unit, whether it fits, and a dead zone."""
    return {Stage.QUANTIZATION: (3 + DEAD_ZONE) * once[Stage.TRANSFORM] / BLOCK}


def _count(scene: Scene, name: str, rate: float) -> tuple[dict[str, float], dict[str, float]]:
    tally = Tally()
    make_codecs([name])[0].compress(scene, Rate(rate, or_smallest=True), tally=tally)
    return tally.per_sample(scene.values.size)


if __name__ == "__main__":
    main()
