"""Tables as the page's template takes them: every measurement, and the codecs of one fixed rate."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from btcnet_benchmark.report import numbers
from btcnet_benchmark.report.results import (
    Results,
    anchor_psnr,
    finite,
    is_exact,
    mean_of,
    meets_target,
)
from btcnet_benchmark.report.styles import CodecStyle
from btcnet_benchmark.sweep.measurement import Measurement

_MEASURED = (
    *("Codec", "Target", "Bytes", "bpppb", "PSNR (dB)", "PSNR of type (dB)", "SAM (°)"),
    *("SSIM", "RMSE", "Max error", "Encode (s)", "Decode (s)"),
)
_PSNR_AT = _MEASURED.index("PSNR (dB)")
_FIXED = (
    *("Codec", "Scene", "bpppb", "PSNR (dB)", "Anchor at this rate (dB)", "Difference (dB)"),
    *("SAM (°)", "Encode (s)", "Decode (s)", "Operations a sample", "The file's own"),
)
_Figures = tuple[float | None, ...]


@dataclass(kw_only=True)
class Cell:
    """What stands in one place of a table.

    Attributes:
        text: as shown.
        best: shown in bold.
        hint: a remark shown when pointed at; empty for none.
        words: set as words, to the left; numbers stand to the right.
        span: columns that it takes.
        codec: the codec whose mark stands before the text; None for no mark.
    """

    text: str
    best: bool = False
    hint: str = ""
    words: bool = False
    span: int = 1
    codec: CodecStyle | None = None


@dataclass(kw_only=True)
class Table:
    """A table with a line of column heads.

    Attributes:
        caption: what it shows.
        head: column heads.
        rows: cells, as many a row as there are heads, spans counted.
        notes: footnotes below.
    """

    caption: str
    head: list[str]
    rows: list[list[Cell]]
    notes: list[str] = field(default_factory=list)

    def has_words(self, column: int) -> bool:
        """Whether a column holds words, so that its head stands to the left."""
        whole = [row for row in self.rows if len(row) == len(self.head)]
        return bool(whole) and whole[0][column].words


def words(text: str) -> Cell:
    """A cell of words."""
    return Cell(text=text, words=True)


def codec_cell(style: CodecStyle) -> Cell:
    """The name of a codec with its mark."""
    return Cell(text=style.name, words=True, codec=style)


def mark_best(cells: Sequence[Cell], values: Sequence[float | None], *, greatest: bool) -> None:
    """Set the best of some cells in bold, all that read alike; where all do, none is best.

    Args:
        cells: what to mark.
        values: their figures; None takes no part.
        greatest: whether the greatest or the least is best.
    """
    known = [(value, cell) for cell, value in zip(cells, values, strict=True) if value is not None]
    if len({cell.text for _, cell in known}) < 2:
        return
    pick = max if greatest else min
    best = pick(known, key=lambda pair: pair[0])[1]
    for _, cell in known:
        cell.best = cell.text == best.text


def measurement_tables(results: Results, styles: dict[str, CodecStyle]) -> list[Table]:
    """A table for each scene, with the best PSNR of each target in bold."""
    return [_scene_table(results, scene, styles) for scene in results.scenes]


def _scene_table(results: Results, scene: str, styles: dict[str, CodecStyle]) -> Table:
    found = [m for m in results.all if m.scene == scene]
    rows = [_row(m, styles[m.codec]) for m in found]
    for target in results.targets:
        alike = [
            (row[_PSNR_AT], math.inf if is_exact(m) else m.psnr_db)
            for row, m in zip(rows, found, strict=True)
            if m.target_bpppb == target and m.failed is None and meets_target(m)
        ]
        mark_best([cell for cell, _ in alike], [psnr for _, psnr in alike], greatest=True)
    caption = f"{scene}: {numbers.size(found[0])}"
    return Table(caption=caption, head=[*_MEASURED], rows=rows)


def _row(measurement: Measurement, style: CodecStyle) -> list[Cell]:
    asked = Cell(text=numbers.target(measurement.target_bpppb))
    if measurement.failed is not None:
        room = len(_MEASURED) - 2
        failure = Cell(text=f"failed: {measurement.failed}", words=True, span=room)
        return [codec_cell(style), asked, failure]
    return [codec_cell(style), asked, *(Cell(text=text) for text in _texts(measurement))]


def _texts(m: Measurement) -> list[str]:
    return [
        numbers.fixed(m.file_bytes, 0),
        numbers.rate(m.bpppb),
        numbers.psnr(m),
        numbers.fixed(m.psnr_range_db, 2),
        numbers.fixed(m.sam_deg, 3),
        numbers.fixed(m.ssim, 4),
        numbers.significant(m.rmse, 4),
        numbers.significant(m.max_error, 4),
        numbers.seconds(m.encode_seconds),
        numbers.seconds(m.decode_seconds),
    ]


def fixed_rate_table(results: Results, styles: dict[str, CodecStyle]) -> Table | None:
    """The one point of each such codec on each scene and their mean; None without such a codec."""
    if not results.fixed:
        return None
    rows = [row for codec in results.fixed for row in _codec_rows(results, styles[codec])]
    caption = f"Codecs of one fixed rate, and {results.anchor} interpolated at that rate"
    note = (
        f"{numbers.NONE} in the anchor's column: the rate lies outside its points, and nothing is"
        " extrapolated. Each mean is over the scenes that have a figure."
    )
    return Table(caption=caption, head=[*_FIXED], rows=rows, notes=[note])


def _codec_rows(results: Results, style: CodecStyle) -> list[list[Cell]]:
    rows, figures = [], []
    for m in (m for m in results.all if m.codec == style.name):
        names = [codec_cell(style), words(m.scene)]
        if m.failed is None:
            figures.append(_figures(results, m))
            rows.append([*names, *_cells(figures[-1], m)])
        else:
            room = len(_FIXED) - len(names)
            rows.append([*names, Cell(text=f"failed: {m.failed}", words=True, span=room)])
    if len(figures) > 1:
        means = tuple(mean_of(column) for column in zip(*figures, strict=True))
        rows.append([codec_cell(style), words("mean"), *_cells(means)])
        for cell in rows[-1]:
            cell.best = True
    return rows


def _figures(results: Results, found: Measurement) -> _Figures:
    reached = anchor_psnr(results, found.scene, found.bpppb) if found.bpppb else None
    known = reached is not None and bool(finite([found.psnr_db]))
    difference = (found.psnr_db or 0.0) - (reached or 0.0) if known else None
    cost = found.encode_seconds, found.decode_seconds, found.multiply_adds, found.multiply_adds_once
    return found.bpppb, found.psnr_db, reached, difference, found.sam_deg, *cost


def _cells(figures: _Figures, found: Measurement | None = None) -> list[Cell]:
    bpppb, psnr, reached, difference, sam, encode, decode, adds, once = figures
    texts = [numbers.rate(bpppb), numbers.fixed(psnr, 2) if found is None else numbers.psnr(found)]
    texts += [numbers.fixed(reached, 2), numbers.fixed(difference, 2, sign=True)]
    texts += [numbers.fixed(sam, 3), numbers.seconds(encode), numbers.seconds(decode)]
    return [Cell(text=text) for text in (*texts, numbers.count(adds), numbers.count(once))]
