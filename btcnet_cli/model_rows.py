"""What the list of models says: of each model, and of what its card says that it was measured to be."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from btcnet_jax.config import ModelConfig
    from btcnet_jax.zoo import Listed

_WHOLE = "scene"
_FIGURES = ("bpppb", "psnr_db", "sam_deg")


def model_rows(found: "Iterable[Listed]") -> list[dict[str, Any]]:
    """A row for the universal codec and for each packed model, with all figures of its card."""
    rows, seen = [_universal_row()], {"universal"}
    for each in found:
        hidden = " (another of this name comes first)" if each.name in seen else ""
        seen.add(each.name)
        rows.append(
            {
                "name": each.name,
                "kind": kind_of(each.config),
                "bands": each.config.bands,
                "megabytes": each.path.stat().st_size / 1e6,
                "fingerprint": each.text.fingerprint.hex(),
                "place": _place(each.path) + hidden,
                "figures": each.text.card.get("figures") or [],
            }
        )
    return rows


def figure_rows(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Figures to compare: of every model all rates, on the scene that most of them were measured on.

    A model that was not measured there has those of its first scene; every row names its own.

    Args:
        rows: of `model_rows`.

    Returns:
        A row for each rate, with the model's name.
    """
    scenes = Counter(scene for row in rows for scene in {_scene(each) for each in row["figures"]})
    common = max(scenes, key=lambda scene: (scenes[scene], scene[1] == _WHOLE, scene), default=None)
    chosen: list[dict[str, Any]] = []
    for row in rows:
        measured = [_scene(figures) for figures in row["figures"]]
        wanted = common if common in measured else next(iter(measured), None)
        chosen += [
            {"name": row["name"], "measured_on": _place_of(figures)}
            | {name: figures.get(name) for name in _FIGURES}
            for figures in row["figures"]
            if _scene(figures) == wanted
        ]
    return chosen


def kind_of(config: "ModelConfig") -> str:
    """A network in a few words: architecture, quantizer, rates."""
    from btcnet_jax.config.model import LEARNED

    name = f"BTC-Net {config.architecture.upper()}"
    if config.quantizer != LEARNED:
        return f"{name}, {config.bits} bits"
    rates = "1 rate" if config.rate_levels == 1 else f"{config.rate_levels} rates"
    return f"{name}, learned, {rates}"


def _scene(figures: dict[str, Any]) -> tuple[str, str]:
    """What figures are of: the scene, and whether whole or in patches."""
    return str(figures.get("scene")), str(figures.get("protocol"))


def _place_of(figures: dict[str, Any]) -> str:
    scene, protocol = _scene(figures)
    return scene if protocol == _WHOLE else f"{scene}, in patches"


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
        "figures": [],
    }


def _place(path: Path) -> str:
    from btcnet_jax.zoo import SHIPPED

    return "ships" if path.parent == SHIPPED else str(path.parent)
