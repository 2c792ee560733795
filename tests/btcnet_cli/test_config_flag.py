"""What the command line does to a configuration file."""

import pytest

from btcnet_cli.config_flag import load_config


@pytest.mark.parametrize(("given", "other"), [("folder", "records"), ("records", "folder")])
def test_the_place_of_the_data_on_the_command_line_replaces_the_file_s(given, other):
    data = load_config(["--config", "configs/tiny.py", f"--config.data.{given}=here"]).data
    assert (getattr(data, given), getattr(data, other)) == ("here", "")
