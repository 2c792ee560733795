"""What encoders compute, a sample of the scene, by stage: all trials, and what the file took that came out.

  python -m benchmarks.encoder_cost FILE[:VARIABLE] ... [--rates BPPPB ...] [--codecs NAME ...]
      [--mirror ROWS COLS]

Prints a table of each codec and scene, and of the mean. Of each rate it has all that was computed, and what the
file itself took ("its own": without the trials that were thrown away), by stage and in all; of the universal
codec also what would fly (`FLYING`), the rest being done on the ground, and what if symbols came from a plain
dead zone. The last line is BTC-Net V2 as published, one convolution. --mirror makes a larger scene of each by
mirroring it, for how figures fall with size. `btcnet_jax.cost` says what an operation is. Minutes on one core.
"""

import argparse
from pathlib import Path

import numpy as np

from benchmarks.mirroring import mirrored
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


_Counts = tuple[dict[str, float], dict[str, float]]


def main() -> None:
    """Compress, count and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "scenes", nargs="+", help="files, each with its array's name where it has several"
    )
    parser.add_argument("--rates", type=float, nargs="+", default=[0.03, 0.1, 0.2], help="bpppb")
    parser.add_argument("--codecs", nargs="+", default=["universal-light", "klt-jpeg2000"])
    parser.add_argument("--mirror", type=int, nargs=2, metavar=("ROWS", "COLS"))
    arguments = parser.parse_args()
    for name in arguments.codecs:
        counted = []
        for word in arguments.scenes:
            scene = load_scene(word, arguments.mirror)
            counted.append({rate: _count(scene, name, rate) for rate in arguments.rates})
            shape = " x ".join(str(size) for size in scene.values.shape)
            _print(counted[-1], name, f"{name} on {scene.name}, {shape}")
        if len(counted) > 1:
            means = {rate: _mean([found[rate] for found in counted]) for rate in arguments.rates}
            _print(means, name, f"{name}, mean of {len(counted)} scenes")
    print(f"BTC-Net V2 as published: {encoder_macs_per_sample(ModelConfig()):.1f}, one convolution")


def load_scene(word: str, mirror: list[int] | None = None) -> Scene:
    """A file to measure on, with its array's name where it has several; mirrored where a size is given."""
    path, _, variable = word.partition(":")
    scene = load_benchmark_scene(Path(path), variable or None).scene
    return mirrored(scene, *mirror) if mirror else scene


def _mean(counted: list[_Counts]) -> _Counts:
    total, once = (
        {stage: np.mean([c.get(stage, 0.0) for c in part]) for stage in part[0]}
        for part in zip(*counted, strict=True)
    )
    return total, once


def _print(counted: dict[float, _Counts], name: str, title: str) -> None:
    rows: dict[str, dict[str, float | None]] = {str(stage): {} for stage in Stage}
    columns = [Column(key="of", name="operations a sample")]
    for rate, (total, once) in counted.items():
        trials, own = f"{rate:g}", f"{rate:g}, its own"
        columns += [Column(key=trials, name=trials, digits=1), Column(key=own, name=own, digits=1)]
        for stage in Stage:
            rows[stage] |= {trials: total.get(stage), own: once.get(stage)}
        sums: dict[str, float | None] = {trials: sum(total.values()), own: sum(once.values())}
        rows["all of it"] = rows.get("all of it", {}) | sums
        # JPEG 2000's own coder is not counted, so nothing can be said of what else would fly.
        if name.startswith("universal"):
            plain = once | _plain(once)
            rows["would fly"] = rows.get("would fly", {}) | {own: _flying(once)}
            rows["with a dead zone"] = rows.get("with a dead zone", {}) | {own: _flying(plain)}
    print_table([{"of": of} | figures for of, figures in rows.items()], columns, title=title)


def _flying(once: dict[str, float]) -> float:
    return sum(once.get(stage, 0.0) for stage in FLYING)


def _plain(once: dict[str, float]) -> dict[str, float]:
    """Quantization without its contexts: a unit, whether it fits, and a dead zone."""
    return {Stage.QUANTIZATION: (3 + DEAD_ZONE) * once[Stage.TRANSFORM] / BLOCK}


def _count(scene: Scene, name: str, rate: float) -> _Counts:
    tally = Tally()
    make_codecs([name])[0].compress(scene, Rate(rate, or_smallest=True), tally=tally)
    return tally.per_sample(scene.values.size)


if __name__ == "__main__":
    main()
