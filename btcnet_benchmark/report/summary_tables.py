"""Each codec in one row: mean figures at each rate, against the anchor, and what it costs."""

from collections.abc import Callable
from operator import attrgetter

import numpy as np

from btcnet_benchmark.report import numbers
from btcnet_benchmark.report.codec_styles import CodecStyle
from btcnet_benchmark.report.delta_columns import delta_columns
from btcnet_benchmark.report.results import Results, finite, meets_target
from btcnet_benchmark.report.table import Cell, Table, codec_cell, mark_best

_Styles = dict[str, CodecStyle]


def psnr_table(results: Results, styles: _Styles) -> Table:
    """Mean PSNR of each codec at each target, and BD-PSNR and BD-rate against the anchor."""
    notes: list[str] = []
    columns = [_mean_column(results, target, "psnr_db", 2, notes) for target in results.targets]
    columns += delta_columns(results, notes)
    head = [f"{numbers.target(target)} bpppb" for target in results.targets]
    caption = (
        f"Mean PSNR in dB over {_scenes(results)} at each rate asked for; against {results.anchor}"
    )
    return _table(results, styles, caption, [*head, "BD-PSNR (dB)", "BD-rate (%)"], columns, notes)


def cost_table(results: Results, styles: _Styles) -> Table:
    """Mean spectral angle of each codec at each target, its times and its multiply-adds."""
    notes: list[str] = []
    columns = [_mean_column(results, target, "sam_deg", 3, notes) for target in results.targets]
    columns += [
        _cost_column(results, "encode_seconds", numbers.seconds),
        _cost_column(results, "decode_seconds", numbers.seconds),
        _cost_column(results, "multiply_adds", numbers.count),
    ]
    head = [f"{numbers.target(target)} bpppb" for target in results.targets]
    head += ["Encode (s)", "Decode (s)", "Multiply-adds a sample"]
    notes.append("Times are of all rates together; encoding includes the search for the rate.")
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
    found = [
        finite(getattr(m, name) for scene in results.scenes for m in results.of(scene, codec))
        for codec in results.curved
    ]
    means = [float(np.mean(values)) if values else None for values in found]
    cells = [Cell(text=show(mean)) for mean in means]
    mark_best(cells, means, greatest=False)
    return cells
