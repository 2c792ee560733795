"""What the command line does to a configuration file."""

from pathlib import Path

import pytest

from btcnet_cli.config_flag import load_config
from btcnet_jax.errors import ConfigError


@pytest.mark.parametrize(("given", "other"), [("folder", "records"), ("records", "folder")])
def test_the_place_of_the_data_on_the_command_line_replaces_the_file_s(given, other):
    data = load_config(["--config", "configs/tiny.py", f"--config.data.{given}=here"]).data
    assert (getattr(data, given), getattr(data, other)) == ("here", "")


def test_how_records_are_shuffled_goes_with_the_records(tmp_path):
    text = Path("configs/tiny.py").read_text(encoding="utf-8")
    path = tmp_path / "held.py"
    path.write_text(text.replace("patch_rows=128,", "patch_rows=128, shuffle_records=9,"))
    held = [
        load_config(["--config", str(path), *options]).data.shuffle_records
        for options in ([], ["--config.data.folder=here"])
    ]
    assert held == [9, 1024]
    with pytest.raises(ConfigError, match="shuffle_records is 7"):
        load_config(
            ["--config", str(path), "--config.data.folder=a", "--config.data.shuffle_records=7"]
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
