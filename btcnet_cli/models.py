"""List the models there are: those that ship, and those in folders.

examples:
  btcnet models
  btcnet models downloads/models
  BTCNET_MODELS=/shared/models btcnet compress scene.hdr scene.btcn --model NAME

--model takes a name of this list, a packed file (.btcmodel) or the folder of a trained run; a file or
folder that exists wins over a name. Names are looked for in the folders of the variable BTCNET_MODELS,
separated as in PATH, in their order, and then among the models that ship. `btcnet info NAME` tells all
that is known of one; `btcnet pack` makes a packed file of a trained run.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from btcnet_cli.json_option import add_json_option, require_json_place, write_json
from btcnet_cli.model_rows import figure_rows, model_rows
from btcnet_cli.streams import words_aside

if TYPE_CHECKING:
    from btcnet_jax.tables import Column


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "folders", type=Path, nargs="*", help="folders of packed models to list too"
    )
    add_json_option(parser, "the list")


def run(arguments: argparse.Namespace) -> int:
    """Print a line a model, one for each of its rates, and one for each file that cannot be used."""
    from btcnet_jax.errors import DataError
    from btcnet_jax.tables import print_table
    from btcnet_jax.zoo import known

    require_json_place(arguments.json)
    for folder in arguments.folders:
        if not folder.is_dir():
            raise DataError(
                f"{folder}: no such folder; name one that holds packed models (.btcmodel)"
            )
    found, unusable = known(arguments.folders)
    rows = model_rows(found)
    with words_aside(arguments.json):
        print_table(rows, _columns())
        if figures := figure_rows(rows):
            print_table(
                figures, _figure_columns(), title="as measured (all figures: btcnet info NAME)"
            )
        for line in unusable:
            print(f"not usable: {line}")
        write_json(arguments.json, {"models": rows, "not_usable": [str(line) for line in unusable]})
    return 0


def _columns() -> "list[Column]":
    from btcnet_jax.tables import Column

    return [
        Column(key="name", name="name"),
        Column(key="bands", name="bands"),
        Column(key="megabytes", name="size", unit="MB", digits=1),
        Column(key="kind", name="kind"),
        Column(key="fingerprint", name="fingerprint"),
        Column(key="place", name="place"),
    ]


def _figure_columns() -> "list[Column]":
    from btcnet_jax.tables import Column

    return [
        Column(key="name", name="name"),
        Column(key="measured_on", name="measured on"),
        Column(key="bpppb", name="rate", unit="bpppb", digits=4),
        Column(key="psnr_db", name="PSNR", unit="dB", digits=2),
        Column(key="sam_deg", name="SAM", unit="deg", digits=3),
    ]
