"""How much a detail network gains on scenes that it has not seen."""

from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from btcnet_jax.training.universal.detail_networks import Apply
from btcnet_jax.training.universal.detail_samples import round_to_symbols
from btcnet_jax.training.universal.prepared import (
    RATES_USED,
    coefficients_of,
    read_scene,
    with_components,
)
from btcnet_jax.training.universal.rounded import VIEWS, read_views

Gains = dict[str, dict[str, list[float]]]
"""Of each scene, by how its symbols were chosen, in decibels from the lowest rate to the highest."""

_STRENGTH = 0.1


class Validation(NamedTuple):
    """A scene at all rates, its symbols chosen in one way: as training rounds, or by the encoder."""

    scene: str
    chosen: str
    symbols: Float[Array, "rates r c 16 24"]
    coefficients: Float[Array, "rates r c 16 24"]
    left: Float[Array, " rates"]


def load_validation(paths: list[Path], symbols: Path) -> list[Validation]:
    """Prepared scenes, and their views where there are any."""
    out = []
    for path in paths:
        scene = read_scene(path)
        rates = range(RATES_USED)
        values = [
            coefficients_of(with_components(scene.planes[i]), scene.block_matrix) for i in rates
        ]
        coefficients = jnp.array(np.stack(values), jnp.float32)
        rounded = jax.vmap(round_to_symbols, in_axes=(0, None))(coefficients, _STRENGTH)
        left = jnp.array(scene.left[:RATES_USED], jnp.float32)
        out.append(Validation(scene.name, "rounded", rounded, coefficients, left))
        if (symbols / path.name).exists():
            views = read_views(scene, symbols / path.name)[::VIEWS]
            # Where a small scene grew, its mirror image is no part of it.
            rows, cols = coefficients.shape[1:3]
            integers = np.stack([view.symbols[:rows, :cols] for view in views])
            chosen = jnp.array(integers, jnp.float32)
            out.append(Validation(scene.name, "encoder", chosen, coefficients, left))
    return out


def squared_error(
    values: Float[Array, "*b r c 16 k"], coefficients: Float[Array, "*b r c 16 k"]
) -> Float[Array, "*b"]:
    """Squared error of all components at a pixel, in steps."""
    return jnp.square(values - coefficients).mean(axis=(-4, -3, -2)).sum(axis=-1)


def measure_gains(apply: Apply, params: Any, validation: list[Validation]) -> Gains:
    """Gains over the best constant reconstruction points.

    Args:
        apply: the network, compiled for the scenes' shapes.
        params: its parameters.
        validation: scenes.
    """
    gains: Gains = {}
    for scene, chosen, symbols, coefficients, left in validation:
        restored = symbols + apply(params, symbols)
        plain = squared_error(jax.vmap(with_centroids)(symbols, coefficients), coefficients)
        ratio = (plain + left) / (squared_error(restored, coefficients) + left)
        decibels = [round(float(value), 4) for value in 10 * jnp.log10(ratio)]
        gains.setdefault(scene, {})[chosen] = decibels
    return gains


def mean_gains(gains: Gains) -> dict[str, list[float]]:
    """The mean over scenes, by how symbols were chosen."""
    ways = dict.fromkeys(way for of_scene in gains.values() for way in of_scene)
    return {
        way: np.mean([found[way] for found in gains.values() if way in found], axis=0)
        .round(4)
        .tolist()
        for way in ways
    }


def with_centroids(
    symbols: Float[Array, "r c 16 k"], coefficients: Float[Array, "r c 16 k"]
) -> Float[Array, "r c 16 k"]:
    """Symbols of magnitude 1, and those of more, moved by what is best for all of them."""
    sign, size, out = jnp.sign(symbols), jnp.abs(symbols), symbols
    for chosen in (size == 1, size >= 2):
        shift = ((coefficients - symbols) * sign * chosen).sum() / jnp.maximum(chosen.sum(), 1)
        out = out + chosen * sign * shift
    return out
