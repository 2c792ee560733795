"""Cutting a scene into the strips a push-broom sensor delivers, and joining strips to a scene."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Key, Num


def split_strips(
    x: Float[Array, "rows columns channels"], width: int
) -> Float[Array, "strips rows {width} channels"]:
    """Cut a scene into columns / width strips side by side, from left to right."""
    rows, columns, channels = x.shape
    return x.reshape(rows, columns // width, width, channels).transpose(1, 0, 2, 3)


def join_strips(
    x: Float[Array, "strips rows width channels"],
) -> Float[Array, "rows columns channels"]:
    """Put strips side by side: the inverse of `split_strips`."""
    strips, rows, width, channels = x.shape
    return x.transpose(1, 0, 2, 3).reshape(rows, strips * width, channels)


def random_crops(
    patches: Num[Array, "images rows columns bands"],
    key: Key[Array, ""],
    per_image: int,
    crop_rows: int,
    crop_columns: int,
) -> Num[Array, "images*{per_image} {crop_rows} {crop_columns} bands"]:
    """Cut `per_image` strips or tiles at random places of each patch (they may overlap), and flip at random.

    Each crop is flipped in rows and in columns with probability one half each.
    Source: BTC-Net V2's training recipe.
    """
    images, rows, columns, bands = patches.shape
    count = images * per_image
    row_key, column_key, flip_key = jax.random.split(key, 3)
    top = jax.random.randint(row_key, (count,), 0, rows - crop_rows + 1)
    left = jax.random.randint(column_key, (count,), 0, columns - crop_columns + 1)
    flips = jax.random.bernoulli(flip_key, shape=(count, 2))

    def cut(
        image: Num[Array, "rows columns bands"], top: Int[Array, ""], left: Int[Array, ""]
    ) -> Num[Array, "crop_rows crop_columns bands"]:
        return jax.lax.dynamic_slice(image, (top, left, 0), (crop_rows, crop_columns, bands))

    # Image by image, so that devices that hold some of the images each cut their own.
    places = top.reshape(images, per_image), left.reshape(images, per_image)
    crops = jax.vmap(jax.vmap(cut, (None, 0, 0)))(patches, *places)
    crops = crops.reshape(count, crop_rows, crop_columns, bands)
    crops = jnp.where(flips[:, 0, None, None, None], crops[:, ::-1], crops)
    return jnp.where(flips[:, 1, None, None, None], crops[:, :, ::-1], crops)
