"""Front end of the networks whose bands are each in units of their own: `model.normalization = "bands"`."""

import numpy as np
from jaxtyping import Float, Float64, Num

from btcnet_jax.coding.band_scales import decode_scales, encode_scales
from btcnet_jax.container.compressed_file import CompressedFile
from btcnet_jax.container.container import Section
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.ops.band_scales import LEAST, LEAST_SHARE
from btcnet_jax.parts.interface import Inverse
from btcnet_jax.parts.whole_range import Normalized, WholeRange
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.lines import line_blocks
from btcnet_jax.scene.missing_samples import Missing

# Lines that are summed at a time, in float64.
_LINES = 64


class BandUnits(WholeRange):
    """Each band less its mean and over its deviation, which the section BAND_SCALES tells.

    Args:
        bands: that the network was trained for.
    """

    def normalize(
        self,
        values: Num[np.ndarray, "rows cols bands"],
        facts: SceneFacts,
        multiple: tuple[int, int],
    ) -> Normalized:
        """What the network sees, in the units that a decoder will read."""
        planes = super().normalize(values, facts, multiple).planes
        rows, cols, _ = facts.shape
        scales = encode_scales(*measure_scales(planes[:rows, :cols], facts.missing))
        planes -= scales.mean.astype(np.float32)
        planes /= scales.deviation.astype(np.float32)
        return Normalized(planes, [Section(SectionKind.BAND_SCALES, scales.data)])

    def inverse(
        self, file: CompressedFile, facts: SceneFacts, latent: Num[np.ndarray, "..."]
    ) -> Inverse:
        """From the bands' own units to the scene's.

        Raises:
            FileFormatError: the section BAND_SCALES is missing or damaged.
        """
        super().inverse(file, facts, latent)
        scales = decode_scales(file.payload(SectionKind.BAND_SCALES), facts.shape[2])
        mean, deviation = scales.mean.astype(np.float32), scales.deviation.astype(np.float32)
        return lambda planes: planes * deviation + mean


def measure_scales(
    planes: Float[np.ndarray, "rows cols bands"], missing: Missing | None = None
) -> tuple[Float64[np.ndarray, " bands"], Float64[np.ndarray, " bands"]]:
    """Mean and deviation of each band's data, as `ops.band_scales` has them.

    Args:
        planes: a scene in units of its range.
        missing: its samples that are no data.
    """
    rows, cols, bands = planes.shape
    mean, deviation = np.zeros(bands), np.zeros(bands)
    groups = [(np.ones((rows, cols), bool), np.arange(bands))]
    for present, some in groups if missing is None else missing.groups():
        count = max(np.count_nonzero(present), 1)
        sums = np.zeros((2, len(some)))
        for lines in line_blocks(rows, _LINES):
            data = planes[lines][..., some][present[lines]].astype(np.float64)
            sums += data.sum(0), np.square(data).sum(0)
        mean[some] = sums[0] / count
        deviation[some] = np.sqrt(np.maximum(sums[1] / count - np.square(mean[some]), 0))
    return mean, np.maximum(deviation, max(LEAST_SHARE * deviation.max(), LEAST))
