"""The configuration of an experiment: plain dataclasses, so that a typo fails and the types are visible.

A file in `configs/` returns one `Config`; `main.py --config FILE --config.model.bits=6` overrides fields
and calls `validate()` afterwards.
"""

import dataclasses
from typing import Any

from btcnet_jax.errors import ConfigError

UNQUANTIZED_BITS = 32
SCALES = (1, 2, 4, 8)
# The detail restorer halves the resolution twice, so it needs sizes that are multiples of 4.
DECODER_MULTIPLE = 4
DEFAULT_ARCHITECTURE = "v2"
# Each architecture, and its options besides the bands, the latent's channels and the bits.
_OWN_OPTIONS = {"v2": ("features", "gamma", "scale"), "v1": ("v1",)}


@dataclasses.dataclass(kw_only=True, slots=True)
class V1Config:
    """BTC-Net V1's own options; the defaults are the published sizes (12,399,175 parameters)."""

    width: int = 64  # of the CAFE blocks; the other widths keep their published proportion to it
    growth: int = 32  # channels that each convolution of a dense block adds
    blocks: int = 16  # CAFE blocks

    def validate(self) -> None:
        """Raise `ConfigError` on a value that cannot work."""
        for name in ("growth", "blocks"):
            _require(
                getattr(self, name) >= 1, f"model.v1.{name}", getattr(self, name), "at least 1"
            )
        # The upsampler is 1.5 and 2.5 times as wide.
        fits = self.width >= 2 and self.width % 2 == 0
        _require(fits, "model.v1.width", self.width, "even and at least 2")


@dataclasses.dataclass(kw_only=True, slots=True)
class ModelConfig:
    """The network: BTC-Net V2 as published by default (12,551,401 parameters), or V1."""

    architecture: str = DEFAULT_ARCHITECTURE  # v2, or v1 for its predecessor
    bands: int = 172
    latent_channels: int = 27
    bits: int = 8  # 2..8, or 32 for no quantization
    features: int = 32  # v2: width of the detail restorer
    gamma: int = 4  # v2: expansion of the spatial-spectral feed-forward modules
    scale: int = 4  # stride of the encoder in rows and columns; always 4 in v1
    v1: V1Config = dataclasses.field(default_factory=V1Config)

    @property
    def strip_columns(self) -> int:
        """Columns of one strip: what the encoder sees at once, and the decoder restores at once."""
        return max(self.scale, DECODER_MULTIPLE)

    def options(self) -> dict[str, Any]:
        """The options of this architecture: what checkpoints hold and fingerprints are made of.

        V2 does not name itself, so that models written before there was a choice keep their fingerprint.
        """
        names = ["bands", "latent_channels", "bits", *_OWN_OPTIONS[self.architecture]]
        options = {name: value for name, value in dataclasses.asdict(self).items() if name in names}
        if self.architecture == DEFAULT_ARCHITECTURE:
            return options
        return {"architecture": self.architecture, **options}

    def validate(self) -> None:
        """Raise `ConfigError` on a value that cannot work, or that this architecture has no use for."""
        fits = self.architecture in _OWN_OPTIONS
        _require(fits, "model.architecture", self.architecture, f"one of {tuple(_OWN_OPTIONS)}")
        for name in ("bands", "latent_channels", "features", "gamma"):
            _require(getattr(self, name) >= 1, f"model.{name}", getattr(self, name), "at least 1")
        bits_fit = 2 <= self.bits <= 8 or self.bits == UNQUANTIZED_BITS
        _require(bits_fit, "model.bits", self.bits, "2 to 8, or 32 for no quantization")
        _require(self.scale in SCALES, "model.scale", self.scale, f"one of {SCALES}")
        self.v1.validate()
        self._refuse_foreign_options()

    def _refuse_foreign_options(self) -> None:
        """An option of another architecture would do nothing: it may only stand at its default."""
        own = {"architecture", *self.options()}
        default = flatten(dataclasses.asdict(ModelConfig()))
        for name, value in flatten(dataclasses.asdict(self)).items():
            if name.partition(".")[0] not in own:
                wanted = f"{default[name]}, since {self.architecture} has no such option"
                _require(value == default[name], f"model.{name}", value, wanted)


@dataclasses.dataclass(kw_only=True, slots=True)
class DataConfig:
    """Where the training scenes come from and how crops are taken from them."""

    folder: str = ""  # holds train/ and test/, each with scenes; or:
    records: str = ""  # holds TFRecords made by `convert`
    dataset: str = "hsi_folder"  # which data set in `records`: aviris, whu_hi/long_kou, ...
    shuffle_records: int = 1024  # how many records are held for shuffling
    validation_images: int = 8  # test patches looked at in each validation
    variable: str = ""  # name of the cube in .mat, .npz and HDF5 files with several
    patch_rows: int = 256  # a random crop of each image, on the host
    patch_cols: int = 256
    images_per_batch: int = 12
    strips_per_image: int = 60  # random strips cut from each crop, on the device
    strip_rows: int = 128

    def validate(self, model: ModelConfig) -> None:
        """Raise `ConfigError` on a value that cannot work with `model`."""
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, int):
                _require(value >= 1, f"data.{field.name}", value, "at least 1")
        multiple = max(model.scale, DECODER_MULTIPLE)
        for name in ("strip_rows", "patch_rows", "patch_cols"):
            value = getattr(self, name)
            _require(value % multiple == 0, f"data.{name}", value, f"a multiple of {multiple}")
        fits = self.patch_rows >= self.strip_rows
        _require(fits, "data.patch_rows", self.patch_rows, f"at least strip_rows={self.strip_rows}")
        wanted = "a folder with train/ and test/, or set data.records to a folder of TFRecords"
        _require(bool(self.folder or self.records), "data.folder", self.folder, wanted)
        both = bool(self.folder and self.records)
        _require(not both, "data.folder", self.folder, "empty where data.records is set")


@dataclasses.dataclass(kw_only=True, slots=True)
class TrainConfig:
    """The optimization: published recipe by default (Adam, 1e-5, times 0.999 each epoch)."""

    epochs: int = 5000  # one epoch visits every training scene once
    learning_rate: float = 1e-5
    decay_per_epoch: float = 0.999
    seed: int = 0
    checkpoint_every: int = 500  # steps
    keep_checkpoints: int = 2
    log_every: int = 10  # steps
    validate_every: int = 500  # steps; loss and PSNR on the test scenes

    def validate(self) -> None:
        """Raise `ConfigError` on a value that cannot work."""
        for name in (
            "epochs",
            "checkpoint_every",
            "keep_checkpoints",
            "log_every",
            "validate_every",
        ):
            _require(getattr(self, name) >= 1, f"train.{name}", getattr(self, name), "at least 1")
        _require(self.seed >= 0, "train.seed", self.seed, "0 or more")
        fits = 0 < self.learning_rate < 1
        _require(fits, "train.learning_rate", self.learning_rate, "above 0 and below 1")
        fits = 0 < self.decay_per_epoch <= 1
        _require(fits, "train.decay_per_epoch", self.decay_per_epoch, "above 0 and at most 1")


@dataclasses.dataclass(kw_only=True, slots=True)
class Config:
    """One experiment: the model, its data, its training, and the folder it is kept in."""

    workdir: str = "runs/default"
    model: ModelConfig = dataclasses.field(default_factory=ModelConfig)
    data: DataConfig = dataclasses.field(default_factory=DataConfig)
    train: TrainConfig = dataclasses.field(default_factory=TrainConfig)

    def validate(self) -> None:
        """Raise `ConfigError`, naming the field, on a value that cannot work."""
        _require(bool(self.workdir), "workdir", self.workdir, "a folder's name")
        self.model.validate()
        self.data.validate(self.model)
        self.train.validate()

    def to_dict(self) -> dict[str, Any]:
        """The configuration as nested plain dicts, ready for JSON."""
        return dataclasses.asdict(self) | {"model": self.model.options()}


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
    config = ModelConfig(architecture=architecture, v1=v1, **_checked(ModelConfig, values, "model"))
    config.validate()
    return config


def flatten(nested: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested dicts as one, the names joined by dots as on the command line."""
    flat: dict[str, Any] = {}
    for name, value in nested.items():
        if isinstance(value, dict):
            flat |= flatten(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat


def _checked(kind: type, values: dict[str, Any], place: str) -> dict[str, Any]:
    """The values, if all are whole numbers for fields of the dataclass `kind`."""
    known = {field.name for field in dataclasses.fields(kind)}
    unknown = sorted(set(values) - known)
    if unknown:
        name = f"{place}.{unknown[0]}".removeprefix("model.")
        raise ConfigError(f"model option {name!r} is not known to this version: upgrade btcnet_jax")
    wrong = sorted(name for name, value in values.items() if type(value) is not int)
    if wrong:
        told = f"{place}.{wrong[0]} is {values[wrong[0]]!r}"
        raise ConfigError(f"{told}, but must be a whole number")
    return values


def _require(holds: bool, name: str, value: object, wanted: str) -> None:
    if not holds:
        raise ConfigError(f"{name} is {value!r}, but must be {wanted}: set --config.{name}=...")
