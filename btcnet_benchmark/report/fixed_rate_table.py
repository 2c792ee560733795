"""Codecs of one fixed rate, against what the anchor reaches at that same rate."""

from collections.abc import Sequence

import numpy as np

from btcnet_benchmark.report import numbers
from btcnet_benchmark.report.codec_styles import CodecStyle
from btcnet_benchmark.report.comparison import anchor_psnr
from btcnet_benchmark.report.results import Results, finite
from btcnet_benchmark.report.table import Cell, Table, codec_cell, words
from btcnet_benchmark.sweep.measurement import Measurement

_HEAD = ("Codec", "Scene", "bpppb", "PSNR (dB)", "Anchor at this rate (dB)", "Difference (dB)")
_COST = ("SAM (°)", "Encode (s)", "Decode (s)", "Multiply-adds a sample")
_Row = tuple[float | None, ...]


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
    return Table(caption=caption, head=[*_HEAD, *_COST], rows=rows, notes=[note])


def _codec_rows(results: Results, style: CodecStyle) -> list[list[Cell]]:
    rows, figures = [], []
    for m in (m for m in results.all if m.codec == style.name):
        names = [codec_cell(style), words(m.scene)]
        if m.failed is None:
            figures.append(_figures(results, m))
            rows.append([*names, *_cells(figures[-1], m)])
        else:
            room = len(_HEAD) + len(_COST) - len(names)
            rows.append([*names, Cell(text=f"failed: {m.failed}", words=True, span=room)])
    if len(figures) > 1:
        means = tuple(_mean(column) for column in zip(*figures, strict=True))
        rows.append([codec_cell(style), words("mean"), *_cells(means)])
        for cell in rows[-1]:
            cell.best = True
    return rows


def _figures(results: Results, found: Measurement) -> _Row:
    reached = anchor_psnr(results, found.scene, found.bpppb) if found.bpppb else None
    known = reached is not None and bool(finite([found.psnr_db]))
    difference = (found.psnr_db or 0.0) - (reached or 0.0) if known else None
    cost = found.encode_seconds, found.decode_seconds, found.multiply_adds
    return found.bpppb, found.psnr_db, reached, difference, found.sam_deg, *cost


def _cells(figures: _Row, found: Measurement | None = None) -> list[Cell]:
    bpppb, psnr, reached, difference, sam, encode, decode, adds = figures
    texts = [numbers.rate(bpppb), numbers.fixed(psnr, 2) if found is None else numbers.psnr(found)]
    texts += [numbers.fixed(reached, 2), numbers.fixed(difference, 2, sign=True)]
    texts += [numbers.fixed(sam, 3), numbers.seconds(encode), numbers.seconds(decode)]
    return [Cell(text=text) for text in (*texts, numbers.count(adds))]


def _mean(values: Sequence[float | None]) -> float | None:
    known = finite(values)
    return float(np.mean(known)) if known else None
