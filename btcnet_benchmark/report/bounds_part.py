"""The part of the page on bounds of the error: what each codec's files take under each bound."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from btcnet_benchmark.report import numbers
from btcnet_benchmark.report.gallery import Gallery, Picture
from btcnet_benchmark.report.plots import Curve, Plot, draw
from btcnet_benchmark.report.results import mean_of
from btcnet_benchmark.report.styles import CodecStyle
from btcnet_benchmark.report.tables import Cell, Table, codec_cell, mark_best, words
from btcnet_benchmark.sweep.measurement import Measurement

_Styles = dict[str, CodecStyle]
_DIGITS = 3
_SOUGHT = "§"
_SOUGHT_NOTE = (
    "§ The codec promises no bound, or one far from what it keeps: the coarsest setting was sought whose "
    "greatest error is within this one."
)
_FEWER_NOTE = "† Mean over fewer scenes than others have: not to be compared."
_DETAILS = (
    *("Codec", "Bound", "Bytes", "bpppb", "Greatest error", "RMSE", "PSNR (dB)"),
    *("Encode (s)", "Decode (s)"),
)
# Where a bound of zero stands on a logarithmic axis: a fourth of the least other.
_BELOW = 4.0


class BoundResults:
    """Measurements under bounds, by scene, codec and bound.

    Args:
        measurements: at least one, all of a bound; of two of the same the later counts.

    Attributes:
        scenes, codecs: names, in the order they first appear in.
        bounds: asked for, rising.
    """

    def __init__(self, measurements: Sequence[Measurement]) -> None:
        self._by_key = {(m.scene, m.codec, m.target_error): m for m in measurements}
        self.scenes = list(dict.fromkeys(m.scene for m in measurements))
        self.codecs = list(dict.fromkeys(m.codec for m in measurements))
        self.bounds = sorted({m.target_error for m in measurements if m.target_error is not None})

    def at(self, scene: str, codec: str, bound: float) -> Measurement | None:
        """The measurement, failed or not; None where there is none."""
        return self._by_key.get((scene, codec, bound))

    def rate(self, scene: str, codec: str, bound: float) -> float | None:
        """What the file takes, in bpppb; None where there is none."""
        found = self.at(scene, codec, bound)
        return None if found is None else found.bpppb

    def mean(self, codec: str, bound: float) -> tuple[float | None, int]:
        """The mean over scenes that have a file, and how many these are."""
        rates = [self.rate(scene, codec, bound) for scene in self.scenes]
        return mean_of(rates), sum(rate is not None for rate in rates)

    def sought(self, codec: str) -> bool:
        """Whether the codec's settings were sought."""
        return any(m.bound_sought for key, m in self._by_key.items() if key[1] == codec)


@dataclass(frozen=True, kw_only=True)
class BoundsPart:
    """What the page says of bounds.

    Attributes:
        tables: bpppb at each bound: the mean over scenes, where there are several, and each scene.
        plots: the same.
        details: every measurement of a scene.
    """

    tables: list[Table]
    plots: list[Picture]
    details: list[Table]


def bounds_part(
    measurements: Sequence[Measurement], styles: _Styles, gallery: Gallery
) -> BoundsPart | None:
    """The part on bounds; None where no bound was asked for."""
    if not measurements:
        return None
    results = BoundResults(measurements)
    scenes: list[str | None] = [*results.scenes]
    views = [None, *scenes] if len(scenes) > 1 else scenes
    plots = [_plot(results, scene, styles, gallery) for scene in views]
    return BoundsPart(
        tables=[_table(results, scene, styles) for scene in views],
        plots=[plot for plot in plots if plot is not None],
        details=[_details(results, scene, styles) for scene in results.scenes],
    )


def bound_rows(measurements: Sequence[Measurement]) -> list[dict[str, Any]]:
    """A row for each scene and codec: `scene`, `codec`, and bpppb under `bound E`, None without a file."""
    if not measurements:
        return []
    results = BoundResults(measurements)
    return [
        {"scene": scene, "codec": codec}
        | {f"bound {bound:g}": results.rate(scene, codec, bound) for bound in results.bounds}
        for scene in results.scenes
        for codec in results.codecs
    ]


def _over(results: BoundResults, scene: str | None) -> str:
    return f"mean over {len(results.scenes)} scenes" if scene is None else scene


def _table(results: BoundResults, scene: str | None, styles: _Styles) -> Table:
    notes: list[str] = []
    columns = [_column(results, scene, bound, notes) for bound in results.bounds]
    names = [codec_cell(styles[codec]) for codec in results.codecs]
    for codec, cell in zip(results.codecs, names, strict=True):
        if results.sought(codec):
            cell.text += f" {_SOUGHT}"
            notes.append(_SOUGHT_NOTE)
    rows = [list(row) for row in zip(names, *columns, strict=True)]
    head = ["Codec", *(_bound_words(bound) for bound in results.bounds)]
    caption = f"bpppb by the greatest error that any valid sample may have, {_over(results, scene)}"
    return Table(caption=caption, head=head, rows=rows, notes=list(dict.fromkeys(notes)))


def _bound_words(bound: float) -> str:
    return "0 (lossless)" if bound == 0 else f"{bound:g}"


def _column(results: BoundResults, scene: str | None, bound: float, notes: list[str]) -> list[Cell]:
    if scene is not None:
        found = [results.at(scene, codec, bound) for codec in results.codecs]
        rates = [None if m is None else m.bpppb for m in found]
        hints = [(m.failed or "") if m is not None else "" for m in found]
        cells = [
            Cell(text=numbers.fixed(rate, _DIGITS), hint=hint)
            for rate, hint in zip(rates, hints, strict=True)
        ]
        mark_best(cells, rates, greatest=False)
        return cells
    means = [results.mean(codec, bound) for codec in results.codecs]
    most = max(count for _, count in means)
    fewer = [count < most and mean is not None for mean, count in means]
    if any(fewer):
        notes.append(_FEWER_NOTE)
    cells = [
        Cell(text=numbers.fixed(mean, _DIGITS) + ("†" if less else ""))
        for (mean, _), less in zip(means, fewer, strict=True)
    ]
    fair = [None if less else mean for (mean, _), less in zip(means, fewer, strict=True)]
    mark_best(cells, fair, greatest=False)
    return cells


def _plot(
    results: BoundResults, scene: str | None, styles: _Styles, gallery: Gallery
) -> Picture | None:
    above = [bound for bound in results.bounds if bound > 0]
    zero = min(above, default=1.0) / _BELOW
    places = {bound: bound or zero for bound in results.bounds}
    most = len(results.scenes)
    curves = []
    for codec in results.codecs:
        points = [
            (places[bound], rate)
            for bound in results.bounds
            if (rate := _point(results, scene, codec, bound, most))
        ]
        if points:
            x, y = zip(*points, strict=True)
            curves.append(Curve(codec=styles[codec], x=x, y=y))
    if not curves:
        return None
    over = _over(results, scene)
    plot = Plot(
        title=f"Rate against bound, {over}",
        horizontal="Greatest error of any sample (0: lossless)",
        vertical="Rate (bpppb)",
        curves=curves,
        log_y=True,
        ticks=list(places.values()),
        tick_names={place: f"{bound:g}" for bound, place in places.items()},
    )
    alt = f"Rate against the bound of the error for {len(curves)} codecs, {over}."
    return gallery.plot(draw(plot), f"bounds {over}", alt=alt)


def _point(
    results: BoundResults, scene: str | None, codec: str, bound: float, most: int
) -> float | None:
    """The rate; of means those over all scenes only, for others would bend the curve."""
    if scene is not None:
        return results.rate(scene, codec, bound)
    mean, count = results.mean(codec, bound)
    return mean if count == most else None


def _details(results: BoundResults, scene: str, styles: _Styles) -> Table:
    found = [
        m
        for codec in results.codecs
        for bound in results.bounds
        if (m := results.at(scene, codec, bound)) is not None
    ]
    rows = [_row(m, styles[m.codec]) for m in found]
    caption = f"{scene}: {numbers.size(found[0])}" if found else scene
    return Table(caption=caption, head=[*_DETAILS], rows=rows)


def _row(m: Measurement, style: CodecStyle) -> list[Cell]:
    asked = Cell(text=f"{m.target_error:g}")
    if m.failed is not None:
        failure = words(f"failed: {m.failed}")
        failure.span = len(_DETAILS) - 2
        return [codec_cell(style), asked, failure]
    texts = [
        numbers.fixed(m.file_bytes, 0),
        numbers.rate(m.bpppb),
        numbers.significant(m.max_error, 4),
        numbers.significant(m.rmse, 4),
        numbers.psnr(m),
        numbers.seconds(m.encode_seconds),
        numbers.seconds(m.decode_seconds),
    ]
    return [codec_cell(style), asked, *(Cell(text=text) for text in texts)]
