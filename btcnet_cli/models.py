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
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from btcnet_cli.json_option import add_json_option, require_json_place, write_json
from btcnet_cli.streams import words_aside

if TYPE_CHECKING:
    from btcnet_jax.config import ModelConfig
    from btcnet_jax.zoo import Listed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "folders", type=Path, nargs="*", help="folders of packed models to list too"
    )
    add_json_option(parser, "the list")


def run(arguments: argparse.Namespace) -> int:
    """Print a line a model, and one for each file that cannot be used."""
    from btcnet_jax.errors import DataError
    from btcnet_jax.tables import Column, print_table
    from btcnet_jax.zoo import known

    require_json_place(arguments.json)
    for folder in arguments.folders:
        if not folder.is_dir():
            raise DataError(
                f"{folder}: no such folder; name one that holds packed models (.btcmodel)"
            )
    found, unusable = known(arguments.folders)
    columns = [
        Column(key="name", name="name"),
        Column(key="kind", name="kind"),
        Column(key="bands", name="bands"),
        Column(key="megabytes", name="size", unit="MB", digits=1),
        Column(key="bpppb", name="rate", unit="bpppb", digits=4),
        Column(key="psnr_db", name="PSNR", unit="dB", digits=2),
        Column(key="sam_deg", name="SAM", unit="deg", digits=3),
        Column(key="scene", name="measured on"),
        Column(key="fingerprint", name="fingerprint"),
        Column(key="place", name="place"),
    ]
    rows = model_rows(found)
    with words_aside(arguments.json):
        print_table(rows, columns)
        for line in unusable:
            print(f"not usable: {line}")
        write_json(arguments.json, {"models": rows, "not_usable": [str(line) for line in unusable]})
    return 0


def model_rows(found: "Iterable[Listed]") -> list[dict[str, Any]]:
    """What the list says of the universal codec and of packed models, the first figures of their cards."""
    rows, seen = [_universal_row()], {"universal"}
    for each in found:
        figures = each.text.card.get("figures") or [{}]
        hidden = " (another of this name comes first)" if each.name in seen else ""
        seen.add(each.name)
        rows.append(
            {name: figures[0].get(name) for name in ("bpppb", "psnr_db", "sam_deg", "scene")}
            | {
                "name": each.name,
                "kind": kind_of(each.config),
                "bands": each.config.bands,
                "megabytes": each.path.stat().st_size / 1e6,
                "fingerprint": each.text.fingerprint.hex(),
                "place": _place(each.path) + hidden,
            }
        )
    return rows


def kind_of(config: "ModelConfig") -> str:
    """A network in a few words: architecture, quantizer, rates."""
    from btcnet_jax.config.model import LEARNED

    name = f"BTC-Net {config.architecture.upper()}"
    if config.quantizer != LEARNED:
        return f"{name}, {config.bits} bits"
    rates = "1 rate" if config.rate_levels == 1 else f"{config.rate_levels} rates"
    return f"{name}, learned, {rates}"


def _universal_row() -> dict[str, Any]:
    from btcnet_jax.codec.build import shipped_weights
    from btcnet_jax.zoo import SHIPPED, UNIVERSAL

    return {
        "name": UNIVERSAL,
        "kind": "any sensor, any rate",
        "bands": "any",
        "megabytes": (SHIPPED / "universal.npz").stat().st_size / 1e6,
        "fingerprint": shipped_weights().fingerprint.hex(),
        "place": "ships; without --model",
    }


def _place(path: Path) -> str:
    from btcnet_jax.zoo import SHIPPED

    return "ships" if path.parent == SHIPPED else str(path.parent)
