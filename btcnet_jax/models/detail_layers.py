"""The layers of a decoder network, from parameters that it has; those that training draws are of Flax.

To import Flax and to trace its modules takes longer than to restore a small scene.
"""

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float

Body = Callable[..., Float[Array, "..."]]
"""What a network computes: of its layers, then of arrays."""


@runtime_checkable
class Layers(Protocol):
    """Where a network's layers come from, by name."""

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
        """A convolution that keeps the sides, beyond which are zeros.

        Args:
            x: what comes in.
            name: of the layer.
            features: channels of what comes out.
            size: of the kernel.
            scale: of its variance at the start, over that of what comes in; 0 for a kernel of zeros.
            dtype: that it computes in; parameters are float32.
            bias: whether it has one.
        """

    def within(self, name: str, body: Body, *arrays: Any) -> Float[Array, "..."]:
        """A network within this one."""

    def restorer(
        self, x: Float[Array, "b h w c"], name: str, **settings: Any
    ) -> Float[Array, "b h w restored"]:
        """V2's detail restorer, of such settings."""


class KeptLayers:
    """Of a network that has parameters.

    Args:
        params: of the layers by name.
    """

    def __init__(self, params: dict[str, Any]) -> None:
        self._params = params

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
        """See `Layers`; their parameters say `features`, `size` and `scale`."""
        layer = self._params[name]
        x, kernel = jnp.asarray(x, dtype), jnp.asarray(layer["kernel"], dtype)
        added = jnp.asarray(layer["bias"], dtype) if bias else None
        axes = ("NHWC", "HWIO", "NHWC")
        y = jax.lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=axes)
        return y if added is None else y + added.reshape(1, 1, 1, -1)

    def within(self, name: str, body: Body, *arrays: Any) -> Float[Array, "..."]:
        """See `Layers`."""
        return body(KeptLayers(self._params[name]), *arrays)

    def restorer(
        self, x: Float[Array, "b h w c"], name: str, **settings: Any
    ) -> Float[Array, "b h w restored"]:
        """See `Layers`; a module of Flax, for it is not run by decoders."""
        from btcnet_jax.models.detail_restorer import DetailRestorer

        return jnp.asarray(DetailRestorer(**settings).apply({"params": self._params[name]}, x))
