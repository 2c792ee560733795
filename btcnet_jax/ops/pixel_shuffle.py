"""Pixel shuffle: channels become pixels, in PyTorch's channel order so that published weights fit."""

from jaxtyping import Array, Float


def pixel_shuffle(x: Float[Array, "b h w c"], factor: int) -> Float[Array, "b H W C"]:
    """Rearrange (b, h, w, c * r * r) to (b, h * r, w * r, c) with r = `factor`.

    Source: Shi et al., CVPR 2016; input channel `c*r*r + i*r + j` becomes pixel (i, j) of channel c.
    """
    batch, rows, cols, channels = x.shape
    kept = channels // factor**2
    split = x.reshape(batch, rows, cols, kept, factor, factor)
    return split.transpose(0, 1, 4, 2, 5, 3).reshape(batch, rows * factor, cols * factor, kept)
