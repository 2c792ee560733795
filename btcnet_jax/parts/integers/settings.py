"""What an encoder on board is given before it flies, as a file: ranges, scales and coding tables of a scene."""

import json
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from btcnet_jax.coding.band_scales import LEAST_LEVEL, MOST_LEVEL, ScaleSymbols
from btcnet_jax.coding.static_table import open_tables
from btcnet_jax.coding.table_layout import read_layout
from btcnet_jax.config import ModelConfig
from btcnet_jax.config.model import BANDS, LEARNED
from btcnet_jax.errors import BtcnetError, ConfigError
from btcnet_jax.parts.integers.calibration import SAMPLE_TYPES, Calibration
from btcnet_jax.parts.integers.transform import IntegerLatent
from btcnet_jax.scene.value_range import ValueRange

_VERSION = 1
_LARGEST = 1e30
_LARGEST_MEAN = 1 << 40


class Settings(NamedTuple):
    """Of a model, for all scenes alike.

    Attributes:
        fingerprint: of the model.
        calibration: to a scene.
        tables: of symbols quantized by range, as a file holds them; empty where steps are learned.
    """

    fingerprint: bytes
    calibration: Calibration
    tables: bytes

    def to_json(self) -> bytes:
        """The file; floats are written so that the same are read."""
        _, value_range, scales, inputs, latent = self.calibration
        told = {
            "version": _VERSION,
            "fingerprint": self.fingerprint.hex(),
            "dtype": self.calibration.dtype.name,
            "range": [*value_range],
            "band_levels": None if scales is None else scales.levels.tolist(),
            "band_means": None if scales is None else scales.means.tolist(),
            "inputs": [*inputs],
            "latent": None if latent is None else [*latent],
            "tables": self.tables.hex(),
        }
        return json.dumps(told, indent=1).encode() + b"\n"


def settings_of(fingerprint: bytes, latents: Sequence[IntegerLatent]) -> Settings:
    """Of the scenes that these latents were made of.

    Args:
        fingerprint: of the model.
        latents: as `calibrate` gives them.
    """
    config, calibration, tables = latents[0].config, latents[0].calibration, b""
    if calibration.latent is not None:
        symbols = [each.symbols(0).reshape(1, -1, config.latent_channels) for each in latents]
        tables = open_tables(np.concatenate(symbols, axis=1), config.bits)
    return Settings(fingerprint, calibration, tables)


def read_settings(data: bytes, config: ModelConfig, fingerprint: bytes) -> Settings:
    """Reads what `Settings.to_json` wrote.

    Args:
        data: of the file.
        config: of the model that it is for.
        fingerprint: of that model.

    Raises:
        ConfigError: no such file, damaged, or of another model.
    """
    try:
        told = json.loads(data)
        version, name = told["version"], bytes.fromhex(told["fingerprint"])
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError("not the calibration.json of an export: name that file") from error
    if version != _VERSION:
        raise ConfigError(f"of version {version}, this program reads {_VERSION}: export it again")
    if name != fingerprint:
        raise ConfigError(
            f"made for weights {name.hex()}, the model's are {fingerprint.hex()}: name the model that was "
            "exported"
        )
    try:
        settings = Settings(name, _calibration(told, config), bytes.fromhex(told["tables"]))
        if settings.calibration.latent is not None:
            read_layout(settings.tables, config.latent_channels, config.bits)
    except (ValueError, KeyError, TypeError, OverflowError, BtcnetError) as error:
        raise ConfigError(f"a damaged calibration: {error}; export it again") from error
    return settings


def _calibration(told: dict[str, Any], config: ModelConfig) -> Calibration:
    dtype = np.dtype(told["dtype"])
    if dtype not in SAMPLE_TYPES:
        raise ValueError(f"samples of {dtype}")
    low, high = map(int, told["range"])
    if not np.iinfo(dtype).min <= low < high <= np.iinfo(dtype).max:
        raise ValueError("the samples' range")
    scales = _scales(told, config.bands) if config.normalization == BANDS else None
    inputs = _ends(told["inputs"])
    latent = None if config.quantizer == LEARNED else _ends(told["latent"])
    if not inputs[0] < inputs[1]:
        raise ValueError("the input's range")
    return Calibration(dtype, ValueRange(low, high), scales, inputs, latent)


def _scales(told: dict[str, Any], bands: int) -> ScaleSymbols:
    levels, means = (np.array(told[f"band_{name}"], np.int64) for name in ("levels", "means"))
    if levels.shape != (bands,) or means.shape != (bands,):
        raise ValueError("the number of bands")
    if levels.min() < LEAST_LEVEL or levels.max() > MOST_LEVEL or abs(means).max() > _LARGEST_MEAN:
        raise ValueError("the bands' scales")
    return ScaleSymbols(levels, means)


def _ends(given: Any) -> tuple[float, float]:
    low, high = map(float, given)
    if not (math.isfinite(low) and math.isfinite(high) and -_LARGEST < low <= high < _LARGEST):
        raise ValueError("a range")
    return low, high
