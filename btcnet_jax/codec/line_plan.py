"""A front end planned beforehand: all that tiles are coded with, whatever their scene."""

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float32, Float64, Num

from btcnet_jax.container.header import DEPENDENT
from btcnet_jax.errors import ConfigError, CubeError
from btcnet_jax.parts.integers.block_encoder import BlockEncoder, block_encoder
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.info import SceneInfo
from btcnet_jax.scene.missing_samples import Missing
from btcnet_jax.scene.value_range import ValueRange, value_span

if TYPE_CHECKING:
    from btcnet_jax.codec.codec import Codec


@dataclass(frozen=True, eq=False, kw_only=True)
class LinePlan:
    """What lines of a sensor are coded with: `plan` finds one, `read_plan` reads one.

    The way of a sample x of a varying band: (x - minimum) / (maximum - minimum) of `value_range`, less `mean`;
    the bands' deviations times `projection` are components, of whose 4 x 4 blocks the DCT gives coefficients;
    these over `step` are quantized. A decoder needs `basis` and, where they are given, `gains`.

    Attributes:
        fingerprint: 8 bytes that name the contexts of the symbols.
        entropy_model: how these are quantized and coded, an `EntropyModelId`.
        objective: what was made best, an `Objective`.
        rate: bits a pixel and band that it was planned for.
        dtype: of the samples.
        value_range: that files tell of; samples beyond are clipped to it.
        seen: least and greatest sample of what it was planned on.
        planned_on: lines, samples of a line and bands of that.
        group: lines that are coded together, a multiple of 4.
        side: least blocks of 4 samples of a tile from left to right.
        varying: True for bands that are coded.
        fill: what the others hold, in the samples' type.
        mean: of each varying band, above the least value, in units of the range.
        weights: what a varying band's deviation counts, their mean being 1.
        projection: from deviations, in units of the range, to components.
        largest: greatest magnitude of each component's coefficients, in steps, of what it was planned on.
        step: quantization step, in units of the range.
        basis: payload of ADAPTIVE_BASIS: the matrix from symbols to bands.
        gains: payload of DETAIL_GAINS; None where files have none.
        info: what is known of the bands, and the nodata value.
        integers: the same front end in integers, where no float decides a symbol and all samples are data;
            None where floats do.
    """

    fingerprint: bytes
    entropy_model: int
    objective: int
    rate: float
    dtype: np.dtype
    value_range: ValueRange
    seen: ValueRange
    planned_on: tuple[int, int, int]
    group: int
    side: int
    varying: Bool[np.ndarray, " bands"]
    fill: Num[np.ndarray, " bands"]
    mean: Float64[np.ndarray, " varying"]
    weights: Float64[np.ndarray, " varying"]
    projection: Float32[np.ndarray, "varying components"]
    largest: Float64[np.ndarray, " components"]
    step: float
    basis: bytes
    gains: bytes | None
    info: SceneInfo
    integers: BlockEncoder | None = None

    @property
    def bands(self) -> int:
        """Of the sensor, constant ones included."""
        return len(self.varying)

    @property
    def components(self) -> int:
        """That are coded."""
        return self.projection.shape[1]

    @property
    def dependent(self) -> bool:
        """Whether symbols are those of two quantizers in turn."""
        return self.entropy_model in DEPENDENT

    def facts(self, rows: int, cols: int, missing: Missing | None = None) -> SceneFacts:
        """Of lines of a scene, of which these samples are missing."""
        shape = rows, cols, self.bands
        return SceneFacts(shape, self.dtype, self.value_range, self.varying, self.fill, missing)

    def require(self, bands: int, dtype: np.dtype, info: SceneInfo | None = None) -> None:
        """Refuse what is of another sensor.

        Args:
            bands: of the lines.
            dtype: of their samples, in either byte order.
            info: what is known of them.

        Raises:
            CubeError: another number of bands or another type, or centers of bands more than half a band away.
        """
        if bands != self.bands:
            raise CubeError(
                f"the plan is for {self.bands} bands, not {bands}: plan on lines of this sensor"
            )
        if np.dtype(dtype).newbyteorder("=") != self.dtype.newbyteorder("="):
            raise CubeError(
                f"the plan is for samples of type {self.dtype.name}, not {np.dtype(dtype).name}: "
                "plan on lines of this type"
            )
        given = None if info is None else info.wavelengths
        own = self.info.wavelengths
        if given is None or own is None or bands < 2:
            return
        apart = np.abs(np.asarray(given) - own)
        worst = int((apart / np.maximum(_spacing(own), 1e-9)).argmax())
        if apart[worst] > _spacing(own)[worst] / 2:
            raise CubeError(
                f"the plan is for another sensor: band {worst} (counted from 0) lies at {own[worst]:g} nm "
                f"there and at {float(given[worst]):g} nm here; plan on lines of this sensor"
            )


def _spacing(centers: Float64[np.ndarray, " bands"]) -> Float64[np.ndarray, " bands"]:
    """How far each band is from the nearer of those beside it."""
    gaps = np.abs(np.diff(centers))
    beside = np.minimum(np.append(gaps, np.inf), np.insert(gaps, 0, np.inf))
    # Bands may lie at one place, as where two spectrometers meet.
    return np.maximum(beside, np.median(gaps) / 2)


def coded_range(seen: ValueRange, dtype: np.dtype) -> ValueRange:
    """The range that files of a plan tell of: room for what the plan did not see.

    All of integers of up to 16 bits, so that none is ever clipped; of others, the span once more on each side.

    Raises:
        CubeError: a range that float64 cannot hold.
    """
    limits = np.iinfo(dtype) if dtype.kind != "f" else np.finfo(dtype)
    kind = int if dtype.kind != "f" else float
    low, high = kind(limits.min), kind(limits.max)
    if kind is float or dtype.itemsize > _WHOLE_BYTES:
        span = seen.maximum - seen.minimum
        low, high = max(low, seen.minimum - span), min(high, seen.maximum + span)
    found = ValueRange(low, high)
    if not np.isfinite(value_span(found)):
        raise CubeError("the values span more than float64 can hold: scale the lines first")
    return found


_WHOLE_BYTES = 2


def in_range(
    mean: Float64[np.ndarray, " varying"], before: ValueRange, after: ValueRange
) -> Float64[np.ndarray, " varying"]:
    """Means in units of a range, in units of another."""
    above = mean * value_span(before) + float(before.minimum) - float(after.minimum)
    return np.asarray(above / value_span(after))


def integers_of(plan: LinePlan) -> BlockEncoder:
    """The front end of a plan in integers.

    Raises:
        ConfigError: which option of the plan is in the way.
    """
    if plan.dependent:
        raise ConfigError(
            "a plan in integers quantizes each symbol by itself: leave out --quantization dependent"
        )
    span, minimum = value_span(plan.value_range), float(plan.value_range.minimum)
    projection, mean = np.zeros((plan.components, plan.bands)), np.zeros(plan.bands)
    projection[:, plan.varying] = plan.projection.T
    mean[plan.varying] = plan.mean * span + minimum
    return block_encoder(plan.dtype, projection, mean, plan.step * span)


@functools.cache
def own_codec(*, dependent: bool) -> "Codec":
    """The codec of the weights that ship, by whose contexts symbols are coded."""
    from btcnet_jax.codec.build import load

    return load(quantization="dependent" if dependent else "scalar")
