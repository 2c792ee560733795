"""What an encoder on board knows before it flies: ranges and band scales of a scene on the ground.

A codec on the ground takes them from each scene; on board, lines are coded before the last has come.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from btcnet_jax.coding.band_scales import ScaleSymbols
from btcnet_jax.config import ModelConfig
from btcnet_jax.config.model import BANDS
from btcnet_jax.errors import CubeError
from btcnet_jax.models.btcnet import Params
from btcnet_jax.ops.quantizer import Symbols
from btcnet_jax.parts.band_units import BandUnits, read_scales
from btcnet_jax.parts.network import NetworkTransform
from btcnet_jax.parts.whole_range import WholeRange
from btcnet_jax.scene.scene import Scene
from btcnet_jax.scene.value_range import ValueRange, value_span

SAMPLE_TYPES = (np.dtype(np.int16), np.dtype(np.uint16))
"""Of the samples that an encoder in integers takes."""


class Calibration(NamedTuple):
    """Of a scene.

    Attributes:
        dtype: of the samples, int16 or uint16.
        value_range: of the samples.
        scales: of the bands, where the network sees each in units of its own; else None.
        inputs: least and greatest value that the network sees.
        latent: the float encoder's: symbols and their range, or floats where steps are learned.
    """

    dtype: np.dtype
    value_range: ValueRange
    scales: ScaleSymbols | None
    inputs: tuple[float, float]
    latent: Symbols | np.ndarray

    def gains(self, bands: int) -> Float64[np.ndarray, "2 bands"]:
        """Factor and summand that lead from a band's samples to what the network sees."""
        span = value_span(self.value_range)
        gain, offset = np.full(bands, 1 / span), np.full(bands, -self.value_range.minimum / span)
        if self.scales is not None:
            mean, deviation = (np.asarray(each, np.float64) for each in read_scales(self.scales))
            gain, offset = gain / deviation, (offset - mean) / deviation
        return np.stack([gain, offset])


def calibrate(config: ModelConfig, params: Params, scene: Scene) -> Calibration:
    """Ranges and scales of a scene, as the codec on the ground finds them, and what its encoder makes of it.

    Args:
        config: of the model.
        params: of the model, float32.
        scene: of int16 or uint16, all of them data.

    Raises:
        CubeError: the model cannot take the scene, its samples are of another type, or some are no data.
    """
    if scene.values.dtype not in SAMPLE_TYPES:
        raise CubeError(
            f"the scene's samples are {scene.values.dtype}, an encoder on board takes int16 or uint16: "
            "give a scene as the instrument delivers it"
        )
    front_end = (BandUnits if config.normalization == BANDS else WholeRange)(config.bands)
    facts = front_end.facts(scene)
    if facts.missing is not None:
        raise CubeError(
            f"{facts.missing.count()} samples of the scene are no data, which an encoder on board cannot "
            "tell from others: give a scene, or a part of one, that is whole"
        )
    transform = NetworkTransform(config, params)
    planes, scales = front_end.normalize(scene.values, facts, transform.multiple)
    inputs = float(planes.min()), float(planes.max())
    dtype = scene.values.dtype.newbyteorder("=")
    return Calibration(dtype, facts.value_range, scales, inputs, transform.analyze(planes))
