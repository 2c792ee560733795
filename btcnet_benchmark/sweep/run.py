"""All scenes through all codecs at all rates; what is there already is not measured again."""

from collections.abc import Sequence
from pathlib import Path

from btcnet_benchmark.codecs.interface import Peer
from btcnet_benchmark.sweep.measure import made_of, measure
from btcnet_benchmark.sweep.measurement import Measurement
from btcnet_benchmark.sweep.results import ResultFolder
from btcnet_benchmark.sweep.scenes import BenchmarkScene, load_benchmark_scene
from btcnet_jax.progress import Progress


def run_sweep(
    paths: Sequence[Path],
    codecs: Sequence[Peer],
    targets: Sequence[float],
    results: ResultFolder,
    *,
    variable: str | None = None,
    axes: str | None = None,
    keep_bad: bool = False,
    progress: Progress = lambda done, total: None,
) -> list[Measurement]:
    """Measures whatever the folder does not hold yet, one scene in memory at a time.

    Args:
        paths: scene files.
        codecs: of different names.
        targets: rates in bits per pixel per band; a codec of one fixed rate is measured once.
        results: where every measurement is kept as soon as it is made.
        variable: name of the array, for scene files that hold several.
        axes, keep_bad: of `load_benchmark_scene`.
        progress: called with measurements done and measurements in all.

    Returns:
        All measurements, by scene, codec and rate in the order given.

    Raises:
        DataError: a scene cannot be read.
        BtcnetError: results cannot be written.
    """
    rates = {codec.name: [None] if codec.fixed_rate else list(targets) for codec in codecs}
    total = len(paths) * sum(map(len, rates.values()))
    measurements: list[Measurement] = []
    for path in paths:
        scene = load_benchmark_scene(path, variable, axes, keep_bad=keep_bad)
        for codec in codecs:
            for target in rates[codec.name]:
                progress(len(measurements), total)
                measurements.append(_measured(scene, codec, target, results))
    progress(total, total)
    return measurements


def _measured(
    scene: BenchmarkScene, codec: Peer, target: float | None, results: ResultFolder
) -> Measurement:
    known = results.find((scene.name, codec.name, target), made_of(scene, codec))
    if known is not None:
        return known
    measurement, data = measure(scene, codec, target)
    results.add(measurement, data)
    return measurement
