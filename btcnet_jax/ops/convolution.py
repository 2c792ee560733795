"""Convolutions of a network that computes in bfloat16, arranged so that an accelerator's tiles are full.

Weights are float32 and are rounded to the input's type here. A strip has 1, 2 or 4 columns: a kernel that
slides over them meets padding half of the time, and cuDNN has no fast gradient for it. So narrow inputs
fold: their columns become channels, and the kernel the block matrix between them.
"""

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike
from jaxtyping import Array, Float

_NHWC = ("NHWC", "HWIO", "NHWC")
_NWC = ("NWC", "WIO", "NWC")
# Channels that tensor cores take without padding, which cuDNN would add in a pass of its own.
CHANNEL_MULTIPLE = 8
# Folding 4 columns costs a third more arithmetic, which pays while they fill no tile on their own.
_FOLD_4_COLUMNS_TO = 64


def convolve(
    x: Float[Array, "b h w c"],
    kernel: Float[Array, "rows cols c features"],
    bias: Float[Array, "features"],
    stride: int = 1,
) -> Float[Array, "b H W features"]:
    """A square convolution of size 1 or 3 with "same" zero padding, in the type of `x`."""
    if kernel.shape[0] == 1:
        return add_bias(project(x, kernel[0, 0]), bias)
    if not _folds(x):
        return _convolve(x, kernel, bias, (stride, stride), ((1, 1), (1, 1)))
    folded = fold_cols(kernel, x.shape[2], stride)
    cols, features = folded.shape[-2:]
    y = _convolve_folded(x, folded, jnp.tile(bias, cols), stride)
    return y.reshape(*y.shape[:2], cols, features)


def convolve_and_shuffle(
    x: Float[Array, "b h w c"],
    kernel: Float[Array, "3 3 c shuffled"],
    bias: Float[Array, "shuffled"],
    factor: int,
) -> Float[Array, "b H W features"]:
    """`pixel_shuffle` of a convolution of size 3, in the type of `x`.

    The shuffle reorders the kernel's output channels, so that of a narrow input nothing is left to move.
    """
    batch, rows, cols, _ = x.shape
    kernel = kernel.reshape(*kernel.shape[:3], -1, factor, factor)
    bias = bias.reshape(-1, factor, factor)
    features = len(bias)
    if _folds(x):
        folded = fold_cols(kernel.reshape(*kernel.shape[:3], -1), cols, 1)
        folded = folded.reshape(*folded.shape[:4], features, factor, factor)
        folded = folded.transpose(0, 1, 2, 5, 3, 6, 4)  # row, column and its part, then channel
        shape = (features, factor, cols, factor)
        bias = jnp.broadcast_to(bias[:, :, None], shape).transpose(1, 2, 3, 0)
        y = _convolve_folded(x, folded, bias.reshape(-1), 1)
        return y.reshape(batch, rows * factor, cols * factor, features)
    kernel = kernel.transpose(0, 1, 2, 4, 5, 3).reshape(*kernel.shape[:3], -1)
    y = convolve(x, kernel, bias.transpose(1, 2, 0).reshape(-1))
    y = y.reshape(batch, rows, cols, factor, factor, features).transpose(0, 1, 3, 2, 4, 5)
    return y.reshape(batch, rows * factor, cols * factor, features)


def fold_cols(
    kernel: Float[Array, "rows 3 c features"], cols: int, stride: int
) -> Float[Array, "rows {cols} c out features"]:
    """What each column of the output takes from each column of the input; padding falls away."""
    zero = jnp.zeros((), kernel.dtype)
    firsts = [stride * out - 1 for out in range((cols - 1) // stride + 1)]
    taps = [
        jax.lax.pad(kernel, zero, ((0, 0, 0), (first, cols - 3 - first, 0), (0,) * 3, (0,) * 3))
        for first in firsts
    ]
    return jnp.stack(taps, axis=3)


@jax.custom_vjp
def add_bias(y: Float[Array, "*b features"], bias: Float[Array, "features"]) -> Array:
    """Add a float32 bias; its gradient is summed in float32."""
    return y + bias.astype(y.dtype)


def _add_bias_backward(_: None, g: Float[Array, "*b features"]) -> tuple[Array, Array]:
    flat = g.reshape(-1, g.shape[-1])
    # As a product, since XLA joins it to the product that is the weight's gradient.
    return g, _product(jnp.ones((len(flat), CHANNEL_MULTIPLE), g.dtype), flat, 0, 0, jnp.float32)[0]


add_bias.defvjp(lambda y, bias: (add_bias(y, bias), None), _add_bias_backward)


@jax.custom_vjp
def _add_bias_summed(y: Float[Array, "*b features"], bias: Float[Array, "features"]) -> Array:
    return y + bias.astype(y.dtype)


def _add_bias_summed_backward(_: None, g: Float[Array, "*b features"]) -> tuple[Array, Array]:
    return g, jnp.sum(g, tuple(range(g.ndim - 1)), jnp.float32)


_add_bias_summed.defvjp(
    lambda y, bias: (_add_bias_summed(y, bias), None), _add_bias_summed_backward
)


@jax.custom_vjp
def project(x: Float[Array, "*b c"], weight: Float[Array, "c features"]) -> Array:
    """`x` times a float32 matrix; the matrix's gradient is summed, and stays, in float32."""
    flat = x.reshape(-1, x.shape[-1])
    y = _product(flat, weight.astype(x.dtype), 1, 0, x.dtype)
    return y.reshape(*x.shape[:-1], -1)


def project_backward(
    residuals: tuple[Array, Array], g: Float[Array, "*b features"]
) -> tuple[Array, Array]:
    """Gradients of `project` by `residuals` = (x, weight)."""
    x, weight = residuals
    flat = g.reshape(-1, g.shape[-1])
    dx = _product(flat, weight.astype(x.dtype), 1, 1, x.dtype)
    return dx.reshape(x.shape), _product(x.reshape(len(flat), -1), flat, 0, 0, jnp.float32)


project.defvjp(lambda x, weight: (project(x, weight), (x, weight)), project_backward)


def _product(
    a: Float[Array, "..."], b: Float[Array, "..."], axis_a: int, axis_b: int, dtype: DTypeLike
) -> Float[Array, "..."]:
    dimensions = (((axis_a,), (axis_b,)), ((), ()))
    return jax.lax.dot_general(a, b, dimensions, preferred_element_type=dtype)


def _folds(x: Float[Array, "b h w c"]) -> bool:
    cols, channels = x.shape[2:]
    return cols <= 2 or (cols == 4 and channels <= _FOLD_4_COLUMNS_TO)


def _convolve_folded(
    x: Float[Array, "b h w c"],
    folded: Float[Array, "3 w c *features"],
    bias: Float[Array, "out"],
    stride: int,
) -> Float[Array, "b H out"]:
    """A convolution over rows of inputs whose columns became channels.

    In one dimension: of a second, of size 1, XLA would take the weight's gradient for a forward
    convolution with a kernel of all rows, four times as slow as cuDNN's own, and transpose for it.
    """
    rows = x.reshape(*x.shape[:2], -1)
    kernel = folded.reshape(3, rows.shape[-1], -1)
    return _convolve(rows, kernel, bias, (stride,), ((1, 1),))


def _convolve(
    x: Float[Array, "b *space c"],
    kernel: Float[Array, "*size c features"],
    bias: Float[Array, "features"],
    stride: tuple[int, ...],
    padding: tuple[tuple[int, int], ...],
) -> Float[Array, "b *Space features"]:
    features = len(bias)
    extra = -features % CHANNEL_MULTIPLE
    kernel = jnp.pad(kernel, ((0, 0),) * (kernel.ndim - 1) + ((0, extra),)).astype(x.dtype)
    layout = _NHWC if len(stride) == 2 else _NWC
    y = jax.lax.conv_general_dilated(x, kernel, stride, padding, dimension_numbers=layout)
    # What comes back is written by an elementwise kernel as often as not, which the sum then joins.
    return _add_bias_summed(y, jnp.pad(bias, (0, extra)))[..., :features]
