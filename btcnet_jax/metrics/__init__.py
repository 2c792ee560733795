"""Quality and rate of a restored cube, by the published evaluation protocol. numpy only."""

from btcnet_jax.metrics.angles import spectral_angles_deg
from btcnet_jax.metrics.means import mean_figures
from btcnet_jax.metrics.quality import Quality
from btcnet_jax.metrics.rate import bits_per_sample
from btcnet_jax.metrics.scene import QualityAccumulator, counting_missing, measure_quality

__all__ = [
    "Quality",
    "QualityAccumulator",
    "bits_per_sample",
    "counting_missing",
    "mean_figures",
    "measure_quality",
    "spectral_angles_deg",
]
