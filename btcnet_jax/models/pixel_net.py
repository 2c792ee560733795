"""Decoder networks of the universal codec that reconstruct space first: V2's order, on component planes.

The inverse block transform comes first, so the network works on the grid of pixels, in units of the
quantization step. What it adds is transformed back, so it gives residuals of coefficients as `DetailNet` does.
It knows neither bands nor sensor nor step: one set of weights serves any scene.
"""

import functools
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from btcnet_jax.models.detail_layers import KeptLayers, Layers
from btcnet_jax.models.detail_net import DetailNet, Frame, detail_net_of, receptive_radius
from btcnet_jax.models.detail_params import POSITIONS

_SIDE = 4
_LINEAR_LIMIT = 2.0
# Pixels that the means among them reach over.
_REACH = 4

_Planes = Float[Array, "b h w k"]
_Inside = Float[Array, "#b h w 1"]


@dataclass(frozen=True)
class PixelNet:
    """Coefficients in, residuals of coefficients out, by way of the pixels.

    A block network (`DetailNet`) may correct the coefficients first. Then convolutions look at the planes
    before and after it: residual blocks of two 3 x 3 convolutions, or V2's detail restorer with mean attention.
    The last layer starts at zero.

    Attributes:
        components: spectral components it takes and restores.
        front_width: channels of the block network; 0 for none.
        front_blocks: residual blocks of the block network.
        width: channels on the grid of pixels.
        blocks: residual blocks there; 0 for the detail restorer.
        gamma: expansion of the detail restorer's feed-forward modules.
        dtype: of the convolutions; parameters are float32.
        remat: in training, compute the detail restorer's blocks again instead of storing what is inside.
    """

    components: int
    front_width: int = 192
    front_blocks: int = 4
    width: int = 64
    blocks: int = 4
    gamma: int = 4
    dtype: DTypeLike = jnp.float32
    remat: bool = False

    def apply(
        self,
        params: dict[str, Any],
        symbols: Float[Array, "b rows cols 16 components"],
        block_matrix: Float[Array, "16 16"],
        inside: Float[Array, "b rows cols 1"] | None = None,
        frame: Frame | None = None,
    ) -> Float[Array, "b _ _ 16 components"]:
        """Residuals of the coefficients, by parameters; else as `compute`."""
        return self.compute(KeptLayers(params), symbols, block_matrix, inside, frame)

    def compute(
        self,
        layers: Layers,
        symbols: Float[Array, "b rows cols 16 components"],
        block_matrix: Float[Array, "16 16"],
        inside: Float[Array, "b rows cols 1"] | None = None,
        frame: Frame | None = None,
    ) -> Float[Array, "b _ _ 16 components"]:
        """Residuals of the coefficients.

        Args:
            layers: of the network.
            symbols: whole numbers; positions by rising frequency.
            block_matrix: the block transform, position by sample, orthonormal.
            inside: 1 where the scene is, 0 beyond its borders, for a tile that reaches over them; None: all of
                it is the scene.
            frame: what residuals are given of, as of a scene that ends there for what looks at pixels; None
                for all. What lies around it is seen by the block network alone, which reaches further.
        """
        shape = (1, *symbols.shape[1:3], 1)
        blocks_inside = jnp.ones(shape, jnp.float32) if inside is None else inside
        correction = jnp.zeros_like(symbols)
        if self.front_width:
            front = DetailNet(self.components, self.front_width, self.front_blocks, self.dtype)
            correction = layers.within("front", front.compute, symbols, inside)
        if frame is not None:
            symbols, correction = frame.cut(symbols), frame.cut(correction)
            blocks_inside = blocks_inside if inside is None else frame.cut(blocks_inside)
        mask = jnp.repeat(jnp.repeat(blocks_inside, _SIDE, axis=1), _SIDE, axis=2)
        features = [pixel_features(to_planes(symbols, block_matrix), mask)]
        if self.front_width:
            corrected = to_planes(symbols + correction, block_matrix)
            features.append(pixel_features(corrected, mask))
        x = jnp.concatenate(features, axis=-1).astype(self.dtype)
        if self.blocks:
            y = self._residual_blocks(layers, x, mask.astype(self.dtype))
        else:
            y = self._restorer(layers, x)
        return correction + to_blocks(y.astype(jnp.float32), block_matrix)

    def _restorer(self, layers: Layers, x: Float[Array, "b h w features"]) -> _Planes:
        return layers.restorer(
            x,
            "detail_restorer",
            features=self.width,
            gamma=self.gamma,
            channels=x.shape[-1],
            mean=True,
            remat=self.remat,
            outputs=self.components,
        )

    def _residual_blocks(
        self, layers: Layers, x: Float[Array, "b h w features"], mask: _Inside
    ) -> _Planes:
        x = layers.conv(x, "input", self.width, 3, 1.0, self.dtype, bias=True)
        for index in range(self.blocks):
            name, first = f"block_{index}", (self.width, 3, 2.0, self.dtype)
            y = layers.conv(x * mask, f"{name}_first", *first, bias=True)
            # A fifth of the usual spread keeps the sum of all blocks near the input at the start.
            last = self.width, 3, 2.0 * 0.2**2, self.dtype
            x = x + layers.conv(jax.nn.gelu(y) * mask, f"{name}_last", *last)
        return layers.conv(jax.nn.gelu(x) * mask, "output", self.components, 3, 0.0, self.dtype)


def to_planes(
    coefficients: Float[Array, "b rows cols 16 k"], block_matrix: Float[Array, "16 16"]
) -> _Planes:
    """Component planes of blocks: the inverse block transform."""
    batch, rows, cols, _, count = coefficients.shape
    samples = jnp.einsum("ps,brcpk->brcsk", block_matrix, coefficients, precision="highest")
    samples = samples.reshape(batch, rows, cols, _SIDE, _SIDE, count).swapaxes(2, 3)
    return samples.reshape(batch, rows * _SIDE, cols * _SIDE, count)


def to_blocks(
    planes: _Planes, block_matrix: Float[Array, "16 16"]
) -> Float[Array, "b rows cols 16 k"]:
    """Coefficients of the blocks of planes whose sides are multiples of 4."""
    batch, rows, cols, count = planes.shape
    blocks = planes.reshape(batch, rows // _SIDE, _SIDE, cols // _SIDE, _SIDE, count)
    samples = blocks.swapaxes(2, 3).reshape(batch, rows // _SIDE, cols // _SIDE, POSITIONS, count)
    return jnp.einsum("ps,brcsk->brcpk", block_matrix, samples, precision="highest")


def pixel_features(planes: _Planes, inside: _Inside) -> Float[Array, "b h w features"]:
    """What a network looks at: 3 numbers of each plane at a pixel, none of which tells its level.

    Planes less their means over 3 x 3 and 9 x 9 pixels through asinh, which keeps small steps apart and large
    ones small, and less their mean over 5 x 5, clipped. Means are over the pixels inside.
    """
    values, ones = planes * inside, inside
    # Sums around pixels beyond the borders count for nothing, as where nothing lies there at all.
    three, counts = _box(values, 1) * inside, _box(ones, 1) * inside
    nine, more = _box(three, 1, apart=3), _box(counts, 1, apart=3)
    five, some = _box(values, 2), _box(ones, 2)
    means = [sums / jnp.maximum(n, 1) for sums, n in ((three, counts), (nine, more), (five, some))]
    curved = [jnp.arcsinh(planes - mean) for mean in means[:2]]
    clipped = jnp.clip(planes - means[2], -_LINEAR_LIMIT, _LINEAR_LIMIT)
    return jnp.concatenate([*curved, clipped], axis=-1) * inside


def _box(x: Float[Array, "b h w c"], reach: int, apart: int = 1) -> Float[Array, "b h w c"]:
    """Sums over squares of 2 * reach + 1 pixels a side, so far apart; nothing beyond the borders."""
    for axis in (1, 2):
        length, far = x.shape[axis], reach * apart
        padded = jnp.pad(x, [(far, far) if i == axis else (0, 0) for i in range(4)])
        starts = range(0, 2 * far + 1, apart)
        parts = [jax.lax.slice_in_dim(padded, i, i + length, axis=axis) for i in starts]
        x = functools.reduce(jnp.add, parts)
    return x


def init_pixel_params(net: PixelNet, seed: int) -> dict[str, Any]:
    """Float32 parameters to start training from; the residual they give is zero."""
    from flax.traverse_util import flatten_dict, unflatten_dict

    from btcnet_jax.models.drawing import draw
    from btcnet_jax.models.drawn_layers import draw_params

    symbols, matrix = jnp.zeros((1, 4, 4, POSITIONS, net.components)), jnp.eye(POSITIONS)
    params = draw_params(net.compute, seed, symbols, matrix)
    if "detail_restorer" in params:
        flat = flatten_dict(params["detail_restorer"])
        shapes = {path: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype) for path, leaf in flat.items()}
        random = np.random.default_rng(seed)
        drawn = {path: jnp.asarray(draw(path, shapes, random)) for path in sorted(flat)}
        drawn |= {path: jnp.zeros_like(drawn[path]) for path in flat if path[0] == "conv_last"}
        params = {**params, "detail_restorer": unflatten_dict(drawn)}
    return params


def pixel_net_of(params: dict[str, Any], dtype: DTypeLike = jnp.float32) -> PixelNet:
    """The network of residual blocks that parameters belong to, by the shapes of some.

    Raises:
        KeyError: a layer's parameters are missing.
        ValueError: they are those of a detail restorer.
    """
    if "detail_restorer" in params:
        raise ValueError("a detail restorer's attention sees a whole scene: it is not run in tiles")
    width = params["input"]["kernel"].shape[-1]
    components = params["output"]["kernel"].shape[-1]
    blocks = sum(name.endswith("_first") for name in params)
    front = detail_net_of(params["front"]) if "front" in params else None
    front_width, front_blocks = (front.width, front.blocks) if front else (0, 0)
    return PixelNet(components, front_width, front_blocks, width, blocks, dtype=dtype)


def pixel_radius(net: PixelNet) -> int:
    """How many blocks away a symbol can be and still change a residual."""
    front = DetailNet(net.components, net.front_width, net.front_blocks)
    return frame_radius(net) + (receptive_radius(front) if net.front_width else 0)


def frame_radius(net: PixelNet) -> int:
    """How many blocks away of them what looks at pixels reaches."""
    return -(-(_REACH + 2 + 2 * net.blocks) // _SIDE)
