"""The decoder's detail network of the universal codec: what quantization took away, in units of the step.

It sees quantized 4 x 4 DCT coefficients of the first spectral components as integers and estimates what
rounding removed from each. It knows neither bands nor sensor nor step, so one set of weights serves any scene.
"""

from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Int

POSITIONS = 16
"""Coefficients of a block, the mean (DC) first."""

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


class DetailNet(nn.Module):
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

    @nn.compact
    def __call__(
        self,
        symbols: Float[Array, "b rows cols 16 components"],
        inside: Float[Array, "b rows cols 1"] | None = None,
    ) -> Float[Array, "b rows cols 16 components"]:
        """Residuals of the coefficients.

        Args:
            symbols: whole numbers; positions by rising frequency.
            inside: 1 where the scene is, 0 beyond its borders, for a tile that reaches over them; DC
                beyond a border must repeat the border's. None: all of it is the scene.
        """
        mask = jnp.ones((1, 1, 1, 1), self.dtype) if inside is None else inside.astype(self.dtype)
        x = self._conv("input", 1, _init(1.0), self.width, bias=True)(
            block_features(symbols).astype(self.dtype)
        )
        for index in range(self.blocks):
            y = self._conv(f"block_{index}_first", 3, _init(2.0), self.width, bias=True)(x * mask)
            # A fifth of the usual spread keeps the sum of all blocks near the input at the start.
            last = self._conv(f"block_{index}_last", 3, _init(2.0 * 0.2**2), self.width)
            x = x + last(nn.gelu(y) * mask)
        outputs = POSITIONS * self.components
        residual = self._conv("output", 1, nn.initializers.zeros, outputs)(nn.gelu(x))
        return residual.astype(jnp.float32).reshape(symbols.shape)

    def _conv(
        self,
        name: str,
        size: int,
        init: nn.initializers.Initializer,
        features: int,
        bias: bool = False,
    ) -> nn.Conv:
        return nn.Conv(
            features, (size, size), use_bias=bias, dtype=self.dtype, kernel_init=init, name=name
        )


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
    return net.init(jax.random.key(seed), symbols)["params"]


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


def _init(scale: float) -> nn.initializers.Initializer:
    return nn.initializers.variance_scaling(scale, "fan_in", "normal")
