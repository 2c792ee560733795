"""The network's configuration: which architecture, how wide, how its latent is quantized and decoded."""

import dataclasses
from typing import Any

from btcnet_jax.config.checks import flatten, require, require_one_of
from btcnet_jax.errors import ConfigError

UNQUANTIZED_BITS = 32
SCALES = (1, 2, 4, 8)
# The detail restorer halves the resolution twice, so it needs sizes that are multiples of 4.
DECODER_MULTIPLE = 4
# Contexts are those of the 4 x 4 transform.
CONTEXT_SCALE = 4
DEFAULT_ARCHITECTURE = "v2"
STRIP, TILE = "strip", "tile"
RANGE, LEARNED = "range", "learned"
QUANTIZERS = (RANGE, LEARNED)
PRIOR, CONTEXTS = "prior", "contexts"
CODINGS = (PRIOR, CONTEXTS)
PRIORS = ("logistic", "laplace", "factorized")
RANGES = ("batch", "image")
WHOLE, BANDS = "whole", "bands"
NORMALIZATIONS = (WHOLE, BANDS)
ATTENTIONS = ("sum", "mean")
RANDOM, KLT_DCT = "random", "klt-dct"
STARTS = (RANDOM, KLT_DCT)
_EVERY_MODEL_SAYS = ("bands", "latent_channels", "bits")
# Each architecture's own options, written down always (first) or where they are not the default.
_OWN_OPTIONS = {"v2": ("features", "gamma", "scale"), "v1": ("v1",)}
_LATER_OPTIONS = {
    "v2": ("quantizer", "prior", "rate_levels", "coding", "ranges", "normalization", "decoder"),
    "v1": ("quantizer", "prior", "rate_levels", "ranges", "normalization"),
}


@dataclasses.dataclass(kw_only=True, slots=True)
class V1Config:
    """BTC-Net V1's own options; the defaults are the published sizes (12,399,175 parameters)."""

    width: int = 64  # of the CAFE blocks; the other widths keep their published proportion to it
    growth: int = 32  # channels that each convolution of a dense block adds
    blocks: int = 16  # CAFE blocks

    def validate(self) -> None:
        """Raise `ConfigError` on a value that cannot work."""
        for name in ("growth", "blocks"):
            require(getattr(self, name) >= 1, f"model.v1.{name}", getattr(self, name), "at least 1")
        # The upsampler is 1.5 and 2.5 times as wide.
        fits = self.width >= 2 and self.width % 2 == 0
        require(fits, "model.v1.width", self.width, "even and at least 2")


@dataclasses.dataclass(kw_only=True, slots=True)
class DecoderConfig:
    """Choices of V2's decoder; the defaults are the published ones."""

    context: str = STRIP  # each strip alone; tile: neighboring strips together, at no cost in bits
    core_channels: int = 0  # width between the spatial and the spectral restorer; 0: as the latent
    attention: str = "sum"  # of SESAM's logits over the pixels; mean: alike for tiles of any size

    def validate(self) -> None:
        """Raise `ConfigError` on a value that cannot work."""
        require_one_of((STRIP, TILE), "model.decoder.context", self.context)
        require_one_of(ATTENTIONS, "model.decoder.attention", self.attention)
        width = self.core_channels
        require(width >= 0, "model.decoder.core_channels", width, "0 or more")


@dataclasses.dataclass(kw_only=True, slots=True)
class ModelConfig:
    """The network: BTC-Net V2 as published by default (12,551,401 parameters), or V1."""

    architecture: str = DEFAULT_ARCHITECTURE  # v2, or v1 for its predecessor
    bands: int = 172
    latent_channels: int = 27
    bits: int = (
        8  # 2..8, or 32 for no quantization; of weights and input, and of the latent by range
    )
    features: int = 32  # v2: width of the detail restorer
    gamma: int = 4  # v2: expansion of the spatial-spectral feed-forward modules
    scale: int = 4  # stride of the encoder in rows and columns; always 4 in v1
    quantizer: str = (
        RANGE  # of the latent: its range in 2^bits - 1 steps, or learned steps and prior
    )
    prior: str = "logistic"  # learned quantizer: the form of each channel's distribution
    rate_levels: int = 1  # learned quantizer: rates that one set of weights reaches
    coding: str = PRIOR  # learned quantizer: files by the prior's tables; or contexts, by what is known before
    start: str = RANDOM  # of weights before training; or klt-dct: a transform of the training data
    ranges: str = "batch"  # that the quantizers by range span in training: as published; or image
    normalization: str = (
        WHOLE  # of the samples: by the whole scene's range, as published; or bands, each by its own
    )
    decoder: DecoderConfig = dataclasses.field(default_factory=DecoderConfig)
    v1: V1Config = dataclasses.field(default_factory=V1Config)

    @property
    def strip_cols(self) -> int:
        """Columns of one strip: what the encoder sees at once, and the decoder restores at once."""
        return max(self.scale, DECODER_MULTIPLE)

    @property
    def scene_multiple(self) -> tuple[int, int]:
        """What rows and columns of a scene are padded to multiples of."""
        return max(self.scale, DECODER_MULTIPLE), self.strip_cols

    def options(self) -> dict[str, Any]:
        """The options of this architecture: what checkpoints hold and fingerprints are made of.

        Options that came later, and V2 itself, are named only where they are not the default, so that
        models written before there was a choice keep their fingerprint.
        """
        values, default = dataclasses.asdict(self), dataclasses.asdict(ModelConfig())
        names = (*_EVERY_MODEL_SAYS, *_OWN_OPTIONS[self.architecture])
        options = {name: values[name] for name in values if name in names}
        for name in _LATER_OPTIONS[self.architecture]:
            if values[name] != default[name]:
                options[name] = _difference(values[name], default[name])
        if self.architecture == DEFAULT_ARCHITECTURE:
            return options
        return {"architecture": self.architecture, **options}

    def validate(self) -> None:
        """Raise `ConfigError` on a value that cannot work, or that this architecture has no use for."""
        require_one_of(_OWN_OPTIONS, "model.architecture", self.architecture)
        for name in ("bands", "latent_channels", "features", "gamma", "rate_levels"):
            require(getattr(self, name) >= 1, f"model.{name}", getattr(self, name), "at least 1")
        bits_fit = 2 <= self.bits <= 8 or self.bits == UNQUANTIZED_BITS
        require(bits_fit, "model.bits", self.bits, "2 to 8, or 32 for no quantization")
        require_one_of(SCALES, "model.scale", self.scale)
        require_one_of(QUANTIZERS, "model.quantizer", self.quantizer)
        require_one_of(PRIORS, "model.prior", self.prior)
        require_one_of(CODINGS, "model.coding", self.coding)
        fits = self.coding == PRIOR or self.scale == CONTEXT_SCALE
        require(fits, "model.coding", self.coding, f"{PRIOR} where model.scale is {self.scale}")
        require_one_of(RANGES, "model.ranges", self.ranges)
        require_one_of(NORMALIZATIONS, "model.normalization", self.normalization)
        require_one_of(STARTS, "model.start", self.start)
        fits = self.start == RANDOM or self.scale <= DECODER_MULTIPLE
        require(fits, "model.start", self.start, f"{RANDOM} where model.scale is {self.scale}")
        self.decoder.validate()
        self.v1.validate()
        self._refuse_foreign_options()

    def _refuse_foreign_options(self) -> None:
        """An option without effect may only stand at its default."""
        own = {"architecture", *_EVERY_MODEL_SAYS}
        own |= {"start"} if self.architecture == DEFAULT_ARCHITECTURE else set()
        own |= {*_OWN_OPTIONS[self.architecture], *_LATER_OPTIONS[self.architecture]}
        default = flatten(dataclasses.asdict(ModelConfig()))
        for name, value in flatten(dataclasses.asdict(self)).items():
            if name.partition(".")[0] not in own:
                wanted = f"{default[name]}, since {self.architecture} has no such option"
                require(value == default[name], f"model.{name}", value, wanted)
            elif name in ("prior", "rate_levels", "coding") and self.quantizer != LEARNED:
                wanted = f"{default[name]}, or set model.quantizer=learned"
                require(value == default[name], f"model.{name}", value, wanted)


def require_level(level: int, levels: int) -> None:
    """Raise `ConfigError` on a rate level that a model of so many lacks."""
    if not 0 <= level < levels:
        told = f"levels 0 to {levels - 1}" if levels > 1 else "one rate, level 0"
        raise ConfigError(f"the model has no level {level}: it has {told}")


def model_config_from_dict(values: dict[str, Any]) -> ModelConfig:
    """The `ModelConfig` a checkpoint holds.

    Raises:
        ConfigError: a field this version does not know, of a wrong type, or out of range.
    """
    values = dict(values)
    architecture = values.pop("architecture", DEFAULT_ARCHITECTURE)
    if architecture not in _OWN_OPTIONS:
        raise ConfigError(f"model architecture {architecture!r} is not known: upgrade btcnet_jax")
    v1 = V1Config(**_checked(V1Config, values.pop("v1", {}), "model.v1"))
    decoder = DecoderConfig(**_checked(DecoderConfig, values.pop("decoder", {}), "model.decoder"))
    known = _checked(ModelConfig, values, "model")
    config = ModelConfig(architecture=architecture, decoder=decoder, v1=v1, **known)
    config.validate()
    return config


def _difference(value: Any, default: Any) -> Any:
    """A nested option's values that are not the default; any other option as it is."""
    if not isinstance(value, dict):
        return value
    return {name: inner for name, inner in value.items() if inner != default[name]}


def _checked(kind: type, values: dict[str, Any], place: str) -> dict[str, Any]:
    """The values, if all are of the types of the dataclass `kind`."""
    known = {field.name: field.type for field in dataclasses.fields(kind)}
    unknown = sorted(set(values) - set(known))
    if unknown:
        name = f"{place}.{unknown[0]}".removeprefix("model.")
        raise ConfigError(f"model option {name!r} is not known to this version: upgrade btcnet_jax")
    wrong = sorted(name for name, value in values.items() if type(value) is not known[name])
    if wrong:
        told = f"{place}.{wrong[0]} is {values[wrong[0]]!r}"
        expected = "a whole number" if known[wrong[0]] is int else "a word"
        raise ConfigError(f"{told}, but must be {expected}")
    return values
