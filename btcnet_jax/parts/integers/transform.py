"""From a scene to symbols in integers, with ranges of its own or of another."""

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Int32, Num

from btcnet_jax.coding.band_scales import ScaleSymbols
from btcnet_jax.config import ModelConfig
from btcnet_jax.config.model import BANDS, LEARNED
from btcnet_jax.errors import CubeError
from btcnet_jax.models.btcnet import Params
from btcnet_jax.ops.quantizer import Symbols
from btcnet_jax.parts.band_units import BandUnits
from btcnet_jax.parts.integers.calibration import SAMPLE_TYPES, Calibration
from btcnet_jax.parts.integers.integer_encoder import Sums
from btcnet_jax.parts.integers.quantizing import integer_encoder, latent_range
from btcnet_jax.parts.whole_range import WholeRange
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.scene import Scene
from btcnet_jax.scene.value_range import ValueRange


class IntegerLatent(NamedTuple):
    """A scene's latent, of which each level rounds its own symbols.

    Attributes:
        config, params: of the model.
        calibration: of the scene, or of another.
        sums: of the scene.
    """

    config: ModelConfig
    params: Params
    calibration: Calibration
    sums: Sums

    @property
    def scales(self) -> ScaleSymbols | None:
        """Of the bands, where the network sees each in units of its own."""
        return self.calibration.scales

    def symbols(self, level: int) -> Int32[np.ndarray, "h w channels"]:
        """At a level."""
        encoder = integer_encoder(self.config, self.params, self.calibration, level)
        return encoder.scene_symbols(self.sums)

    def at(self, level: int) -> Any:
        """What a latent part writes at a level: symbols with their range, or those of learned steps."""
        symbols, latent = self.symbols(level), self.calibration.latent
        return symbols if latent is None else Symbols(symbols, *map(np.float32, latent))


class IntegerTransform:
    """The encoder of a model of one convolution, in integers.

    Args:
        config: of the model.
        params: of the model, float32.
        calibration: ranges for every scene; None for those of each.
    """

    def __init__(
        self, config: ModelConfig, params: Params, calibration: Calibration | None = None
    ) -> None:
        self._config, self._params, self._calibration = config, params, calibration

    def takes(self, facts: SceneFacts) -> bool:
        """Whether a scene's samples are of 16 bits and all of them data; of others floats must be made."""
        return facts.missing is None and facts.dtype.newbyteorder("=") in SAMPLE_TYPES

    def analyze(
        self, values: Num[np.ndarray, "rows cols bands"], facts: SceneFacts
    ) -> IntegerLatent:
        """The latent of a scene that it takes."""
        if self._calibration is None:
            return _calibrated(self._config, self._params, [values], facts)[0]
        encoder = integer_encoder(self._config, self._params, self._calibration)
        sums = encoder.sums(values.astype(encoder.dtype, copy=False))
        return IntegerLatent(self._config, self._params, self._calibration, sums)


def calibrate(config: ModelConfig, params: Params, scenes: Sequence[Scene]) -> list[IntegerLatent]:
    """Ranges and scales of scenes, as a codec on the ground finds them of one, and the scenes' latents.

    Args:
        config: of the model.
        params: of the model, float32.
        scenes: of int16 or uint16, all of one type, all of their samples data; at least one.

    Raises:
        CubeError: the model cannot take a scene, its samples are of another type, or some are no data.
    """
    facts = [WholeRange(config.bands).facts(scene) for scene in scenes]
    for each in facts:
        require_whole(each)
        if each.dtype != facts[0].dtype:
            raise CubeError(
                f"scenes of {facts[0].dtype} and of {each.dtype}: give those of one type"
            )
    ranges = [each.value_range for each in facts]
    both = ValueRange(min(low for low, _ in ranges), max(high for _, high in ranges))
    pooled = dataclasses.replace(facts[0], value_range=both)
    return _calibrated(config, params, [scene.values for scene in scenes], pooled)


def _calibrated(
    config: ModelConfig,
    params: Params,
    values: Sequence[Num[np.ndarray, "_ _ bands"]],
    facts: SceneFacts,
) -> list[IntegerLatent]:
    calibration = _measure(config, values, facts)
    encoder = integer_encoder(config, params, calibration)
    sums = [encoder.sums(each.astype(encoder.dtype, copy=False)) for each in values]
    if calibration.latent is not None:
        found = latent_range(config, params, calibration, sums)
        calibration = calibration._replace(latent=found)
    return [IntegerLatent(config, params, calibration, each) for each in sums]


def _measure(
    config: ModelConfig,
    values: Sequence[Num[np.ndarray, "_ _ bands"]],
    facts: SceneFacts,
) -> Calibration:
    """All but the range of the latent, in whose place is one of steps of 1."""
    front_end = (BandUnits if config.normalization == BANDS else WholeRange)(config.bands)
    # As one scene: neither ranges nor scales depend on where samples stand.
    pixels = values[0]
    if len(values) > 1:
        pixels = np.concatenate([each.reshape(1, -1, config.bands) for each in values], axis=1)
    one = dataclasses.replace(facts, shape=pixels.shape)
    planes, scales = front_end.normalize(pixels, one, config.scene_multiple)
    inputs = float(planes.min()), float(planes.max())
    unit = (0.0, 2.0**config.bits - 1)
    latent = None if config.quantizer == LEARNED else unit
    return Calibration(facts.dtype.newbyteorder("="), facts.value_range, scales, inputs, latent)


def require_whole(facts: SceneFacts) -> None:
    """Refuse a scene that an encoder on board would not take for what it is.

    Raises:
        CubeError: samples of another type than int16 or uint16, or some that are no data.
    """
    if facts.dtype.newbyteorder("=") not in SAMPLE_TYPES:
        raise CubeError(
            f"the scene's samples are {facts.dtype}, an encoder on board takes int16 or uint16: "
            "give a scene as the instrument delivers it"
        )
    if facts.missing is not None:
        raise CubeError(
            f"{facts.missing.count()} samples of the scene are no data, which an encoder on board cannot "
            "tell from others: give a scene, or a part of one, that is whole"
        )
