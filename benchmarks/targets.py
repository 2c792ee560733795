"""How near files come to what is asked for, in how many trials: rates and qualities.

  python -m benchmarks.targets FILE[:VARIABLE] ... [--psnr DB ...] [--sam DEGREES ...] [--rates BPPPB ...]

A line each. Of a rate: the share of its bytes that the file takes, trials, and all that was computed over what
the file itself took (`btcnet_jax.cost`). Of a quality: trials, how much finer the step is than the best one,
which the same search finds when it goes on until two trials are 0.1 % apart, and how much larger the file.
"""

import argparse

from benchmarks.encoder_cost import load_scene
from btcnet_jax.codec import Codec, Psnr, Rate, Sam, load, step_search
from btcnet_jax.codec.step_finding import Precision
from btcnet_jax.codec.target import QualityTarget
from btcnet_jax.codec.trials import Trial
from btcnet_jax.cost import Tally
from btcnet_jax.scene import Scene

_FINE = 0.001


def main() -> None:
    """Compress and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenes", nargs="+", help="files, each with its array's name where needed")
    parser.add_argument("--psnr", type=float, nargs="*", default=[40.0, 45.0, 50.0])
    parser.add_argument("--sam", type=float, nargs="*", default=[1.0, 0.4])
    parser.add_argument("--rates", type=float, nargs="*", default=[0.03, 0.1, 0.3])
    parser.add_argument("--effort", default="full")
    arguments = parser.parse_args()
    codec = load(effort=arguments.effort)
    targets: list[QualityTarget] = [*map(Psnr, arguments.psnr), *map(Sam, arguments.sam)]
    for word in arguments.scenes:
        scene = load_scene(word)
        for rate in arguments.rates:
            print(scene.name, _of_rate(codec, scene, rate), sep=": ", flush=True)
        for target in targets:
            print(scene.name, _of_quality(codec, scene, target), sep=": ", flush=True)


def _of_rate(codec: Codec, scene: Scene, rate: float) -> str:
    trials, tally = list[Trial](), Tally()
    target = Rate(rate, or_smallest=True)
    size = len(codec.compress(scene, target, tally=tally, told=trials.append))
    share = size / target.file_bytes(scene.values.size)
    computed = sum(tally.total.values()) / sum(tally.once.values())
    return f"{rate:g} bpppb, {100 * share:.2f} %, {len(trials)} trials, {computed:.2f} times"


def _of_quality(codec: Codec, scene: Scene, target: QualityTarget) -> str:
    taken, count = _best(codec, scene, target)
    usual = step_search.QUALITY_PRECISION
    step_search.QUALITY_PRECISION = Precision(40, _FINE / 2, _FINE, 0.0, _FINE, of_steps=True)
    try:
        best, _ = _best(codec, scene, target)
    finally:
        step_search.QUALITY_PRECISION = usual
    assert taken.step is not None, "of the universal codec"
    assert best.step is not None, "likewise"
    off, larger = best.step / taken.step - 1, taken.file_bytes / best.file_bytes - 1
    return (
        f"{target}, {count} trials, step {100 * off:.2f} % finer, file {100 * larger:.2f} % larger"
    )


def _best(codec: Codec, scene: Scene, target: QualityTarget) -> tuple[Trial, int]:
    trials = list[Trial]()
    codec.compress(scene, target, told=trials.append)
    meeting = [trial for trial in trials if trial.quality and target.margin(trial.quality) >= 0]
    least = min(meeting, key=lambda trial: target.margin(trial.quality) if trial.quality else 0.0)
    return least, len(trials)


if __name__ == "__main__":
    main()
