"""What `benchmark` prints: tables of rates and of bounds, the comparison, and what failed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from btcnet_jax.tables import Column, print_table

if TYPE_CHECKING:
    from btcnet_benchmark.sweep.measurement import Measurement

_SCENE, _CODEC = Column(key="scene", name="scene"), Column(key="codec", name="codec")
_SIZE = (
    Column(key="file_bytes", name="bytes", digits=0),
    Column(key="bpppb", name="rate", unit="bpppb", digits=4),
)
_SECONDS = (
    Column(key="encode_seconds", name="encode", unit="s", digits=2),
    Column(key="decode_seconds", name="decode", unit="s", digits=2),
)


def print_rates(measurements: "Sequence[Measurement]") -> None:
    """Every measurement at a rate."""
    columns = [
        _SCENE,
        _CODEC,
        Column(key="target_bpppb", name="target", unit="bpppb", digits=4),
        *_SIZE,
        Column(key="psnr_db", name="PSNR", unit="dB", digits=2),
        Column(key="sam_deg", name="SAM", unit="deg", digits=3),
        Column(key="ssim", name="SSIM", digits=4),
        *_SECONDS,
        Column(key="multiply_adds", name="operations", unit="a sample", digits=0),
        Column(key="multiply_adds_once", name="the file's own", unit="a sample", digits=0),
    ]
    counts = ("multiply_adds", "multiply_adds_once")
    rows = [m.to_json() | {name: getattr(m, name) for name in counts} for m in measurements]
    print_table(rows, columns)


def print_bounds(measurements: "Sequence[Measurement]") -> None:
    """Every measurement under a bound."""
    columns = [
        _SCENE,
        _CODEC,
        Column(key="target_error", name="bound"),
        *_SIZE,
        Column(key="max_error", name="greatest error", digits=4),
        Column(key="psnr_db", name="PSNR", unit="dB", digits=2),
        *_SECONDS,
    ]
    print_table([m.to_json() for m in measurements], columns)
    sought = dict.fromkeys(m.codec for m in measurements if m.bound_sought)
    if sought:
        print(
            f"{', '.join(sought)}: no bound is promised, or one far from what is kept; the coarsest setting "
            "was sought whose greatest error is within it"
        )


def print_failures(measurements: "Sequence[Measurement]") -> None:
    """Why a codec could not take a scene, or keep a bound."""
    for measurement in measurements:
        if measurement.failed:
            bound = measurement.target_error
            under = "" if bound is None else f", bound {bound:g}"
            print(f"{measurement.scene}, {measurement.codec}{under}: {measurement.failed}")


def print_summary(summary: list[dict[str, Any]], anchor: str) -> None:
    """Each codec against the anchor."""
    # Of a single rate there is nothing to sum up.
    if all(row["bd_psnr_db"] is None and row["above_anchor_db"] is None for row in summary):
        return
    columns = [
        Column(key="codec", name="codec"),
        Column(key="bd_psnr_db", name="BD-PSNR", unit="dB", digits=2),
        Column(key="bd_rate_percent", name="BD-rate", unit="%", digits=1),
        Column(key="bpppb", name="fixed rate", unit="bpppb", digits=4),
        Column(key="psnr_db", name="PSNR", unit="dB", digits=2),
        Column(key="above_anchor_db", name="above the anchor", unit="dB", digits=2),
    ]
    print_table(summary, columns, title=f"against {anchor}, means over scenes")
