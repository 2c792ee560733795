"""All scenes through all codecs at all rates and bounds; what is there already is not measured again."""

from collections.abc import Sequence
from pathlib import Path

from btcnet_benchmark.codecs.interface import Peer, takes
from btcnet_benchmark.sweep.measure import made_of, measure
from btcnet_benchmark.sweep.measurement import Measurement
from btcnet_benchmark.sweep.results import ResultFolder
from btcnet_benchmark.sweep.scenes import BenchmarkScene, load_benchmark_scene
from btcnet_jax.codec.target import Bound, Rate
from btcnet_jax.progress import Progress


def asked_of(
    codec: Peer, rates: Sequence[float], bounds: Sequence[float]
) -> list[tuple[float | None, float | None]]:
    """Rate and bound of each measurement of a codec: of those that it takes, one of the two."""
    asked: list[tuple[float | None, float | None]] = []
    if rates and takes(codec, Rate(max(rates), or_smallest=True)):
        asked += [(None, None)] if codec.fixed_rate else [(rate, None) for rate in rates]
    if bounds and takes(codec, Bound(max(bounds))):
        asked += [(None, bound) for bound in bounds]
    return asked


def run_sweep(
    paths: Sequence[Path],
    codecs: Sequence[Peer],
    targets: Sequence[float],
    results: ResultFolder,
    *,
    bounds: Sequence[float] = (),
    variable: str | None = None,
    axes: str | None = None,
    keep_bad: bool = False,
    progress: Progress = lambda done, total: None,
) -> list[Measurement]:
    """Measures whatever the folder does not hold yet, one scene in memory at a time.

    Args:
        paths: scene files.
        codecs: of different names.
        targets: rates in bits per pixel per band; a codec of one fixed rate is measured once, one that
            takes no rate not at all.
        results: where every measurement is kept as soon as it is made.
        bounds: greatest errors in each scene's unit, for the codecs that keep one.
        variable: name of the array, for scene files that hold several.
        axes, keep_bad: of `load_benchmark_scene`.
        progress: called with measurements done and measurements in all.

    Returns:
        All measurements, by scene, codec, rate and bound in the order given.

    Raises:
        DataError: a scene cannot be read.
        BtcnetError: results cannot be written.
    """
    asked = {codec.name: asked_of(codec, targets, bounds) for codec in codecs}
    total = len(paths) * sum(map(len, asked.values()))
    measurements: list[Measurement] = []
    for path in paths:
        scene = load_benchmark_scene(path, variable, axes, keep_bad=keep_bad)
        for codec in codecs:
            for rate, bound in asked[codec.name]:
                progress(len(measurements), total)
                measurements.append(_measured(scene, codec, rate, bound, results))
    progress(total, total)
    return measurements


def _measured(
    scene: BenchmarkScene,
    codec: Peer,
    rate: float | None,
    bound: float | None,
    results: ResultFolder,
) -> Measurement:
    known = results.find((scene.name, codec.name, rate, bound), made_of(scene, codec))
    if known is not None:
        return known
    measurement, data = measure(scene, codec, rate, bound)
    results.add(measurement, data)
    return measurement
