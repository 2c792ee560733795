"""Coders of volumes of real numbers: SPERR, SZ3 and ZFP, which bound the error of every sample.

Where samples are integers, whatever is restored nearer than 0.5 beyond a whole bound is rounded into it: so
much more tolerance they are given, which makes files smaller than the bound itself would.
"""

import math
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from btcnet_benchmark.codecs.library_method import Bands, Targets, Trial, call, first_kept
from btcnet_jax.codec.bound import Bound
from btcnet_jax.codec.step_finding import Aim, Budget, Precision, find_step
from btcnet_jax.codec.target import Rate
from btcnet_jax.errors import CubeError

Volume = Float[np.ndarray, "_ _ _"]
_PRECISION = Precision.of_shares(9, goal=0.995, enough=0.99, poor=0.97)
# What float arithmetic may add to the library's own bound, of integers and of floats.
_SLACK, _SHARES = (0.01, 0.05, 0.2, 0.5), (1.0, 1 - 1e-6, 1 - 1e-3, 0.97)
# ZFP codes some bit planes below the accuracy it is asked for; so much coarser nothing is left.
_SPARE_POWERS = 10
# Asked for less than a bit in all SPERR codes everything.
_LEAST_BITS = 8


class Sperr:
    """The 3-D wavelet coder, over the whole cube as one chunk: of a promised error, or of a size.

    Source: Li, Lindstrom, Clyne 2023, "Lossy Scientific Data Compression With SPERR", IPDPS.
    """

    name, library = "SPERR", "sperr"
    about = "3-D over the whole cube as one chunk; a bound by its point-wise error, a rate by its bpp mode"
    targets: Targets = (Rate, Bound)
    seeks_bound = False

    def bounded(self, bands: Bands, error: float) -> bytes:
        """See `Method`."""
        volume = _thick(_real(bands))
        files = (self._encode(volume, tolerance, "pwe") for tolerance in _tolerances(bands, error))
        data = first_kept(bands, error, files, lambda d: self._decode(d)[: len(bands)])
        return _require(data, self.name, error)

    def within(self, bands: Bands, budget: int) -> bytes:
        """See `Method`."""
        volume = _thick(_real(bands))
        least = _LEAST_BITS / volume.size

        def attempt(step: float) -> Trial:
            bits = max(1 / step, least)
            return Trial(self._encode(volume, bits, "bpp"), bits <= least)

        aim: Aim[Trial] = Budget(budget)
        return find_step(attempt, volume.size / (8 * budget), aim, _PRECISION).data

    def restore(self, data: bytes, shape: tuple[int, int, int], dtype: np.dtype) -> Volume:
        """See `Method`."""
        return self._decode(data)[: shape[0]].reshape(shape)

    def _encode(self, volume: Volume, level: float, mode: str) -> bytes:
        return bytes(call("sperr", "encode", volume, level, mode, numthreads=1))

    def _decode(self, data: bytes) -> Volume:
        volume: Volume = call("sperr", "decode", data, numthreads=1)
        return volume


class Sz3:
    """Prediction by interpolation or neighbors, whichever SZ3 itself chooses, with an absolute bound.

    imagecodecs leaves no other choice of its algorithm. Bands before rows and columns, or after them:
    whichever is smaller.

    Source: Liang et al. 2023, "SZ3: A Modular Framework for Composing Prediction-Based Error-Bounded Lossy
    Compressors", IEEE Trans. Big Data 9(2).
    """

    name, library = "SZ3", "sz3"
    about = "3-D, its default choice of predictors, absolute bound, the better of two orders of the axes"
    targets: Targets = (Rate, Bound)
    seeks_bound = False

    def bounded(self, bands: Bands, error: float) -> bytes:
        """See `Method`."""
        volume, kept = _real(bands), []
        shape, dtype = volume.shape, volume.dtype
        for order in (0, 1):
            files = (self._encode(volume, t, order) for t in _tolerances(bands, error))
            kept.append(first_kept(bands, error, files, lambda d: self._decode(d, shape, dtype)))
        return _require(min(filter(None, kept), key=len, default=None), self.name, error)

    def within(self, bands: Bands, budget: int) -> bytes:
        """See `Method`."""
        volume = _real(bands)
        span = float(volume.max()) - float(volume.min())
        order = min((0, 1), key=lambda order: len(self._encode(volume, span / 50, order)))

        def attempt(tolerance: float) -> Trial:
            return Trial(self._encode(volume, min(tolerance, span), order), tolerance >= span)

        aim: Aim[Trial] = Budget(budget)
        return find_step(attempt, span / 50, aim, _PRECISION).data

    def restore(self, data: bytes, shape: tuple[int, int, int], dtype: np.dtype) -> Volume:
        """See `Method`."""
        return self._decode(data, shape, _real_type(dtype))

    def _encode(self, volume: Volume, tolerance: float, order: int) -> bytes:
        turned = np.ascontiguousarray(np.moveaxis(volume, 0, 2)) if order else volume
        return bytes([order]) + bytes(call("sz3", "encode", turned, "abs", abs=tolerance))

    def _decode(self, data: bytes, shape: tuple[int, ...], dtype: np.dtype) -> Volume:
        turned = shape[1:] + shape[:1] if data[0] else shape
        volume: Volume = call("sz3", "decode", data[1:], turned, dtype)
        return np.moveaxis(volume, 2, 0) if data[0] else volume


class Zfp:
    """Transformed blocks of 4 x 4 x 4, fixed accuracy: a power of two, and far more than is asked for.

    So the coarsest accuracy whose greatest error is within the bound is searched for, and for a rate the finest
    whose file is. Floats are lossless by the reversible mode.

    Source: Lindstrom 2014, "Fixed-Rate Compressed Floating-Point Arrays", IEEE TVCG 20(12).
    """

    name, library = "ZFP", "zfp"
    about = "3-D, fixed accuracy, the coarsest that keeps the bound or the finest within the rate"
    targets: Targets = (Rate, Bound)
    seeks_bound = True

    def bounded(self, bands: Bands, error: float) -> bytes:
        """See `Method`."""
        volume = _real(bands)
        if error == 0 and bands.dtype.kind == "f":
            return bytes(call("zfp", "encode", volume, mode="reversible", numthreads=1))
        most = math.floor(math.log2(max(error, 0.5)))
        files = (self._encode(volume, power) for power in range(most + 5, most - 5, -1))
        return _require(first_kept(bands, error, files, self._decode), self.name, error)

    def within(self, bands: Bands, budget: int) -> bytes:
        """See `Method`."""
        volume = _real(bands)
        most = math.log2(max(float(np.abs(volume).max()), 1e-300))
        power = math.ceil(most) + _SPARE_POWERS
        data = finer = self._encode(volume, power)
        while len(finer) <= budget:
            data, power = finer, power - 1
            finer = self._encode(volume, power)
            if len(finer) >= volume.nbytes:
                break
        return data

    def restore(self, data: bytes, shape: tuple[int, int, int], dtype: np.dtype) -> Volume:
        """See `Method`."""
        return self._decode(data).reshape(shape)

    def _encode(self, volume: Volume, power: int) -> bytes:
        settings = {"level": 2.0**power, "mode": "accuracy", "numthreads": 1}
        return bytes(call("zfp", "encode", volume, **settings))

    def _decode(self, data: bytes) -> Volume:
        volume: Volume = call("zfp", "decode", data)
        return volume


def _tolerances(bands: Bands, error: float) -> Iterator[float]:
    """What to ask a library for, the coarsest first, so that rounded samples are within the bound."""
    if bands.dtype.kind != "f":
        yield from (math.floor(error) + 0.5 - slack for slack in _SLACK[: 3 if error < 1 else 4])
    elif error > 0:
        yield from (error * share for share in _SHARES)


def _require(data: bytes | None, name: str, error: float) -> bytes:
    if data is None:
        what = "is not lossless on floats" if error == 0 else f"keeps no bound of {error:g} here"
        raise CubeError(f"{name} {what}")
    return data


def _real_type(dtype: np.dtype) -> np.dtype:
    """float32 holds the samples of up to 16 bits."""
    return np.dtype(np.float32 if dtype.itemsize <= 2 or dtype == np.float32 else np.float64)


def _real(bands: Bands) -> Volume:
    return bands.astype(_real_type(bands.dtype))


def _thick(volume: Volume) -> Volume:
    """A lone band twice: SPERR ends the process on a volume of one plane."""
    return np.repeat(volume, 2, axis=0) if len(volume) == 1 else volume
