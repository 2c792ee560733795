"""The quality of a restored cube: what the figures are, and what they are computed from."""

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64

from btcnet_jax.metrics.angles import AngleSums
from btcnet_jax.metrics.bands import BandSums


@dataclass(frozen=True, kw_only=True, eq=False)
class Quality:
    """Quality of a restored cube against its original, on denormalised data.

    Every figure of a band is of its valid samples only. `bands` are all bands of the cube: first
    `bands_masked` of them fall to the band mask, then `bands_missing` because they have no valid
    sample, then `bands_left_out` because their original is constant (all zero included). PSNR and
    RMSE are means over the rest, each band with the same weight however many samples it has. Two
    kinds of the rest have no finite PSNR and are left out of its mean only: `bands_exact`, restored
    without any error (infinite, so leaving them out can only lower the mean), and
    `bands_without_peak`, whose original maximum is not above zero. A band of both kinds counts as
    exact. A figure with nothing left to average is None.

    Attributes:
        psnr_db: mean over bands of 10 log10(max_b^2 / mse_b), dB, max_b the original's maximum.
        psnr_range_db: the same against the width of the original's integer type (65535 for 16
            bits) in place of max_b; None for floating-point cubes.
        sam_deg: mean spectral angle over pixels, degrees, over all bands that the mask keeps and that are
            not missing; only pixels that are valid in all of these have one.
        rmse: root of the mean over bands of mse_b, in the cube's unit.
        max_error: greatest absolute error in any band that the mask keeps, constant ones included.
        pixels: rows times columns.
        pixels_left_out: pixels without an angle, for a sample of theirs is missing or their original
            spectrum is all zero.
        samples_missing: samples that are not valid, of the bands that the mask keeps.
        psnr_per_band: dB; infinite for an exact band, NaN for one missing, left out or without a peak.
        rmse_per_band: in the cube's unit; NaN for a band masked, missing or left out.

    Source: BTC-Net V2 (IEEE, 2026), evaluation protocol.
    """

    psnr_db: float | None
    psnr_range_db: float | None
    sam_deg: float | None
    rmse: float | None
    max_error: float
    bands: int
    bands_masked: int
    bands_missing: int
    bands_left_out: int
    bands_exact: int
    bands_without_peak: int
    pixels: int
    pixels_left_out: int
    samples_missing: int
    psnr_per_band: Float64[np.ndarray, " bands"]
    rmse_per_band: Float64[np.ndarray, " bands"]

    @classmethod
    def of(
        cls,
        sums: BandSums,
        angles: AngleSums,
        *,
        kept: Bool[np.ndarray, " all"],
        type_range: float | None,
    ) -> "Quality":
        """Figures from sums over the bands that the mask `kept`, out of all."""
        varies, mse = sums.varies(), sums.mse()
        pixels = angles.pixels + angles.pixels_left_out
        exact = varies & (mse == 0)
        no_peak = varies & ~exact & (sums.maximum <= 0)
        psnr = np.where(varies, _psnr_db(np.maximum(sums.maximum, 0), mse), np.nan)
        psnr = np.where(no_peak, np.nan, np.where(exact, np.inf, psnr))
        in_range = None if type_range is None else _psnr_db(type_range, mse)[varies & ~exact]
        return cls(
            psnr_db=_mean(psnr[np.isfinite(psnr)]),
            psnr_range_db=None if in_range is None else _mean(in_range),
            sam_deg=angles.mean(),
            rmse=None if not varies.any() else float(np.sqrt(mse[varies].mean())),
            max_error=float(sums.max_error.max()),
            bands=len(kept),
            bands_masked=int((~kept).sum()),
            bands_missing=int((sums.samples == 0).sum()),
            bands_left_out=int((~varies & (sums.samples > 0)).sum()),
            bands_exact=int(exact.sum()),
            bands_without_peak=int(no_peak.sum()),
            pixels=pixels,
            pixels_left_out=angles.pixels_left_out,
            samples_missing=int((pixels - sums.samples).sum()),
            psnr_per_band=_spread(psnr, kept),
            rmse_per_band=_spread(np.where(varies, np.sqrt(mse), np.nan), kept),
        )

    @property
    def valid_share(self) -> float:
        """Valid samples out of all samples of the bands that the mask keeps, 0 to 1."""
        return 1 - self.samples_missing / (self.pixels * (self.bands - self.bands_masked))

    def to_json(self) -> dict[str, Any]:
        """A dict that `json.dumps(..., allow_nan=False)` takes; no value and infinity are None."""
        return {field.name: _plain(getattr(self, field.name)) for field in dataclasses.fields(self)}


def _psnr_db(
    peak: Float64[np.ndarray, " bands"] | float, mse: Float64[np.ndarray, " bands"]
) -> Float64[np.ndarray, " bands"]:
    """10 log10(peak^2 / mse); the caller replaces what is not finite."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return 20 * np.log10(peak) - 10 * np.log10(mse)


def _mean(values: Float64[np.ndarray, " n"]) -> float | None:
    return float(values.mean()) if values.size else None


def _spread(
    values: Float64[np.ndarray, " kept"], kept: Bool[np.ndarray, " bands"]
) -> Float64[np.ndarray, " bands"]:
    """Values of the kept bands at their places among all bands, NaN elsewhere."""
    spread = np.full(len(kept), np.nan)
    spread[kept] = values
    return spread


def _plain(value: Any) -> Any:
    """JSON has no infinity and no NaN: both become None."""
    if isinstance(value, np.ndarray):
        return [_plain(item) for item in value.tolist()]
    return None if isinstance(value, float) and not np.isfinite(value) else value
