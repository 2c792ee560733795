"""What an encoder in integers knows before it starts: ranges and band scales of a scene.

A codec on the ground takes them from each scene; on board, lines are coded before the last has come.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from btcnet_jax.coding.band_scales import ScaleSymbols
from btcnet_jax.parts.band_units import read_scales
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
        latent: its least and greatest value, float32; None where steps are learned.
    """

    dtype: np.dtype
    value_range: ValueRange
    scales: ScaleSymbols | None
    inputs: tuple[float, float]
    latent: tuple[float, float] | None

    def gains(self, bands: int) -> Float64[np.ndarray, "2 bands"]:
        """Factor and summand that lead from a band's samples to what the network sees."""
        span = value_span(self.value_range)
        gain, offset = np.full(bands, 1 / span), np.full(bands, -self.value_range.minimum / span)
        if self.scales is not None:
            mean, deviation = (np.asarray(each, np.float64) for each in read_scales(self.scales))
            gain, offset = gain / deviation, (offset - mean) / deviation
        return np.stack([gain, offset])
