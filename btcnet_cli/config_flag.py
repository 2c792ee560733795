"""`--config FILE[:argument]` and `--config.field=value`, through ml_collections."""

import dataclasses
import difflib
from pathlib import Path

from absl import flags
from ml_collections import config_flags

from btcnet_jax.config import Config, DataConfig
from btcnet_jax.errors import ConfigError

_WHERE = "those that ship are in configs/ of the repository, none in an installed package"


def load_config(options: list[str]) -> Config:
    """The validated configuration that `--config...` options describe.

    Raises:
        ConfigError: no such file, no such field, a value of the wrong type or out of range.
    """
    if not options:
        raise ConfigError(f"name a configuration, such as --config configs/tiny.py; {_WHERE}")
    _check_file(options)
    _check_fields(options)
    values = flags.FlagValues()
    arguments = ["main.py", *options]
    config_flags.DEFINE_config_file("config", flag_values=values, sys_argv=arguments)
    try:
        values(arguments)
        config = values.config
        if not isinstance(config, Config):
            raise TypeError("its get_config() returns no btcnet_jax.config.Config")
        _settle_place(config, options)
        config.validate()
    except ConfigError:
        raise
    # A configuration file is a program of the user's: anything may go wrong in it.
    except Exception as error:
        raise ConfigError(f"bad {' '.join(options)}: {_last_line(error)}") from error
    return config


def _check_file(options: list[str]) -> None:
    words = " ".join(options).replace("--config=", "--config ").split(" ")
    if "--config" not in words or words[-1] == "--config":
        raise ConfigError(f"name a configuration file, such as --config configs/tiny.py; {_WHERE}")
    path = Path(words[words.index("--config") + 1].partition(":")[0])
    if not path.is_file():
        raise ConfigError(f"no configuration file {path}; {_WHERE}")


def _check_fields(options: list[str]) -> None:
    known = _field_names(Config())
    for option in options:
        name = option.partition("=")[0].removeprefix("--config").removeprefix(".")
        if option.startswith("--config") and name and name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0)
            raise ConfigError(f"no option --config.{name}: did you mean --config.{near[0]}?")


def _settle_place(config: Config, options: list[str]) -> None:
    """The place of the data that the command line names replaces the one named in the file.

    How raw scenes are cut into patches goes with them, and means nothing for a folder of scenes. Which data
    set is not forgotten, for `convert` takes it from the file; but said on the command line it must choose
    among records or raw files.
    """
    named = {option.partition("=")[0].removeprefix("--config.data.") for option in options}
    places = {"folder", "records", "raw"}
    given = [name for name in places & named if getattr(config.data, name)]
    if len(given) == 1:
        for name in places - set(given):
            setattr(config.data, name, "")
    if given == ["folder"]:
        for name in {"record_rows", "record_cols", "record_stride", "test_fraction"} - named:
            setattr(config.data, name, getattr(DataConfig(), name))
    if config.data.folder and not (config.data.records or config.data.raw) and "dataset" in named:
        raise ConfigError(
            f"--config.data.dataset chooses among records, but {config.data.folder} holds scenes: "
            "leave it out, or set --config.data.records or --config.data.raw"
        )


def _field_names(config: object, prefix: str = "") -> list[str]:
    names: list[str] = []
    for field in dataclasses.fields(config):  # type: ignore[arg-type]
        value = getattr(config, field.name)
        inner = dataclasses.is_dataclass(value)
        names += _field_names(value, f"{prefix}{field.name}.") if inner else [prefix + field.name]
    return names


def _last_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
