"""Stage `pack`: the files that the codec loads."""

from pathlib import Path
from typing import Any

import numpy as np
from flax.traverse_util import unflatten_dict

from btcnet_jax.coding.context import ContextWeights
from btcnet_jax.errors import TrainingError
from btcnet_jax.models.detail_networks import require_network
from btcnet_jax.weights.weight_file import (
    load_weights,
    save_contexts,
    save_network,
    save_weights,
)


def pack_weights(context: Path, detail: Path, out: Path) -> None:
    """Joins the results of the stages `context` and `detail`, and prints what came out.

    Raises:
        TrainingError: one of them is missing, or the decoder has no such network.
    """
    _require_there(context)
    with np.load(context) as file:
        weights = ContextWeights.of_arrays(file)
    save_weights(out, weights, _network(detail))
    packed = load_weights(out)
    names = f"contexts {packed.fingerprint.hex()}, network {packed.network.hex()}"
    print(f"{out}: {out.stat().st_size / 1e6:.2f} MB, {names}")


def pack_network(detail: Path, out: Path) -> None:
    """Writes a result of the stage `detail` as a network of its own, and prints what came out.

    Raises:
        TrainingError: it is missing, or the decoder has no such network.
    """
    name = save_network(out, _network(detail))
    print(f"{out}: {out.stat().st_size / 1e6:.2f} MB, network {name.hex()}")


def _network(detail: Path) -> dict[str, Any]:
    _require_there(detail)
    with np.load(detail) as file:
        params = unflatten_dict({tuple(key.split("/")): file[key] for key in file.files})
    try:
        require_network(params)
    except (KeyError, ValueError) as error:
        raise TrainingError(f"{detail}: no network that the decoder runs ({error})") from error
    return params


def _require_there(path: Path) -> None:
    if not path.exists():
        raise TrainingError(f"{path} is not there: run the stage that writes it")


def pack_dependent(dependent: Path, folder: Path) -> None:
    """Writes the result of the stage `dependent` as contexts of their own name, and prints it.

    Raises:
        TrainingError: it is missing.
    """
    _require_there(dependent)
    with np.load(dependent) as file:
        path = save_contexts(folder, ContextWeights.of_arrays(file))
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB, contexts of dependent quantization")
