"""Cutting a scene into the strips a push-broom sensor delivers, and joining strips to a scene."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Key, Num


def split_strips(
    x: Float[Array, "rows cols channels"], width: int
) -> Float[Array, "strips rows {width} channels"]:
    """Cut a scene into columns / width strips side by side, from left to right."""
    rows, cols, channels = x.shape
    return x.reshape(rows, cols // width, width, channels).transpose(1, 0, 2, 3)


def join_strips(
    x: Float[Array, "strips rows width channels"],
) -> Float[Array, "rows cols channels"]:
    """Put strips side by side: the inverse of `split_strips`."""
    strips, rows, width, channels = x.shape
    return x.transpose(1, 0, 2, 3).reshape(rows, strips * width, channels)


class CropPlaces(NamedTuple):
    """Where crops are cut of a batch's images.

    Attributes:
        top, left: the first row and column of each.
        flips: whether rows and columns are reversed.
    """

    top: Int[Array, "images crops"]
    left: Int[Array, "images crops"]
    flips: Bool[Array, "images crops 2"]


def draw_places(
    key: Key[Array, ""],
    shape: tuple[int, int, int],
    per_image: int,
    crop_rows: int,
    crop_cols: int,
) -> CropPlaces:
    """Random places of `per_image` strips or tiles in each image; they may overlap.

    Each crop is flipped in rows and in columns with probability one half each.
    Source: BTC-Net V2's training recipe.

    Args:
        key: all places follow from it.
        shape: images, rows, columns.
        per_image: crops of each.
        crop_rows: of a crop, at most the image's.
        crop_cols: likewise.
    """
    images, rows, cols = shape
    count = images * per_image
    row_key, column_key, flip_key = jax.random.split(key, 3)
    top = jax.random.randint(row_key, (count,), 0, rows - crop_rows + 1)
    left = jax.random.randint(column_key, (count,), 0, cols - crop_cols + 1)
    flips = jax.random.bernoulli(flip_key, shape=(count, 2))
    return CropPlaces(
        *(drawn.reshape(images, per_image, *drawn.shape[1:]) for drawn in (top, left, flips))
    )


def cut_crops(
    patches: Num[Array, "images rows cols bands"],
    places: CropPlaces,
    crop_rows: int,
    crop_cols: int,
) -> Num[Array, "crops {crop_rows} {crop_cols} bands"]:
    """The crops at these places, image after image."""
    bands = patches.shape[-1]

    def cut(
        image: Num[Array, "rows cols bands"], top: Int[Array, ""], left: Int[Array, ""]
    ) -> Num[Array, "crop_rows crop_cols bands"]:
        return jax.lax.dynamic_slice(image, (top, left, 0), (crop_rows, crop_cols, bands))

    crops = jax.vmap(jax.vmap(cut, (None, 0, 0)))(patches, places.top, places.left)
    crops = crops.reshape(-1, crop_rows, crop_cols, bands)
    flips = places.flips.reshape(-1, 2)
    crops = jnp.where(flips[:, 0, None, None, None], crops[:, ::-1], crops)
    return jnp.where(flips[:, 1, None, None, None], crops[:, :, ::-1], crops)
