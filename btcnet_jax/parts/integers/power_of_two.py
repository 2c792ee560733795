"""The encoder in integers whose every scale is a power of two: int8 in, int8 weights, a shift, int8 out.

So computes a DPU (Vitis AI): tensors of int8, each with one position of the binary point, sums in 32 bits,
rounded by a shift. What scales there are of other sizes is put where there is no such limit:

- A channel's symbol step and the step of activations are put into the weights, so that activations are whole
  numbers, and so is the output, in steps of symbols. Weights alone may lose a bit, for a tensor has one point.
- Activations of a scene's range take all of int8. The one that stands for the network's 0, `zero`, is what
  lines outside the scene are filled with; it is a part of the bias.
- PReLU, of any slope, is a table of 256 symbols behind the output, for the processor that codes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float64, Int8, Int32, Int64, Integer

from btcnet_jax.config import ModelConfig
from btcnet_jax.config.model import LEARNED, require_level
from btcnet_jax.errors import ConfigError
from btcnet_jax.models.btcnet import Params
from btcnet_jax.ops.quantizer import quantize
from btcnet_jax.parts.integers.calibration import Calibration
from btcnet_jax.parts.integers.integer_encoder import FRACTION, IntegerEncoder
from btcnet_jax.parts.integers.quantizing import (
    by_channel,
    fixed_gains,
    latent_steps,
    require_onboard,
    require_sums_fit,
)

LOW, HIGH = -128, 127
"""Of int8: activations, weights and outputs."""

# Least and greatest symbol that saturates before PReLU, so many steps at most: rare ones, at the range's end.
_MOST_CUT = 4.0
# Points of the weights that are tried: the first that cuts none of them off, and the next, that cuts some.
_POINTS = 2


@dataclass(frozen=True, eq=False, kw_only=True)
class PowerOfTwoEncoder(IntegerEncoder):
    """An encoder of int8 and shifts; `power_of_two_encoder` makes one.

    What it inherits gives the output, before PReLU, as its symbol, of -128 to 127.

    Attributes:
        point: fractional bits of weights and sums.
        zero: the activation that stands for the network's 0.
        bias_units: of each channel, in units of sums, where activations outside the scene are `zero`.
        table: the symbol of each output, from -128 on.
    """

    point: int
    zero: int
    bias_units: Int64[np.ndarray, " channels"]
    table: Int32[np.ndarray, "256"]

    @property
    def activation_dtype(self) -> np.dtype:
        """int8."""
        return np.dtype(np.int8)

    def outputs(
        self, samples: Integer[np.ndarray, "rows cols bands"]
    ) -> Int8[np.ndarray, "h w channels"]:
        """Of a whole scene before PReLU, as int8. Errors as of `encode`."""
        found = [
            super(PowerOfTwoEncoder, self)._round(v) for v in self._scene_values(self.sums(samples))
        ]
        return np.stack(found).astype(np.int8)

    def _round(self, values: Int64[np.ndarray, "w channels"]) -> Int32[np.ndarray, "w channels"]:
        return self.table[super()._round(values) - LOW]


def power_of_two_encoder(
    config: ModelConfig, params: Params, calibration: Calibration, level: int | None = None
) -> PowerOfTwoEncoder:
    """The encoder of a model at a level, as `integer_encoder` makes it, in scales that are powers of two.

    Args:
        config: of the model.
        params: of the model, float32.
        calibration: of an instrument.
        level: of a model of several rates, 0 the coarsest; None for the finest.

    Raises:
        ConfigError: the model has no such form: says what is in the way.
    """
    require_onboard(config)
    level = config.rate_levels - 1 if level is None else level
    require_level(level, config.rate_levels)
    low, steps, symbols = latent_steps(config, params, calibration.latent, level)
    slope = float(params["encoder"]["slope"][0])
    middle = 0.0
    if config.quantizer != LEARNED:
        _require_outputs_fit(low, slope)
        # The output of the greatest symbol is the greatest.
        middle = low + symbols[1] - HIGH
    step, zero = _activations(calibration)
    gain, offset, shift = fixed_gains(calibration.gains(config.bands), step, -zero * step)
    kernel = quantize(jnp.asarray(params["encoder"]["kernel"]), config.bits)
    real = by_channel(np.asarray(kernel, np.float64)) * (step / steps)[:, None]
    point = _point(real)
    weights = _whole(real, point)
    require_sums_fit(weights, (LOW, HIGH))
    bias = np.asarray(quantize(jnp.asarray(params["encoder"]["bias"]), config.bits), np.float64)
    constant = np.rint(np.ldexp(bias / steps - middle, point)).astype(np.int64)
    rows = -zero * np.cumsum(weights.sum(-1, dtype=np.int64), axis=0)
    rows = np.concatenate([np.zeros_like(rows[:1]), rows])
    channels = np.ones(config.latent_channels, np.int64)
    return PowerOfTwoEncoder(
        dtype=calibration.dtype,
        scale=config.scale,
        multiple=config.scene_multiple[0],
        gain=gain,
        offset=offset,
        shift=shift,
        activation_low=LOW,
        activation_high=HIGH,
        weights=weights,
        # Sums times 2^(16 - point), exactly, in the terms of what is inherited.
        multiplier=channels << (FRACTION + 1 - point),
        total_multiplier=0 * channels,
        channel_shift=channels,
        bias=rows << (FRACTION - point),
        constant=constant << (FRACTION - point),
        slope=1 << FRACTION,
        low=0,
        symbol_low=LOW,
        symbol_high=HIGH,
        point=point,
        zero=zero,
        bias_units=constant + rows[-1],
        table=_table(middle, low, slope, symbols),
    )


def require_symbols_fit(
    params: Params, symbols: Sequence[Int32[np.ndarray, "h w channels"]]
) -> None:
    """Refuse learned steps of which a calibration's symbols, before PReLU, are beyond int8.

    Args:
        params: of the model.
        symbols: of the scenes that it is calibrated to.

    Raises:
        ConfigError: says how far they reach.
    """
    low, high = min(each.min() for each in symbols), max(each.max() for each in symbols)
    slope = float(params["encoder"]["slope"][0])
    before = low / slope if low < 0 and slope > 0 else low
    if before < LOW - 0.5 or high > HIGH:
        raise ConfigError(
            f"symbols reach from {low} to {high} before PReLU's slope of {slope:.3g}, and int8 from {LOW} to "
            f"{HIGH}: give a coarser --level, or leave out --scales power-of-two"
        )


def _require_outputs_fit(low: float, slope: float) -> None:
    """Of a model quantized by its range, which is 256 symbols: before PReLU they are to be no more."""
    cut = max(-low, 0.0) * (1 / slope - 1) if slope > 0 else np.inf
    if cut > _MOST_CUT:
        raise ConfigError(
            f"the slope of the model's PReLU is {slope:g}: before it a latent of this range takes more than "
            "the 256 values that int8 has; leave out --scales power-of-two"
        )


def _activations(calibration: Calibration) -> tuple[float, int]:
    """The step of activations, and the one that stands for 0."""
    low, high = min(calibration.inputs[0], 0.0), max(calibration.inputs[1], 0.0)
    # One value fewer than there are, for zero is a whole number.
    step = (high - low) / (HIGH - LOW - 1)
    return step, int(np.ceil(LOW - low / step))


def _point(real: Float64[np.ndarray, "rows channels taps"]) -> int:
    """Fractional bits of the weights, of least square error."""
    most = float(np.abs(real).max())
    first = int(np.floor(np.log2(HIGH / most))) if most > 0 else FRACTION
    if first < 1:
        raise ConfigError(
            f"a weight is {most:.3g} symbols a step of its input, which int8 is too coarse for: "
            "leave out --scales power-of-two"
        )
    points = [min(point, FRACTION) for point in range(first, first + _POINTS)]
    errors = [np.square(np.ldexp(_whole(real, each), -each) - real).sum() for each in points]
    return points[int(np.argmin(errors))]


def _whole(real: np.ndarray, point: int) -> np.ndarray:
    return np.clip(np.rint(np.ldexp(real, point)), LOW, HIGH).astype(np.int8)


def _table(
    middle: float, low: float, slope: float, symbols: tuple[int, int]
) -> Int32[np.ndarray, "256"]:
    values = np.arange(LOW, HIGH + 1) + middle
    values = np.where(values < 0, values * slope, values) - low
    return np.clip(np.floor(values + 0.5), *symbols).astype(np.int32)
