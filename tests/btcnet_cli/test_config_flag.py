"""What the command line does to a configuration file."""

from pathlib import Path

import pytest

from btcnet_cli.config_flag import load_config
from btcnet_jax.errors import ConfigError

_PLACES = ("folder", "records", "raw")


@pytest.mark.parametrize("given", _PLACES)
@pytest.mark.parametrize("told", _PLACES)
def test_the_place_of_the_data_on_the_command_line_replaces_the_file_s(given, told, tmp_path):
    text = Path("configs/tiny.py").read_text(encoding="utf-8")
    assert 'records="' in text
    path = tmp_path / "told.py"
    path.write_text(text.replace('records="', f'{told}="'))
    data = load_config(["--config", str(path), f"--config.data.{given}=here"]).data
    assert [getattr(data, place) for place in _PLACES] == [
        "here" if place == given else "" for place in _PLACES
    ]


def test_how_records_are_cut_goes_with_the_records(tmp_path):
    text = Path("configs/tiny.py").read_text(encoding="utf-8")
    path = tmp_path / "held.py"
    path.write_text(
        text.replace("folder", "raw").replace("patch_rows=128,", "patch_rows=128, record_stride=9,")
    )
    held = [
        load_config(["--config", str(path), *options]).data.record_stride
        for options in ([], ["--config.data.folder=here"])
    ]
    assert held == [9, 0]
    with pytest.raises(ConfigError, match="record_stride is 7"):
        load_config(
            ["--config", str(path), "--config.data.folder=a", "--config.data.record_stride=7"]
        )


@pytest.mark.parametrize(
    "options", [["configs/tiny_rate.py"], ["configs/aviris.py", "--config.data.folder=runs/x"]]
)
def test_a_data_set_is_not_chosen_among_scenes(options):
    chosen = ["--config", *options, "--config.data.dataset=hyperion"]
    with pytest.raises(
        ConfigError, match=r"dataset chooses among records, but runs/.* scenes: leave"
    ):
        load_config(chosen)
    instead = "--config.data.records=here"
    if len(options) == 1:
        assert load_config([*chosen, instead]).data.dataset == "hyperion"
