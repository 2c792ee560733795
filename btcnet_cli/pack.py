"""Pack a trained model into one file that needs no Orbax, to ship or to share.

examples:
  main.py pack runs/aviris models/btcnet-v2-aviris.btcmodel --card card.json
  main.py evaluate --model models/btcnet-v2-aviris.btcmodel --records records --json figures.json
  main.py pack models/btcnet-v2-aviris.btcmodel models/btcnet-v2-aviris.btcmodel --figures figures.json

The name of the file is that of the model. The decoder's weights become float16, and these are the
model's from then on: it has a fingerprint of its own and reads its own files alone. CARD is a JSON object
of texts: about, data, command, hardware, time, license; figures are what `evaluate --json` wrote. A packed
model that is packed again keeps what is not given anew.
"""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from btcnet_jax.errors import BtcnetError, CheckpointError, DataError

if TYPE_CHECKING:
    from btcnet_jax.models.saved_model import SavedModel

CARD_TEXTS = ("about", "data", "command", "hardware", "time", "license")
_FIGURES = ("scene", "protocol", "files", "bpppb", "psnr_db", "sam_deg", "rmse")
# They tell of a machine, not of the training.
_LEFT_OUT = ("workdir", "data.folder", "data.records", "train.resume_from", "train.pretrained")
_PROBE_SIDE = 64


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("model", type=Path, help="folder of a trained run, or a packed model")
    parser.add_argument("output", type=Path, help="the .btcmodel file to write")
    parser.add_argument("--card", type=Path, help="JSON: what is to be known of the model")
    parser.add_argument(
        "--figures", type=Path, nargs="+", default=[], help="JSON files that evaluate wrote"
    )


def run(arguments: argparse.Namespace) -> int:
    """Round, write, and say what rounding costs."""
    from btcnet_jax import zoo
    from btcnet_jax.files import require_writable
    from btcnet_jax.models.fingerprint import model_fingerprint
    from btcnet_jax.weights.packed_file import SUFFIX
    from btcnet_jax.weights.packed_model import round_model, save_packed

    output = arguments.output
    name = output.name.removesuffix(SUFFIX)
    if not output.name.endswith(SUFFIX) or not name or name == zoo.UNIVERSAL:
        raise BtcnetError(
            f"cannot pack into {output}: name it NAME{SUFFIX}, as the model shall be called"
        )
    require_writable(output)
    source = zoo.find(arguments.model)
    saved = zoo.load_model(source)
    rounded = round_model(saved)
    prints = [model_fingerprint(*each).hex() for each in (saved, rounded.model)]
    card = _card_before(source) | _texts(arguments.card)
    measured = [_figures(path, prints) for path in arguments.figures]
    if measured:
        card["figures"] = [row for rows in measured for row in rows]
    fingerprint = save_packed(output, rounded.model, card)
    print(f"{output}: {output.stat().st_size / 1e6:.2f} MB, fingerprint {fingerprint.hex()}")
    if prints[0] != prints[1]:
        print(
            f"decoder rounded to float16: weights change by {rounded.greatest:.2e} at most, "
            f"{100 * rounded.share:.3f} % of the greatest of their array; "
            f"{_cost(saved, rounded.model)}"
        )
        print(f"files that {arguments.model} wrote need {arguments.model} as before")
    missing = [name for name in (*CARD_TEXTS, "figures") if not card.get(name)]
    if missing:
        print(f"the card says nothing of: {', '.join(missing)}")
    return 0


def _card_before(source: Path) -> dict[str, Any]:
    """What is known already: a packed model's card, or how a run was trained."""
    from btcnet_jax import __version__, checkpoints
    from btcnet_jax.config import flatten
    from btcnet_jax.weights.packed_file import read_text

    if source.is_file():
        return read_text(source).card
    packed_by = f"btcnet_jax {__version__}"
    checkpoint = checkpoints.read_checkpoint(source)
    if checkpoint.step == 0:
        # Weights that were imported: nothing is known of their training.
        return {"packed_by": packed_by}
    recipe = {
        name: value
        for name, value in flatten(checkpoint.config).items()
        if not name.startswith(("model.", "hardware.")) and name not in _LEFT_OUT
    }
    return {"step": checkpoint.step, "recipe": recipe, "packed_by": packed_by}


def _texts(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    told = _json(path)
    if not isinstance(told, dict) or not all(isinstance(text, str) for text in told.values()):
        raise DataError(f"{path}: a card is a JSON object of texts: {', '.join(CARD_TEXTS)}")
    unknown = sorted(set(told) - set(CARD_TEXTS))
    if unknown:
        raise DataError(f"{path}: a card has no {unknown[0]!r}; it has {', '.join(CARD_TEXTS)}")
    return told


def _figures(path: Path, fingerprints: list[str]) -> list[dict[str, Any]]:
    """The rows of a file that `evaluate` wrote of this very model."""
    told = _json(path)
    try:
        of, results = told["fingerprint"], told["results"]
        rows = [{name: result[name] for name in _FIGURES} for result in results]
    except (KeyError, TypeError) as error:
        raise DataError(
            f"{path}: no figures of evaluate --json; measure the model again"
        ) from error
    if of not in fingerprints:
        raise CheckpointError(
            f"{path}: figures of the weights {of}, but the model's are {fingerprints[-1]}: evaluate this model"
        )
    if of != fingerprints[-1]:
        print(f"{path}: measured before rounding; evaluate the packed model to replace its figures")
    return rows


def _json(path: Path) -> Any:
    from btcnet_jax.files import read_file

    try:
        return json.loads(read_file(path))
    except ValueError as error:
        raise DataError(f"{path}: not JSON ({error})") from error


def _cost(before: "SavedModel", after: "SavedModel") -> str:
    """What rounding does to a restored scene, made up but of the model's bands."""
    import numpy as np

    from btcnet_jax.codec import network_codec

    row, col, band = np.mgrid[:_PROBE_SIDE, :_PROBE_SIDE, : before.config.bands]
    probe = 2000 + 900 * np.sin(row / 9 + band / 20) + 500 * np.cos(col / 7 - band / 30)
    scene = np.rint(10 * probe).astype(np.uint16)
    one, other = (
        codec.decompress(codec.compress(scene)).values.astype(float)
        for codec in (network_codec(*before), network_codec(*after))
    )
    difference = np.abs(one - other).max() / np.ptp(scene)
    return f"samples of a test scene by {100 * difference:.3f} % of its range at most"
