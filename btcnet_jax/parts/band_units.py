"""Front end of the networks whose bands are each in units of their own: `model.normalization = "bands"`."""

from typing import Any

import numpy as np
from jaxtyping import Float, Float64, Int, Num

from btcnet_jax.coding.band_scales import (
    LEAST_LEVEL,
    MOST_LEVEL,
    STEPS_PER_OCTAVE,
    ScaleSymbols,
    decode_scales,
    encode_scales,
    mean_octaves,
)
from btcnet_jax.container.compressed_file import CompressedFile
from btcnet_jax.container.container import Section
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.ops.band_scales import LEAST, LEAST_SHARE, BandScales
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
        symbols = quantize_scales(*measure_scales(planes[:rows, :cols], facts.missing))
        units = read_scales(symbols)
        planes -= units.mean
        planes /= units.deviation
        return Normalized(planes, symbols)

    def sections(self, scales: ScaleSymbols | None) -> list[Section]:
        """The section BAND_SCALES."""
        assert scales is not None, "as `normalize` gives them"
        return [Section(SectionKind.BAND_SCALES, encode_scales(scales))]

    def inverse(
        self,
        file: CompressedFile,
        facts: SceneFacts,
        latent: Num[np.ndarray, "..."],
        bands: Int[np.ndarray, " some"],
    ) -> Inverse:
        """From the bands' own units to the scene's.

        Raises:
            FileFormatError: the section BAND_SCALES is missing or damaged.
        """
        super().inverse(file, facts, latent, bands)
        units = read_scales(decode_scales(file.payload(SectionKind.BAND_SCALES), facts.shape[2]))
        return lambda planes: planes[..., bands] * units.deviation[bands] + units.mean[bands]


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


def quantize_scales(mean: Any, deviation: Any, xp: Any = np) -> ScaleSymbols:
    """Scales as a file holds them, int32.

    Args:
        mean, deviation: of each band, in units of the scene's range; deviations above 0.
        xp: numpy, or jax.numpy to trace it.
    """
    levels = xp.rint(STEPS_PER_OCTAVE * xp.log2(deviation))
    levels = xp.clip(levels, LEAST_LEVEL, MOST_LEVEL).astype(xp.int32)
    steps = xp.exp2(mean_octaves(levels).astype(mean.dtype))
    return ScaleSymbols(levels, xp.rint(mean / steps).astype(xp.int32))


def read_scales(symbols: ScaleSymbols, xp: Any = np) -> BandScales:
    """The scales of symbols, float32 (bands,); inverse of `quantize_scales`."""
    levels = symbols.levels.astype(xp.float32)
    mean = symbols.means * xp.exp2(mean_octaves(symbols.levels).astype(xp.float32))
    return BandScales(mean.astype(xp.float32), xp.exp2(levels / STEPS_PER_OCTAVE))
