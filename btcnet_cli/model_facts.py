"""What `info` tells of a model: a run's folder, a packed file, or a name."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from btcnet_jax.models.saved_model import SavedModel

_LISTED = ("recipe", "figures")


def is_model(path: Path) -> bool:
    """Whether `info` is asked about a model: a folder, a packed file, or what is no path but may be a name."""
    # Told without loading anything: most questions are about files.
    return path.is_dir() or path.suffix == ".btcmodel" or _may_be_name(path)


def model_facts(path: Path) -> dict[str, Any]:
    """What is known of a model, by name.

    Raises:
        CheckpointError: no such model, or one that cannot be used.
    """
    from btcnet_jax import checkpoints, zoo

    if zoo.is_universal(path):
        return _universal_facts()
    place = zoo.find(path)
    if place.is_dir():
        step = checkpoints.read_checkpoint(place).step
        return _network_facts(checkpoints.load_model(place), f"{place}, step {step}")
    data = place.read_bytes()
    facts = _network_facts(zoo.load_model(place), f"{place}, {len(data):,} bytes")
    return facts | {"SHA-256": hashlib.sha256(data).hexdigest()} | _card_facts(place)


def _may_be_name(path: Path) -> bool:
    return not path.exists() and len(path.parts) == 1 and not path.suffix


def _universal_facts() -> dict[str, Any]:
    from btcnet_jax.codec import load

    codec = load()
    return {"model": f"universal, {codec.fingerprint.hex()}", "codec": codec.describe()}


def _network_facts(saved: "SavedModel", place: str) -> dict[str, Any]:
    from btcnet_jax.config import flatten
    from btcnet_jax.models.btcnet import count_params, encoder_cost
    from btcnet_jax.models.fingerprint import model_fingerprint

    config, params, tables = saved
    options = {"architecture": config.architecture, "quantizer": config.quantizer}
    options |= flatten(config.options())
    facts: dict[str, Any] = {
        "model": f"{place}, {model_fingerprint(config, params, tables).hex()}",
        **{name.replace("_", " "): value for name, value in options.items()},
        "rate levels": config.rate_levels,
        "decoder.context": config.decoder.context,
        "parameters": f"{count_params(params):,}",
        "encoder": encoder_cost(config),
    }
    if "layout" in tables:
        components = int(tables["layout"][:, 0].max()) + 1
        facts["tables"] = f"integer contexts, of coefficients of {components} spectral components"
    elif tables:
        levels, channels, alphabet = tables["frequencies"].shape
        facts["tables"] = f"{levels * channels} of integers, of up to {alphabet - 1} symbols"
    return facts


def _card_facts(path: Path) -> dict[str, Any]:
    """The card: its texts, then figures, then how the model was trained."""
    from btcnet_jax.weights.packed_file import read_text

    card = read_text(path).card
    facts = {
        name.replace("_", " "): _short(text) for name, text in card.items() if name not in _LISTED
    }
    for number, row in enumerate(card.get("figures", []), 1):
        told = [f"{name} {_short(value)}" for name, value in row.items() if value is not None]
        facts[f"figures {number}"] = ", ".join(told)
    return facts | {name: value for name, value in card.get("recipe", {}).items()}


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else " ".join(str(value).split())
