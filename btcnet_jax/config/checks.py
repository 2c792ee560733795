"""What the parts of a configuration share: refusing a value, and nested names as on the command line."""

import dataclasses
from collections.abc import Iterable
from typing import Any

from btcnet_jax.errors import ConfigError


def require(holds: bool, name: str, value: object, wanted: str) -> None:
    """Raise `ConfigError`, naming the field and what it must be, unless `holds`."""
    if not holds:
        raise ConfigError(f"{name} is {value!r}, but must be {wanted}: set --config.{name}=...")


def require_one_of(options: Iterable[object], name: str, value: object) -> None:
    """Raise `ConfigError` unless the value is one of the options."""
    require(value in tuple(options), name, value, f"one of {tuple(options)}")


def require_default(part: Any, names: str, otherwise: str) -> None:
    """Raise `ConfigError` unless an option without effect stands at its default.

    Args:
        part: a part of the configuration, such as `Config.train`.
        names: the option as on the command line, such as `train.noise_share`.
        otherwise: what to set for the option to have an effect.
    """
    name = names.rpartition(".")[2]
    default = next(field.default for field in dataclasses.fields(part) if field.name == name)
    value = getattr(part, name)
    require(value == default, names, value, f"{default!r}, or {otherwise}")


def flatten(nested: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested dicts as one, the names joined by dots as on the command line."""
    flat: dict[str, Any] = {}
    for name, value in nested.items():
        if isinstance(value, dict):
            flat |= flatten(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat
