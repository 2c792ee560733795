"""Figures as text, with the digits that mean something."""

import math

from btcnet_benchmark.report.results import is_exact
from btcnet_benchmark.sweep.measurement import Measurement

NONE = "–"  # noqa: RUF001
Number = float | int | None
"""A figure, or None where there is none."""

_MINUS = "\u2212"
_UNITS = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


def fixed(value: Number, digits: int, *, sign: bool = False) -> str:
    """A number with so many decimals, thousands set apart; a dash for None and NaN."""
    if value is None or math.isnan(value):
        return NONE
    if math.isinf(value):
        return "\u221e" if value > 0 else _MINUS + "\u221e"
    text = f"{value:{'+' if sign else ''},.{digits}f}"
    return text.replace("-", _MINUS)


def significant(value: Number, digits: int = 3) -> str:
    """A number of so many significant digits, written out from a millionth to a million."""
    if value is None or not math.isfinite(value) or value == 0:
        return "0" if value == 0 else fixed(value, 0)
    exponent = math.floor(math.log10(abs(value)))
    if not -7 < exponent < 7:
        return f"{value:.{digits - 1}e}".replace("-", _MINUS)
    return fixed(value, max(0, digits - 1 - exponent))


def rate(bpppb: Number) -> str:
    """A rate in bpppb: four decimals show the bytes of a small file."""
    return fixed(bpppb, 4)


def target(bpppb: Number) -> str:
    """A rate asked for, as short as it was given."""
    return "fixed" if bpppb is None else f"{bpppb:g}"


def seconds(value: Number) -> str:
    """Wall time in seconds; a clock says little below a millisecond."""
    if value is None or not math.isfinite(value):
        return NONE
    return significant(value) if value >= 1e-3 else "< 0.001"


def count(value: Number) -> str:
    """A number of operations, in thousands and millions."""
    if value is None:
        return NONE
    for size, letter in _UNITS:
        if value >= size:
            return significant(value / size) + "\u202f" + letter
    return significant(value)


def psnr(measurement: Measurement) -> str:
    """PSNR in dB, or that there is no error."""
    if is_exact(measurement):
        return "exact"
    return fixed(measurement.psnr_db, 2)


def size(measurement: Measurement) -> str:
    """Rows, columns, bands and type of a scene."""
    shape = f"{measurement.rows} \u00d7 {measurement.cols} \u00d7 {measurement.bands}"
    return f"{shape}, {measurement.dtype}"
