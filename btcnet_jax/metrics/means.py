"""Figures of several files or patches as one."""

from typing import Any

import numpy as np

_MEAN = ("bpppb", "valid_share", "psnr_db", "psnr_range_db", "sam_deg", "rmse")
_SUMMED = (
    *("file_bytes", "encode_seconds", "decode_seconds"),
    *("bands_missing", "bands_left_out", "bands_exact", "bands_without_peak"),
    *("pixels_left_out", "samples_missing"),
)


def mean_figures(evaluations: list[dict[str, Any]]) -> dict[str, Any]:
    """Means, sums and the greatest error; a figure that no evaluation has is None.

    Args:
        evaluations: each with figures by their names in JSON; what one lacks, or has as None, is left out.
    """
    mean: dict[str, Any] = {"files": len(evaluations)}
    for name in _SUMMED:
        mean[name] = sum(_present(evaluations, name)) if evaluations else 0
        if evaluations and not _present(evaluations, name):
            mean[name] = None
    for name in _MEAN:
        present = _present(evaluations, name)
        mean[name] = float(np.mean(present)) if present else None
    mean["max_error"] = max(_present(evaluations, "max_error"), default=None)
    return mean


def _present(evaluations: list[dict[str, Any]], name: str) -> list[Any]:
    return [each[name] for each in evaluations if each.get(name) is not None]
