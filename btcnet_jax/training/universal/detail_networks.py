"""The decoder networks that can be trained, by name, and how each is trained."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from btcnet_jax.models.detail_net import DetailNet, init_detail_params
from btcnet_jax.models.detail_networks import DetailNetwork, residuals
from btcnet_jax.models.pixel_net import PixelNet, init_pixel_params
from btcnet_jax.training.universal.prepared import DETAIL_COMPONENTS

Apply = Callable[[Any, Float[Array, "b r c 16 24"]], Float[Array, "b r c 16 24"]]


@dataclass(frozen=True)
class Recipe:
    """A network in the type it is trained in, and how it is trained where nothing else is said.

    Attributes:
        net: the network.
        rate: highest learning rate.
        minutes: that it wants.
        views, textures, mixed: shares of crops, as of `DetailSettings`.
    """

    net: DetailNetwork
    rate: float
    minutes: float = 20.0
    views: float = 0.35
    textures: float = 0.25
    mixed: float = 0.0


_PIXELS = PixelNet(DETAIL_COMPONENTS, dtype=jnp.bfloat16)
_RESTORER = replace(_PIXELS, front_width=0, front_blocks=0, width=32, blocks=0)

RECIPES = {
    "block": Recipe(DetailNet(DETAIL_COMPONENTS, 192, 4, jnp.bfloat16), 7e-4, 2.0),
    "light": Recipe(_PIXELS, 7e-4),
    "full": Recipe(replace(_PIXELS, width=144, blocks=8), 7e-4, 8.0, 0.25, 0.4, 0.6),
    "restorer": Recipe(_RESTORER, 5e-4),
    "deep": Recipe(replace(_RESTORER, front_width=192, front_blocks=4), 5e-4),
}
"""block: the grid of blocks alone. light: that, then residual blocks on pixels. full: the same, wider and
deeper, which more made up crops keep from learning its scenes by heart. restorer: V2's detail restorer on
pixels. deep: both, a block network before the detail restorer."""


def init_params(net: DetailNetwork, seed: int) -> dict[str, Any]:
    """Float32 parameters to start training from; the residual they give is zero."""
    return (
        init_detail_params(net, seed)
        if isinstance(net, DetailNet)
        else init_pixel_params(net, seed)
    )


def applied(
    net: DetailNetwork, block_matrix: Float[Array, "16 16"], dtype: DTypeLike | None = None
) -> Apply:
    """Residuals of symbols, by parameters; computed in another type than the network's where one is given."""
    net = net if dtype is None else replace(net, dtype=dtype)
    return lambda params, symbols: residuals(net, params, symbols, block_matrix)
