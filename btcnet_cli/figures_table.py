"""The table of `evaluate`: a line of figures for each scene or data set."""

from typing import Any


def print_figures(results: list[dict[str, Any]]) -> None:
    """Print a line of figures for each result, and say what was not measured."""
    from btcnet_jax.tables import Column, print_table

    # Reflectance up to 1 and sensor counts up to 65535 are both common.
    errors = [result["max_error"] for result in results if result["max_error"] is not None]
    digits = 4 if min(errors, default=0) < 10 else 1
    columns = [
        Column(key="scene", name="scene"),
        Column(key="protocol", name="protocol"),
        Column(key="file_bytes", name="bytes", digits=0),
        Column(key="bpppb", name="rate", unit="bpppb", digits=4),
        Column(key="psnr_db", name="PSNR", unit="dB", digits=2),
        Column(key="sam_deg", name="SAM", unit="deg", digits=3),
        Column(key="rmse", name="RMSE", digits=digits),
        Column(key="max_error", name="max error", digits=digits),
        Column(key="bands_left_out", name="constant bands", digits=0),
    ]
    # Patches of records are coded while devices compute: no time is that of the one or the other.
    for name in ("encode", "decode"):
        if any(result[f"{name}_seconds"] is not None for result in results):
            columns.append(Column(key=f"{name}_seconds", name=name, unit="s", digits=2))
    rows = results
    if any(result["samples_missing"] or result.get("patches_missing") for result in results):
        columns[2:2] = [Column(key="valid_percent", name="valid", unit="%", digits=1)]
        rows = [result | {"valid_percent": _percent(result["valid_share"])} for result in results]
    print_table(rows, columns)
    for result in results:
        if result.get("patches_missing"):
            count = result["patches_missing"]
            print(f"{result['scene']}: {count} patches not measured, for nothing valid is in them")


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
