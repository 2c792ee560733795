"""Every measurement, a row each."""

import math

from btcnet_benchmark.report import numbers
from btcnet_benchmark.report.codec_styles import CodecStyle
from btcnet_benchmark.report.results import Results, is_exact, meets_target
from btcnet_benchmark.report.table import Cell, Table, codec_cell, mark_best
from btcnet_benchmark.sweep.measurement import Measurement

_HEAD = ("Codec", "Target", "Bytes", "bpppb", "PSNR (dB)", "PSNR of range (dB)", "SAM (°)")
_MORE = ("SSIM", "RMSE", "Max error", "Encode (s)", "Decode (s)")
_PSNR_AT = 4


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
    return Table(caption=caption, head=[*_HEAD, *_MORE], rows=rows)


def _row(measurement: Measurement, style: CodecStyle) -> list[Cell]:
    asked = Cell(text=numbers.target(measurement.target_bpppb))
    if measurement.failed is not None:
        room = len(_HEAD) + len(_MORE) - 2
        failure = Cell(text=f"failed: {measurement.failed}", words=True, span=room)
        return [codec_cell(style), asked, failure]
    return [codec_cell(style), asked, *(Cell(text=text) for text in _figures(measurement))]


def _figures(m: Measurement) -> list[str]:
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
