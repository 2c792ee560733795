"""Sensors of the benchmarks as data: how many bands are shipped, and which are kept."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64


@dataclass(frozen=True, kw_only=True, eq=False)
class Sensor:
    """A sensor, or one data set's variant of it.

    Attributes:
        key: short name.
        name: full name.
        bands: bands as shipped.
        kept: indices of the bands that are kept, increasing, counting from 0.
        wavelengths: centers of all shipped bands in nanometers, float64 (bands,), where they are the
            same in every scene; None where each scene must bring its own.
        source: where these numbers come from.
    """

    key: str
    name: str
    bands: int
    kept: tuple[int, ...]
    wavelengths: Float64[np.ndarray, " _"] | None
    source: str


def _indices(*ranges: tuple[int, int]) -> tuple[int, ...]:
    """Indices from 0 of bands given as ranges that count from 1 and include both ends."""
    return tuple(band - 1 for first, last in ranges for band in range(first, last + 1))


def _without(bands: int, dropped: Iterable[int]) -> tuple[int, ...]:
    out = set(dropped)
    return tuple(band for band in range(bands) if band not in out)


AVIRIS = Sensor(
    key="aviris",
    name="AVIRIS, Airborne Visible/Infrared Imaging Spectrometer (NASA/JPL)",
    bands=224,
    kept=_without(224, _indices((1, 10), (104, 116), (152, 170), (215, 224))),
    # Calibrated anew each season, so a flight line's own header is the only honest source.
    wavelengths=None,
    source="Kept: the 172 bands of the BTC-Net papers, without bands 1-10, 104-116, 152-170 and"
    " 215-224 counting from 1, which are noise and water vapor.",
)

# Linear between the ends of each detector array, which fits the published centers to 0.1 nm.
_HYPERION_NANOMETERS = np.concatenate(
    [np.linspace(355.59, 1057.68, 70), np.linspace(851.92, 2577.08, 172)]
)

HYPERION = Sensor(
    key="hyperion",
    name="Hyperion on Earth Observing-1 (NASA/USGS), L1R and L1T",
    bands=242,
    kept=_indices((8, 57), (79, 79), (83, 119), (133, 164), (183, 184), (188, 220)),
    wavelengths=_HYPERION_NANOMETERS,
    source="Calibrated are bands 8-57 (VNIR) and 77-224 (SWIR). Kept: the 155 of them that Datt et"
    " al. (IEEE Trans. Geosci. Remote Sens. 41(6), 2003) keep: 8-57, 79, 83-119, 133-164, 183-184"
    " and 188-220 counting from 1, without the detectors' overlap and water vapor. Centers: linear"
    " between the ends that USGS publishes for each detector array.",
)


def _whu_hi(key: str, place: str, bands: int) -> Sensor:
    return Sensor(
        key=key,
        name=f"Headwall Nano-Hyperspec on a UAV, WHU-Hi-{place} (Wuhan University)",
        bands=bands,
        kept=tuple(range(bands)),
        # 400 to 1000 nm is all that is published with the .mat files.
        wavelengths=None,
        source="Zhong et al., Remote Sensing of Environment 250, 2020; all bands are kept.",
    )


LONG_KOU = _whu_hi("long_kou", "LongKou", 270)
HAN_CHUAN = _whu_hi("han_chuan", "HanChuan", 274)
HONG_HU = _whu_hi("hong_hu", "HongHu", 270)
