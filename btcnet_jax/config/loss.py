"""What training minimizes: distortion, spectral angle and rate."""

import dataclasses
import itertools
import math

from btcnet_jax.config.checks import require, require_one_of
from btcnet_jax.config.model import LEARNED, ModelConfig

DISTORTIONS = ("l1", "mse", "band_mse", "psnr")


@dataclasses.dataclass(kw_only=True, slots=True)
class LossConfig:
    """loss = distortion + sam_weight * SAM + rate_weight * bpppb; the published loss is L1 alone."""

    distortion: str = (
        "l1"  # l1, mse, band_mse (over each band's peak), psnr (negative, as published)
    )
    sam_weight: float = 0.0  # of the mean spectral angle in degrees
    # Lambda, of the rate in bpppb: one for each of model.rate_levels, from the coarsest to the finest.
    rate_weights: tuple[float, ...] = ()

    def validate(self, model: ModelConfig) -> None:
        """Raise `ConfigError` on a value that cannot work with `model`."""
        require_one_of(DISTORTIONS, "loss.distortion", self.distortion)
        fits = 0 <= self.sam_weight < math.inf
        require(fits, "loss.sam_weight", self.sam_weight, "0 or more")
        weights = self.rate_weights
        if model.quantizer != LEARNED:
            wanted = f"empty: a quantizer by its {model.quantizer} has no rate to learn"
            require(not weights, "loss.rate_weights", weights, wanted)
            return
        fits = len(weights) == model.rate_levels
        wanted = f"a tuple of {model.rate_levels}, a weight for each of model.rate_levels"
        require(fits, "loss.rate_weights", weights, wanted)
        positive = all(0 < weight < math.inf for weight in weights)
        require(positive, "loss.rate_weights", weights, "above 0 each")
        falling = all(first > second for first, second in itertools.pairwise(weights))
        wanted = "falling, so that the rate of the levels rises"
        require(falling, "loss.rate_weights", weights, wanted)
