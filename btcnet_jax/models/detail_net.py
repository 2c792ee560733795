"""The decoder's detail network of the universal codec: what quantization took away, in units of the step.

It sees quantized 4 x 4 DCT coefficients of the first spectral components as integers and estimates what
rounding removed from each. It knows neither bands nor sensor nor step, so one set of weights serves any scene.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Int

from btcnet_jax.models.detail_layers import KeptLayers, Layers
from btcnet_jax.models.detail_params import POSITIONS

# Of each component: 15 AC coefficients, and differences of DC to four neighbors in two forms.
_FEATURES = POSITIONS - 1 + 2 * 4
_LINEAR_LIMIT = 2.0


class Frame(NamedTuple):
    """A window of a grid of blocks, of which the size is known when a network is compiled.

    Attributes:
        start: its first row and column.
        size: its rows and columns.
    """

    start: Int[Array, " 2"]
    size: tuple[int, int]

    def cut(self, grid: Float[Array, "b _ _ *rest"]) -> Float[Array, "b rows cols *rest"]:
        """What lies in it."""
        sizes = (grid.shape[0], *self.size, *grid.shape[3:])
        starts = (0, *self.start, *[0] * (grid.ndim - 3))
        return jax.lax.dynamic_slice(grid, starts, sizes)


@dataclass(frozen=True)
class DetailNet:
    """Residual network over the grid of blocks; integers in, residuals in steps out.

    A 1 x 1 convolution, `blocks` residual blocks of two 3 x 3 convolutions, a 1 x 1 convolution that
    starts at zero. Borders are zeros, as in any "same" convolution.

    Attributes:
        components: spectral components it takes and restores.
        width: channels of the hidden layers.
        blocks: residual blocks.
        dtype: of the convolutions; parameters are float32.
    """

    components: int
    width: int
    blocks: int
    dtype: DTypeLike = jnp.float32

    def apply(
        self,
        params: dict[str, Any],
        symbols: Float[Array, "b rows cols 16 components"],
        inside: Float[Array, "b rows cols 1"] | None = None,
    ) -> Float[Array, "b rows cols 16 components"]:
        """Residuals of the coefficients, by parameters; else as `compute`."""
        return self.compute(KeptLayers(params), symbols, inside)

    def compute(
        self,
        layers: Layers,
        symbols: Float[Array, "b rows cols 16 components"],
        inside: Float[Array, "b rows cols 1"] | None = None,
    ) -> Float[Array, "b rows cols 16 components"]:
        """Residuals of the coefficients.

        Args:
            layers: of the network.
            symbols: whole numbers; positions by rising frequency.
            inside: 1 where the scene is, 0 beyond its borders, for a tile that reaches over them; DC
                beyond a border must repeat the border's. None: all of it is the scene.
        """
        mask = jnp.ones((1, 1, 1, 1), self.dtype) if inside is None else inside.astype(self.dtype)
        x = block_features(symbols).astype(self.dtype)
        x = layers.conv(x, "input", self.width, 1, 1.0, self.dtype, bias=True)
        for index in range(self.blocks):
            name, first = f"block_{index}", (self.width, 3, 2.0, self.dtype)
            y = layers.conv(x * mask, f"{name}_first", *first, bias=True)
            # A fifth of the usual spread keeps the sum of all blocks near the input at the start.
            last = self.width, 3, 2.0 * 0.2**2, self.dtype
            x = x + layers.conv(jax.nn.gelu(y) * mask, f"{name}_last", *last)
        outputs = POSITIONS * self.components
        residual = layers.conv(jax.nn.gelu(x), "output", outputs, 1, 0.0, self.dtype)
        return residual.astype(jnp.float32).reshape(symbols.shape)


def block_features(
    symbols: Float[Array, "b rows cols 16 components"],
) -> Float[Array, "b rows cols features"]:
    """What the network looks at: 23 numbers of each component.

    AC through asinh, which keeps small integers apart and large ones small. Of DC only differences to the
    blocks N, S, W and E (border repeated), through asinh and clipped: its level says nothing of the rounding.
    """
    dc = symbols[..., 0, :]
    padded = jnp.pad(dc, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    around = (padded[:, :-2, 1:-1], padded[:, 2:, 1:-1], padded[:, 1:-1, :-2], padded[:, 1:-1, 2:])
    differences = [neighbor - dc for neighbor in around]
    ac = symbols[..., 1:, :].reshape(*dc.shape[:3], -1)
    curved = [jnp.arcsinh(values) for values in (ac, *differences)]
    clipped = [jnp.clip(values, -_LINEAR_LIMIT, _LINEAR_LIMIT) for values in differences]
    return jnp.concatenate(curved + clipped, axis=-1)


def init_detail_params(net: DetailNet, seed: int) -> dict[str, Any]:
    """Float32 parameters to start training from; the residual they give is zero."""
    symbols = jnp.zeros((1, 4, 4, POSITIONS, net.components))
    from btcnet_jax.models.drawn_layers import draw_params

    return draw_params(net.compute, seed, symbols)


def detail_net_of(params: dict[str, Any], dtype: DTypeLike = jnp.float32) -> DetailNet:
    """The network that parameters belong to, by the shapes of some.

    Raises:
        KeyError: a layer's parameters are missing.
    """
    inputs, width = params["input"]["kernel"].shape[2:]
    blocks = sum(name.endswith("_first") for name in params)
    return DetailNet(inputs // _FEATURES, width, blocks, dtype)


def receptive_radius(net: DetailNet) -> int:
    """How many blocks away a symbol can be and still change a residual."""
    return 1 + 2 * net.blocks
