"""The option --csv: the figures of many files as a table, a line each."""

import argparse
import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from btcnet_cli.outputs import require_safe_output
from btcnet_cli.streams import is_standard
from btcnet_jax.errors import ConfigError

COLUMNS = (
    *("scene", "file", "file_bytes", "bpppb", "ratio"),
    *("psnr_db", "sam_deg", "rmse", "max_error", "valid_share", "trials"),
    *("encode_seconds", "decode_seconds", "done_before", "error"),
)


def add_csv_option(parser: argparse.ArgumentParser) -> None:
    """Declare --csv FILE."""
    parser.add_argument(
        "--csv",
        type=Path,
        metavar="FILE",
        help="of many cubes: write a table, a line for each: size, rate, quality, seconds, or its error",
    )


def require_csv_place(path: Path | None, *others: Path | None) -> None:
    """Refuse, before any work, a place that cannot be written or is another file of the command."""
    if path is None:
        return
    if is_standard(path):
        raise ConfigError("a table goes to a file: name one after --csv")
    require_safe_output(path, *(other for other in others if other is not None))


def write_csv(path: Path | None, results: Sequence[Mapping[str, Any]]) -> None:
    """Write the table where it is wanted; what is not known of a file stays empty."""
    from btcnet_jax.files import write_atomically

    if path is None:
        return
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(results)
    write_atomically(path, text.getvalue().encode())
    print(f"table: {path}")
