"""BD-PSNR and BD-rate as two columns of the summary, with what must be known of them."""

from btcnet_benchmark.report import numbers
from btcnet_benchmark.report.comparison import MeanDelta, mean_bd_psnr, mean_bd_rate
from btcnet_benchmark.report.results import Results
from btcnet_benchmark.report.table import Cell, mark_best

_STAR = "*"


def delta_columns(results: Results, notes: list[str]) -> list[list[Cell]]:
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
