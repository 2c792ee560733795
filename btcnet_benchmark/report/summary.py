"""Each codec in one row, for the page, the terminal and a file: quality, against the anchor, and cost."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from btcnet_benchmark.report import numbers
from btcnet_benchmark.report.results import (
    MeanDelta,
    Results,
    anchor_psnr,
    mean_bd_psnr,
    mean_bd_rate,
    mean_of,
    meets_target,
)
from btcnet_benchmark.report.styles import CodecStyle
from btcnet_benchmark.report.tables import Cell, Table, codec_cell, mark_best
from btcnet_benchmark.sweep.measurement import Measurement

_Styles = dict[str, CodecStyle]
_STAR = "*"


def psnr_table(results: Results, styles: _Styles) -> Table:
    """Mean PSNR of each codec at each target, and BD-PSNR and BD-rate against the anchor."""
    notes: list[str] = []
    columns = [_mean_column(results, target, "psnr_db", 2, notes) for target in results.targets]
    columns += _delta_columns(results, notes)
    head = [f"{numbers.target(target)} bpppb" for target in results.targets]
    caption = (
        f"Mean PSNR in dB over {_scenes(results)} at each rate asked for; against {results.anchor}"
    )
    return _table(results, styles, caption, [*head, "BD-PSNR (dB)", "BD-rate (%)"], columns, notes)


def cost_table(results: Results, styles: _Styles) -> Table:
    """Mean spectral angle of each codec at each target, its times and its operations."""
    notes: list[str] = []
    columns = [_mean_column(results, target, "sam_deg", 3, notes) for target in results.targets]
    columns += [
        _cost_column(results, "encode_seconds", numbers.seconds),
        _cost_column(results, "decode_seconds", numbers.seconds),
        _cost_column(results, "multiply_adds", numbers.count),
        _cost_column(results, "multiply_adds_once", numbers.count),
    ]
    head = [f"{numbers.target(target)} bpppb" for target in results.targets]
    head += ["Encode (s)", "Decode (s)", "Operations a sample", "The file's own"]
    notes.append("Times are of all rates together; encoding includes the search for the rate.")
    notes.append(
        "Operations are the encoder's, all trials; the file's own are without those thrown away."
    )
    caption = f"Mean spectral angle in degrees over {_scenes(results)}, and cost"
    return _table(results, styles, caption, head, columns, notes)


def _table(
    results: Results,
    styles: _Styles,
    caption: str,
    head: list[str],
    columns: list[list[Cell]],
    notes: list[str],
) -> Table:
    names = [codec_cell(styles[codec]) for codec in results.curved]
    rows = [list(row) for row in zip(names, *columns, strict=True)]
    return Table(
        caption=caption, head=["Codec", *head], rows=rows, notes=list(dict.fromkeys(notes))
    )


def _scenes(results: Results) -> str:
    return "1 scene" if len(results.scenes) == 1 else f"{len(results.scenes)} scenes"


def _mean_column(
    results: Results, target: float, name: str, digits: int, notes: list[str]
) -> list[Cell]:
    """A figure at one target; what is no fair comparison is marked and never the best."""
    means = [results.mean(codec, target, attrgetter(name)) for codec in results.curved]
    most = max(scenes for _, scenes in means)
    cells, fair = [], []
    for codec, (value, scenes) in zip(results.curved, means, strict=True):
        marks = _marks(results, codec, target, scenes < most, notes) if value is not None else ""
        cells.append(Cell(text=numbers.fixed(value, digits) + marks))
        fair.append(None if marks else value)
    mark_best(cells, fair, greatest=name == "psnr_db")
    return cells


def _marks(results: Results, codec: str, target: float, has_fewer: bool, notes: list[str]) -> str:
    found = [results.at(scene, codec, target) for scene in results.scenes]
    marks = ""
    if has_fewer:
        marks += "†"
        notes.append("† Mean over fewer scenes than others have: not to be compared.")
    if not all(m is None or meets_target(m) for m in found):
        marks += "‡"
        notes.append("‡ Of some scene the codec has no file that small; its file is larger.")
    return marks


def _cost_column(results: Results, name: str, show: Callable[[float | None], str]) -> list[Cell]:
    means = [
        mean_of([getattr(m, name) for scene in results.scenes for m in results.of(scene, codec)])
        for codec in results.curved
    ]
    cells = [Cell(text=show(mean)) for mean in means]
    mark_best(cells, means, greatest=False)
    return cells


def _delta_columns(results: Results, notes: list[str]) -> list[list[Cell]]:
    """Both columns, a cell for each codec that has a curve; `notes` gets their footnotes.

    A difference over a part of what the curves span, or of the scenes, has a star.
    """
    psnr = {codec: mean_bd_psnr(results, codec) for codec in results.curved}
    rate = {codec: mean_bd_rate(results, codec) for codec in results.curved}
    for codec in results.curved:
        if codec != results.anchor:
            notes += _notes(codec, psnr[codec], rate[codec])
    return [
        _column(results, psnr, digits=2, greatest=True),
        _column(results, rate, digits=1, greatest=False),
    ]


def _column(
    results: Results, deltas: dict[str, MeanDelta], *, digits: int, greatest: bool
) -> list[Cell]:
    cells, values = [], []
    for codec, delta in deltas.items():
        is_anchor = codec == results.anchor
        # The anchor is zero from itself: where all others lose against it, it is the best.
        values.append(0.0 if is_anchor else delta.value)
        cells.append(Cell(text="anchor") if is_anchor else _cell(delta, digits))
    mark_best(cells, values, greatest=greatest)
    return cells


def _cell(delta: MeanDelta, digits: int) -> Cell:
    if delta.value is None:
        return Cell(text=numbers.NONE, hint=delta.why_undefined or "")
    star = _STAR if delta.is_partial else ""
    return Cell(text=numbers.fixed(delta.value, digits, sign=True) + star)


def _notes(codec: str, psnr: MeanDelta, rate: MeanDelta) -> list[str]:
    notes = []
    if psnr.value is None or rate.value is None:
        why = psnr.why_undefined or rate.why_undefined
        notes.append(f"{numbers.NONE} {codec}: undefined where {why}.")
    parts = [
        f"{name} over {_part(delta, of)}"
        for name, delta, of in (("BD-PSNR", psnr, "rates"), ("BD-rate", rate, "PSNR"))
        if delta.value is not None and delta.is_partial
    ]
    if parts:
        notes.append(f"{_STAR} {codec}: {'; '.join(parts)} that its curve and the anchor's span.")
    return notes


def _part(delta: MeanDelta, of: str) -> str:
    share = f"{100 * delta.coverage:.0f} % of the {of}"
    if delta.scenes == delta.of_scenes:
        return share
    return f"{delta.scenes} of {delta.of_scenes} scenes and {share}"


def summary_rows(measurements: Sequence[Measurement], anchor: str) -> list[dict[str, Any]]:
    """A row a codec, in the order of the measurements.

    Args:
        measurements: at least one, and one of the anchor.
        anchor: name of the codec that the others are compared with.

    Returns:
        `codec`; for one with a curve `bd_psnr_db` and `bd_rate_percent`, means over scenes, with
        `coverage`, the share (0 to 1) of the rates that BD-PSNR is over; for one of a fixed rate
        `bpppb` and `psnr_db`, means over scenes, and `above_anchor_db`, the mean difference on the
        scenes where the anchor's points reach that rate. What does not apply is None.

    Raises:
        DataError: no measurement, or none of the anchor.
    """
    results = Results(measurements, anchor=anchor, picture_bpppb=1.0)
    return [
        {"codec": codec}
        | (_curve(results, codec) if results.has_curve(codec) else _point(results, codec))
        for codec in results.codecs
    ]


def _curve(results: Results, codec: str) -> dict[str, Any]:
    if codec == results.anchor:
        return _row()
    psnr, rate = mean_bd_psnr(results, codec), mean_bd_rate(results, codec)
    return _row(bd_psnr_db=psnr.value, bd_rate_percent=rate.value, coverage=psnr.coverage)


def _point(results: Results, codec: str) -> dict[str, Any]:
    found = [one for scene in results.scenes for one in results.of(scene, codec)]
    above = []
    for one in found:
        theirs = None if one.bpppb is None else anchor_psnr(results, one.scene, one.bpppb)
        if theirs is not None and one.psnr_db is not None:
            above.append(one.psnr_db - theirs)
    return _row(
        bpppb=mean_of([one.bpppb for one in found]),
        psnr_db=mean_of([one.psnr_db for one in found]),
        above_anchor_db=mean_of(above),
    )


def _row(**known: float | None) -> dict[str, float | None]:
    names = ("bd_psnr_db", "bd_rate_percent", "coverage", "bpppb", "psnr_db", "above_anchor_db")
    return {name: known.get(name) for name in names}
