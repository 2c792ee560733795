"""Rate-distortion curves: the mean over the scenes, and each scene."""

from collections.abc import Callable
from functools import partial
from operator import attrgetter

from btcnet_benchmark.report import numbers
from btcnet_benchmark.report.gallery import Gallery, Picture
from btcnet_benchmark.report.plots import Curve, Plot, draw
from btcnet_benchmark.report.results import Results, finite
from btcnet_benchmark.report.styles import CodecStyle
from btcnet_benchmark.sweep.measurement import Measurement

RATE = "Rate (bpppb)"
_FIGURES = {"psnr_db": ("PSNR", "PSNR (dB)"), "sam_deg": ("Spectral angle", "SAM (degrees)")}
_Styles = dict[str, CodecStyle]
_Points = Callable[[str], list[tuple[float, float]]]


def mean_pictures(results: Results, styles: _Styles, gallery: Gallery) -> list[Picture]:
    """PSNR and spectral angle over the rate, mean over the scenes."""
    pictures = []
    over = results.scenes[0] if len(results.scenes) == 1 else "mean over scenes"
    for name, (title, vertical) in _FIGURES.items():
        curves = rate_curves(results, styles, partial(mean_points, results, attrgetter(name)))
        if curves:
            plot = Plot(
                title=f"{title}, {over}",
                horizontal=RATE,
                vertical=vertical,
                curves=curves,
                ticks=results.targets,
            )
            alt = f"{title} against rate for {len(curves)} codecs, {over}."
            caption = _mean_leader(results, name)
            pictures.append(gallery.plot(draw(plot), f"mean {title}", alt=alt, caption=caption))
    return pictures


def scene_pictures(results: Results, styles: _Styles, gallery: Gallery) -> list[Picture]:
    """PSNR and spectral angle over the rate, a pair for each scene."""
    pictures = []
    for scene in results.scenes:
        for name, (title, vertical) in _FIGURES.items():
            curves = rate_curves(results, styles, partial(_points, results, name, scene))
            if curves:
                plot = Plot(
                    title=scene,
                    horizontal=RATE,
                    vertical=vertical,
                    curves=curves,
                    ticks=results.targets,
                )
                alt = f"{title} against rate for {len(curves)} codecs on {scene}."
                caption = _scene_leader(results, name, scene)
                figure = draw(plot)
                pictures.append(gallery.plot(figure, f"{title} {scene}", alt=alt, caption=caption))
    return pictures


def rate_curves(results: Results, styles: _Styles, points: _Points) -> list[Curve]:
    """A curve for each codec that has a point; `points` gives (rate, figure) of a codec."""
    found = {codec: points(codec) for codec in results.codecs}
    return [
        Curve(codec=styles[codec], x=[x for x, _ in pairs], y=[y for _, y in pairs])
        for codec, pairs in found.items()
        if pairs
    ]


def mean_points(
    results: Results, of: Callable[[Measurement], float | None], codec: str
) -> list[tuple[float, float]]:
    """Mean rate and mean figure of a codec at each target.

    A mean over fewer scenes than that of another target would bend the curve: it is left out.
    """
    targets = results.targets if results.has_curve(codec) else [None]
    means = [
        (results.mean(codec, target, attrgetter("bpppb")), results.mean(codec, target, of))
        for target in targets
    ]
    most = max((scenes for _, (_, scenes) in means), default=0)
    return [
        (bpppb, figure)
        for (bpppb, _), (figure, scenes) in means
        if bpppb is not None and figure is not None and scenes == most
    ]


def _points(results: Results, name: str, scene: str, codec: str) -> list[tuple[float, float]]:
    pairs = [(m.bpppb, getattr(m, name)) for m in results.of(scene, codec)]
    return [(x, y) for x, y in pairs if x is not None and len(finite([x, y])) == 2]


def _mean_leader(results: Results, name: str) -> str:
    target = results.picture_target
    means = {codec: results.mean(codec, target, attrgetter(name)) for codec in results.curved}
    most = max((scenes for _, scenes in means.values()), default=0)
    values = {codec: mean for codec, (mean, scenes) in means.items() if scenes == most}
    return _leader(results, name, values)


def _scene_leader(results: Results, name: str, scene: str) -> str:
    found = {codec: results.at(scene, codec, results.picture_target) for codec in results.curved}
    values = {codec: getattr(m, name) for codec, m in found.items() if m is not None}
    return _leader(results, name, values)


def _leader(results: Results, name: str, values: dict[str, float | None]) -> str:
    """Which codec is ahead at the rate of the pictures, and what the next one has."""
    known = {codec: value for codec, value in values.items() if value and finite([value])}
    unit, digits = (" dB", 2) if name == "psnr_db" else ("°", 3)
    ranked = sorted(known.items(), key=lambda pair: pair[1], reverse=name == "psnr_db")
    if not ranked:
        return ""
    parts = [f"{codec} has {numbers.fixed(value, digits)}{unit}" for codec, value in ranked[:2]]
    words = ", the next best ".join(parts)
    return f"With {numbers.target(results.picture_target)} bpppb asked for, {words}."
