"""Every codec in one flat row: where it stands against the anchor, for the terminal and for a file."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from btcnet_benchmark.report.comparison import anchor_psnr, mean_bd_psnr, mean_bd_rate
from btcnet_benchmark.report.results import Results, finite
from btcnet_benchmark.sweep.measurement import Measurement


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
        bpppb=_mean([one.bpppb for one in found]),
        psnr_db=_mean([one.psnr_db for one in found]),
        above_anchor_db=_mean(above),
    )


def _row(**known: float | None) -> dict[str, float | None]:
    names = ("bd_psnr_db", "bd_rate_percent", "coverage", "bpppb", "psnr_db", "above_anchor_db")
    return {name: known.get(name) for name in names}


def _mean(values: Sequence[float | None]) -> float | None:
    known = finite(values)
    return float(np.mean(known)) if known else None
