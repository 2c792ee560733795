"""From a model and a calibration to the encoder in integers."""

import math
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float64, Integer

from btcnet_jax.coding.precision import MAX_MAGNITUDE
from btcnet_jax.config import UNQUANTIZED_BITS, ModelConfig
from btcnet_jax.config.model import DEFAULT_ARCHITECTURE, LEARNED, require_level
from btcnet_jax.errors import ConfigError
from btcnet_jax.models.btcnet import Params
from btcnet_jax.models.encoder import KERNEL_ROWS
from btcnet_jax.models.prior import quantizer_steps
from btcnet_jax.ops.quantizer import quantization_step, quantize, to_symbols
from btcnet_jax.parts.integers.calibration import Calibration
from btcnet_jax.parts.integers.integer_encoder import FRACTION, IntegerEncoder, Sums

_INT32, _INT64 = 2**31 - 1, 2**62
_LARGEST_SHIFT = 62
# Of a model of floats: activations of 13 bits and a sign, so that sums of weights of 16 bits fit 32, and
# half of that range for scenes of more contrast than the one that was calibrated to.
_ACTIVATION_HIGH, _HEADROOM = 4095, 2.0
_WEIGHT_HIGH = 2**15 - 1


def require_onboard(config: ModelConfig) -> None:
    """Refuse a model whose encoder has no integer form here.

    Raises:
        ConfigError: says which option is in the way.
    """
    if config.architecture != DEFAULT_ARCHITECTURE:
        raise ConfigError(
            f"model.architecture is {config.architecture}: only the one convolution of "
            f"{DEFAULT_ARCHITECTURE} has a form in integers; name a model of {DEFAULT_ARCHITECTURE}"
        )
    if config.quantizer != LEARNED and config.bits == UNQUANTIZED_BITS:
        raise ConfigError(
            f"model.bits is {config.bits} and model.quantizer {config.quantizer}: such a latent has no "
            f"symbols; name a model of 2 to 8 bits, or with model.quantizer={LEARNED}"
        )


def has_quantized_weights(config: ModelConfig) -> bool:
    """Whether a codec's encoder is the one in integers: the model's own weights are integers."""
    return config.architecture == DEFAULT_ARCHITECTURE and config.bits != UNQUANTIZED_BITS


def integer_encoder(
    config: ModelConfig, params: Params, calibration: Calibration, level: int | None = None
) -> IntegerEncoder:
    """The encoder of a model at a level.

    Args:
        config: of the model.
        params: of the model, float32.
        calibration: of an instrument.
        level: of a model of several rates, 0 the coarsest; None for the finest.

    Raises:
        ConfigError: the model has no form in integers, or no such level; or so many bands that 32 bits do
            not hold its sums.
    """
    require_onboard(config)
    level = config.rate_levels - 1 if level is None else level
    require_level(level, config.rate_levels)
    low, step, symbols = latent_steps(config, params, calibration.latent, level)
    scale, zero, activations = _input_steps(config, calibration)
    gain, offset, shift = fixed_gains(calibration.gains(config.bands), scale, zero)
    weights, weight_step, weight_zero = _integer_weights(config, params)
    require_sums_fit(weights, activations)
    multipliers, shifts = _fixed_multipliers(
        weight_step * scale / step, np.full_like(step, weight_zero * scale) / step
    )
    # What a kernel row adds where activation 0 is not the network's 0: its weights' sum.
    row_sums = weights.sum(-1, dtype=np.int64) * weight_step + weights.shape[2] * weight_zero
    rows = np.concatenate([np.zeros((1, len(step))), np.cumsum(row_sums * zero / step, axis=0)])
    bias = np.asarray(quantize(jnp.asarray(params["encoder"]["bias"]), config.bits), np.float64)
    return IntegerEncoder(
        dtype=calibration.dtype,
        scale=config.scale,
        multiple=config.scene_multiple[0],
        gain=gain,
        offset=offset,
        shift=shift,
        activation_low=activations[0],
        activation_high=activations[1],
        weights=weights,
        multiplier=multipliers[0],
        total_multiplier=multipliers[1],
        channel_shift=shifts,
        bias=_fixed(rows),
        constant=_fixed(bias / step),
        slope=_fixed_slope(float(params["encoder"]["slope"][0])),
        low=int(_fixed(np.array([low]))[0]),
        symbol_low=symbols[0],
        symbol_high=symbols[1],
    )


def latent_steps(
    config: ModelConfig, params: Params, latent: tuple[float, float] | None, level: int
) -> tuple[float, Float64[np.ndarray, " channels"], tuple[int, int]]:
    """What symbol 0 stands for in steps, the step of each channel, least and greatest symbol.

    Args:
        config: of the model.
        params: of the model.
        latent: its range; None where steps are learned.
        level: of the model.
    """
    if config.quantizer == LEARNED:
        steps = quantizer_steps(params)[level].astype(np.float64)
        return 0.0, steps, (-MAX_MAGNITUDE, MAX_MAGNITUDE)
    assert latent is not None, "as the model is quantized by its range"
    step = _latent_step(latent, config.bits)
    # A latent of one value: all symbols are 0, whatever the step.
    step = step if step > 0 else 1.0
    steps = np.full(config.latent_channels, step)
    return float(np.float32(latent[0])) / step, steps, (0, 2**config.bits - 1)


def _input_steps(
    config: ModelConfig, calibration: Calibration
) -> tuple[float, float, tuple[int, int]]:
    """The step of activations, what activation 0 stands for, least and greatest activation."""
    low, high = calibration.inputs
    if config.bits == UNQUANTIZED_BITS:
        step = _HEADROOM * max(abs(low), abs(high)) / _ACTIVATION_HIGH
        return step, 0.0, (-_ACTIVATION_HIGH, _ACTIVATION_HIGH)
    levels = 2**config.bits - 1
    return (high - low) / levels, low, (0, levels)


def fixed_gains(
    gains: Float64[np.ndarray, "2 bands"], step: float, zero: float
) -> tuple[np.ndarray, np.ndarray, int]:
    """Gain and offset of each band in integers, and the shift behind them.

    Args:
        gains: factor and summand that lead to what the network sees.
        step: of activations.
        zero: what activation 0 stands for.
    """
    gain, offset = gains[0] / step, (gains[1] - zero) / step
    shift = min(math.floor(math.log2(2**30 / gain.max())), 40)
    shift = max(min(shift, math.floor(math.log2(2**60 / max(np.abs(offset).max(), 1.0)))), 1)
    fixed = np.rint(np.ldexp(offset, shift)).astype(np.int64) + (1 << (shift - 1))
    return np.rint(np.ldexp(gain, shift)).astype(np.int64), fixed, shift


def _integer_weights(
    config: ModelConfig, params: Params
) -> tuple[Integer[np.ndarray, "11 channels taps"], Float64[np.ndarray, " channels"], float]:
    """Integers, the step of each channel, and what integer 0 stands for."""
    kernel = np.asarray(params["encoder"]["kernel"], np.float32)
    if config.bits == UNQUANTIZED_BITS:
        weights = by_channel(kernel).astype(np.float64)
        # As fine as 16 bits allow, and sums of 32.
        most = np.abs(weights).max((0, 2))
        summed = np.abs(weights).sum((0, 2)) * _ACTIVATION_HIGH
        # Rounding may add half a unit to each weight.
        room = _INT32 - _ACTIVATION_HIGH * weights[:, 0].size / 2
        step = np.maximum(most / _WEIGHT_HIGH, summed / max(room, 1.0))
        step = np.where(step > 0, step, 1.0)
        return np.rint(weights / step[:, None]).astype(np.int16), step, 0.0
    indices, low, high = to_symbols(jnp.asarray(kernel), config.bits)
    middle = 2 ** (config.bits - 1)
    step = _step(low, high, config.bits)
    integers = by_channel(np.asarray(indices)) - middle
    return integers.astype(np.int8), np.full(kernel.shape[-1], step), float(low) + middle * step


def _latent_step(ends: tuple[float, float], bits: int) -> float:
    return _step(np.float32(ends[0]), np.float32(ends[1]), bits)


def _step(low: Any, high: Any, bits: int) -> float:
    return float(quantization_step(jnp.asarray(low), jnp.asarray(high), bits))


def latent_range(
    config: ModelConfig, params: Params, calibration: Calibration, sums: Sequence[Sums]
) -> tuple[float, float]:
    """The range of latents in integers, float32: first in steps of 1, then in those that it leads to.

    Args:
        config: of the model, quantized by range.
        params: of the model.
        calibration: whose own range of the latent is not used.
        sums: of the scenes.
    """
    levels = 2**config.bits - 1
    found = 0.0, float(levels)
    for _ in range(2):
        encoder = integer_encoder(config, params, calibration._replace(latent=found))
        unit = (_latent_step(found, config.bits) or 1.0) / 2**FRACTION
        ends = [encoder.extremes(each) for each in sums]
        low, high = min(low for low, _ in ends), max(high for _, high in ends)
        found = float(np.float32(low * unit)), float(np.float32(high * unit))
    return found


def by_channel(kernel: np.ndarray) -> np.ndarray:
    """Kernel (rows, columns, bands, channels) to (rows, channels, columns and bands)."""
    return np.ascontiguousarray(
        kernel.reshape(KERNEL_ROWS, -1, kernel.shape[-1]).transpose(0, 2, 1)
    )


def sums_fit(config: ModelConfig, params: Params) -> bool:
    """Whether sums of 32 bits hold what a model of quantized weights adds up."""
    return _fit(_integer_weights(config, params)[0], 2**config.bits - 1)


def _fit(weights: np.ndarray, most: int) -> bool:
    sums = np.abs(weights.astype(np.int64)).sum((0, 2)).max()
    return bool(max(sums, weights[:, 0].size) * most <= _INT32)


def require_sums_fit(weights: np.ndarray, activations: tuple[int, int]) -> None:
    """Refuse weights whose sums are beyond 32 bits.

    Args:
        weights: rows, channels, taps.
        activations: the least and the greatest.

    Raises:
        ConfigError: says so.
    """
    if not _fit(weights, max(map(abs, activations))):
        raise ConfigError(
            f"model.bands is too large for sums of 32 bits, with {weights[:, 0].size} weights a channel: "
            "such an encoder has no form in integers"
        )


def _fixed_multipliers(
    one: Float64[np.ndarray, " channels"], other: Float64[np.ndarray, " channels"]
) -> tuple[np.ndarray, np.ndarray]:
    """Both in 31 bits and a sign, of a common shift of each channel, to 16 fractional bits."""
    most = np.maximum(np.maximum(np.abs(one), np.abs(other)) * 2.0**FRACTION, 1e-9)
    shifts = np.floor(np.log2(_INT32 / most)).astype(np.int64)
    if shifts.min() < 1:
        raise ConfigError("the model's steps are too fine for its weights: train it anew")
    shifts = np.minimum(shifts, _LARGEST_SHIFT - 1)
    fixed = np.stack([np.rint(np.ldexp(each, shifts + FRACTION)) for each in (one, other)])
    return np.clip(fixed, -_INT32, _INT32).astype(np.int64), shifts


def _fixed(values: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(np.ldexp(values, FRACTION), -_INT64, _INT64)).astype(np.int64)


def _fixed_slope(slope: float) -> int:
    fixed = round(slope * 2**FRACTION)
    if abs(fixed) >= 2**22:
        raise ConfigError(f"the slope of PReLU is {slope:g}: an encoder in integers takes up to 64")
    return fixed
