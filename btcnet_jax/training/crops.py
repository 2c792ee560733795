"""From a batch as it comes from the host to the normalized crops that the network sees."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, Key, Num

from btcnet_jax.config import Config
from btcnet_jax.config.model import BANDS, TILE, ModelConfig
from btcnet_jax.ops.band_scales import (
    BandScales,
    band_scales,
    from_band_units,
    to_band_units,
)
from btcnet_jax.ops.strips import CropPlaces, cut_crops, draw_places, split_strips
from btcnet_jax.training.state import Batch


class Crops(NamedTuple):
    """Crops of some images, image after image.

    Attributes:
        values: normalized to [0, 1] by each image's range, float32.
        offset: each image's minimum over its range: `values + offset` is proportional to the samples.
        scales: of each image's bands, where the network sees each band in its own; else None.
    """

    values: Float[Array, "b h w bands"]
    offset: Float[Array, "images"]
    scales: BandScales | None = None

    @property
    def inputs(self) -> Float[Array, "b h w bands"]:
        """What the network sees."""
        return self.values if self.scales is None else to_band_units(self.values, self.scales)

    def restored(self, outputs: Float[Array, "b h w bands"]) -> Float[Array, "b h w bands"]:
        """What the network gives, as `values`."""
        return outputs if self.scales is None else from_band_units(outputs, self.scales)


def draw_training_places(config: Config, batch: Batch, key: Key[Array, ""]) -> CropPlaces:
    """Random places of strips, or tiles, in each patch of the batch."""
    return draw_places(
        key, batch["patches"].shape[:3], config.data.strips_per_image, *_crop_size(config)
    )


def training_crops(config: Config, batch: Batch, places: CropPlaces) -> Crops:
    """The strips, or tiles, at these places of the patches."""
    per_image = config.data.strips_per_image
    # Cut before normalizing: integers are half the size of float32 or less.
    values = cut_crops(batch["patches"], places, *_crop_size(config))
    minimum = jnp.repeat(batch["minimum"], per_image)
    maximum = jnp.repeat(batch["maximum"], per_image)
    scales = _scales(config.model, batch)
    return Crops(normalize(values, minimum, maximum), _offset(batch), scales)


def validation_crops(model: ModelConfig, batch: Batch) -> Crops:
    """A patch whole, or cut into all its strips, as the decoder takes it; the batch is one patch."""
    values, scales = _normalized(batch), _scales(model, batch)
    if model.decoder.context != TILE:
        values = split_strips(values[0], model.strip_cols)
    return Crops(values, _offset(batch), scales)


def normalize(
    patches: Num[Array, "images rows cols bands"],
    minimum: Float[Array, "images"],
    maximum: Float[Array, "images"],
) -> Float[Array, "images rows cols bands"]:
    """Map each image from its scene's [minimum, maximum] to [0, 1], in float32."""
    low, high = minimum[:, None, None, None], maximum[:, None, None, None]
    return (patches.astype(jnp.float32) - low) / (high - low)


def _crop_size(config: Config) -> tuple[int, int]:
    return config.data.strip_rows, config.data.crop_cols(config.model)


def _normalized(batch: Batch) -> Float[Array, "images rows cols bands"]:
    return normalize(batch["patches"], batch["minimum"], batch["maximum"])


def _scales(model: ModelConfig, batch: Batch) -> BandScales | None:
    """Of the patches, each of which stands for a scene that has a file of its own."""
    return band_scales(_normalized(batch)) if model.normalization == BANDS else None


def _offset(batch: Batch) -> Float[Array, "images"]:
    low, high = jnp.asarray(batch["minimum"]), jnp.asarray(batch["maximum"])
    return low / (high - low)
