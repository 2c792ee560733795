"""The decoder networks of the universal codec, known by their parameters.

Each takes quantized coefficients of blocks and gives residuals in steps: `DetailNet` on the grid of blocks,
`PixelNet` on the grid of pixels.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from btcnet_jax.models.detail_net import (
    DetailNet,
    Frame,
    detail_net_of,
    init_detail_params,
    receptive_radius,
)
from btcnet_jax.models.detail_params import are_on_pixels
from btcnet_jax.models.pixel_net import (
    PixelNet,
    frame_radius,
    init_pixel_params,
    pixel_net_of,
    pixel_radius,
)

DetailNetwork = DetailNet | PixelNet


def network_of(params: dict[str, Any], dtype: DTypeLike = jnp.float32) -> DetailNetwork:
    """The network that parameters belong to, by their names and shapes; `require_network` looks at all of them.

    Raises:
        KeyError: a layer's parameters are missing.
        ValueError: they are of no network of the decoder.
    """
    return (pixel_net_of if are_on_pixels(params) else detail_net_of)(params, dtype)


def require_network(params: dict[str, Any]) -> DetailNetwork:
    """The network of parameters, each of which has the shape that it must have.

    Raises:
        KeyError, ValueError: as of `network_of`; or the layers do not fit together.
    """
    net = network_of(params)
    expected = jax.eval_shape(
        lambda: (
            init_detail_params(net, 0) if isinstance(net, DetailNet) else init_pixel_params(net, 0)
        )
    )
    if jax.tree.map(np.shape, expected) != jax.tree.map(np.shape, params):
        raise ValueError("the shapes of the detail network's parameters do not fit together")
    return net


def reach_of(net: DetailNetwork) -> int:
    """How many blocks away a symbol can be and still change a residual."""
    return receptive_radius(net) if isinstance(net, DetailNet) else pixel_radius(net)


def frame_reach_of(net: DetailNetwork) -> int:
    """How many blocks beyond what is wanted a frame must reach."""
    return 0 if isinstance(net, DetailNet) else frame_radius(net)


def residuals(
    net: DetailNetwork,
    params: dict[str, Any],
    symbols: Float[Array, "b rows cols 16 k"],
    block_matrix: Float[Array, "16 16"],
    inside: Float[Array, "b rows cols 1"] | None = None,
    frame: Frame | None = None,
) -> Float[Array, "b _ _ 16 k"]:
    """Residuals of coefficients, in steps; arguments as of `PixelNet`.

    Of a frame they are right but for `frame_reach_of` blocks beside what is not the border of all.
    """
    if isinstance(net, DetailNet):
        found = net.apply(params, symbols, inside)
        return found if frame is None else frame.cut(found)
    return net.apply(params, symbols, block_matrix, inside, frame)
