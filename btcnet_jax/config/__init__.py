"""The configuration of an experiment: plain dataclasses, so that a typo fails and the types are visible.

A file in `configs/` returns one `Config`; `main.py --config FILE --config.model.bits=6` overrides fields
and calls `validate()` afterwards.
"""

from btcnet_jax.config.checks import flatten
from btcnet_jax.config.data import DataConfig
from btcnet_jax.config.experiment import Config
from btcnet_jax.config.hardware import HardwareConfig
from btcnet_jax.config.loss import LossConfig
from btcnet_jax.config.model import (
    DECODER_MULTIPLE,
    DEFAULT_ARCHITECTURE,
    UNQUANTIZED_BITS,
    DecoderConfig,
    ModelConfig,
    V1Config,
    model_config_from_dict,
)
from btcnet_jax.config.train import TrainConfig

__all__ = [
    "DECODER_MULTIPLE",
    "DEFAULT_ARCHITECTURE",
    "UNQUANTIZED_BITS",
    "Config",
    "DataConfig",
    "DecoderConfig",
    "HardwareConfig",
    "LossConfig",
    "ModelConfig",
    "TrainConfig",
    "V1Config",
    "flatten",
    "model_config_from_dict",
]
