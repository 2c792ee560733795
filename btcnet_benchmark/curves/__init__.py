"""Rate-distortion curves and how two of them compare."""

from btcnet_benchmark.curves.bjontegaard import BjontegaardDelta, bd_psnr, bd_rate
from btcnet_benchmark.curves.points import RateDistortionCurve

__all__ = ["BjontegaardDelta", "RateDistortionCurve", "bd_psnr", "bd_rate"]
