"""The layers of a decoder network as modules of Flax, which draw the parameters that training begins with."""

from typing import Any

import flax.linen as nn
import jax
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from btcnet_jax.models.detail_layers import Body
from btcnet_jax.models.detail_restorer import DetailRestorer


def draw_params(body: Body, seed: int, *arrays: Any) -> dict[str, Any]:
    """Float32 parameters of a network, as the shapes of arrays want them."""
    return DrawnLayers(body).init(jax.random.key(seed), *arrays)["params"]


class DrawnLayers(nn.Module):
    """`Layers` whose parameters are drawn; computes a network.

    Attributes:
        body: of the network.
    """

    body: Body

    @nn.compact
    def __call__(self, *arrays: Any) -> Float[Array, "..."]:
        return self.body(self, *arrays)

    def conv(
        self,
        x: Float[Array, "b h w c"],
        name: str,
        features: int,
        size: int,
        scale: float,
        dtype: DTypeLike,
        bias: bool = False,
    ) -> Float[Array, "b h w features"]:
        """See `Layers`."""
        init = nn.initializers.zeros
        if scale:
            init = nn.initializers.variance_scaling(scale, "fan_in", "normal")
        return nn.Conv(
            features, (size, size), use_bias=bias, dtype=dtype, kernel_init=init, name=name
        )(x)

    def within(self, name: str, body: Body, *arrays: Any) -> Float[Array, "..."]:
        """See `Layers`."""
        return DrawnLayers(body, name=name)(*arrays)

    def restorer(
        self, x: Float[Array, "b h w c"], name: str, **settings: Any
    ) -> Float[Array, "b h w restored"]:
        """See `Layers`."""
        return DetailRestorer(**settings, name=name)(x)
