"""Options of an experiment that would do nothing are refused; the shipped experiments have none."""

from pathlib import Path

import pytest

from btcnet_cli.config_flag import load_config
from btcnet_jax.config import (
    Config,
    DataConfig,
    HardwareConfig,
    LossConfig,
    ModelConfig,
    TrainConfig,
)
from btcnet_jax.errors import ConfigError

_CONFIGS = Path(__file__).parent.parent.parent / "configs"
_SCENES, _RECORDS = DataConfig(folder="scenes"), DataConfig(records="records")
_LEARNED = {
    "model": ModelConfig(quantizer="learned"),
    "loss": LossConfig(rate_weights=(1.0,)),
}
_MEETING = {"coordinator": "host:1", "processes": 4, "process": 2}


def _message(**parts):
    with pytest.raises(ConfigError) as error:
        Config(**{"data": _SCENES, **parts}).validate()
    return str(error.value)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (
            {"train": TrainConfig(noise_share=0.3)},
            "train.noise_share is 0.3, but must be 0.5, or set model.quantizer=learned",
        ),
        (
            {"train": TrainConfig(schedule="cosine", decay_per_epoch=0.9)},
            "train.decay_per_epoch is 0.9, but must be 0.999, or set train.schedule=decay",
        ),
        (
            {"data": DataConfig(folder="scenes", record_stride=9)},
            "data.record_stride is 9, but must be 0, or set data.raw",
        ),
        (
            {"model": ModelConfig(bits=32, ranges="image")},
            "model.ranges is 'image', but must be 'batch', or set model.bits to 2..8",
        ),
        (
            {"hardware": HardwareConfig(coordinator="auto", processes=4)},
            "hardware.processes is 4, but must be 1, or set hardware.coordinator to HOST:PORT",
        ),
        (
            {"hardware": HardwareConfig(coordinator="auto", process=2)},
            "hardware.process is 2, but must be 0, or set hardware.coordinator to HOST:PORT",
        ),
    ],
)
def test_an_option_without_effect_is_refused_in_one_line(parts, message):
    said = _message(**parts)
    assert said.startswith(message)
    assert "\n" not in said
    assert said.endswith(f"set --config.{message.partition(' ')[0]}=...")


@pytest.mark.parametrize(
    "parts",
    [
        _LEARNED | {"train": TrainConfig(noise_share=0.3)},
        {"train": TrainConfig(decay_per_epoch=0.9)},
        {"data": DataConfig(raw="raw", record_rows=512, record_stride=9, test_fraction=0.5)},
        {"model": ModelConfig(bits=4, ranges="image")},
        {"hardware": HardwareConfig(**_MEETING)},
        {"hardware": HardwareConfig(coordinator="auto")},
    ],
)
def test_where_it_has_one_it_is_taken(parts):
    Config(**{"data": _SCENES, **parts}).validate()


@pytest.mark.parametrize("data", [_SCENES, _RECORDS])
@pytest.mark.parametrize(
    "name", sorted(path.name for path in _CONFIGS.glob("*.py") if path.name != "__init__.py")
)
def test_every_shipped_experiment_is_valid_with_scenes_and_with_records(name, data, monkeypatch):
    monkeypatch.chdir(_CONFIGS.parent)
    given = "folder" if data.folder else "records"
    options = ["--config", f"configs/{name}", f"--config.data.{given}={getattr(data, given)}"]
    assert getattr(load_config(options).data, given) == getattr(data, given)
