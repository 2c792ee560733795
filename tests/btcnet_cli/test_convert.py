"""The convert command: what it prints, and what an error looks like."""

import argparse

import numpy as np
import pytest

from btcnet_cli import convert
from btcnet_jax.errors import ConfigError, DataError


@pytest.fixture
def command(capsys):
    def run(*words, config=()):
        parser = argparse.ArgumentParser()
        convert.add_arguments(parser)
        arguments = parser.parse_args([str(word) for word in words])
        arguments.config_options = config
        status = convert.run(arguments)
        return status, capsys.readouterr()

    return run


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw"
    folder.mkdir()
    cube = np.random.default_rng(0).integers(0, 999, (12, 8, 5)).astype(np.uint16)
    np.save(folder / "scene.npy", cube)
    return folder


SMALL = ["--patch-rows", 4, "--patch-cols", 4, "--stride", 4]


def test_says_what_came_out_and_how_to_train_on_it(command, raw, tmp_path):
    out = tmp_path / "out"
    status, printed = command("hsi_folder", "--raw", raw, "--out", out, *SMALL)
    assert status == 0
    assert printed.err == ""
    first, last = printed.out.splitlines()
    assert "4 train and 2 test patches of 4 x 4 x 5 uint16" in first
    assert f"--config.data.records={out} --config.data.dataset=hsi_folder" in last
    assert "--config.model.bands=5" in last


def test_fraction_reaches_the_conversion(command, raw, tmp_path):
    words = ["--raw", raw, "--out", tmp_path / "out", *SMALL, "--test-fraction", 0.5]
    np.save(raw / "other.npy", np.load(raw / "scene.npy"))
    assert "6 train and 6 test" in command("hsi_folder", *words)[1].out


def test_user_error_is_a_data_error(command, raw, tmp_path):
    with pytest.raises(DataError, match=r"less than a patch of 256 x 256; lower --patch-rows"):
        command("hsi_folder", "--raw", raw, "--out", tmp_path / "out")


def test_variable_reaches_the_readers(command, raw, tmp_path):
    words = ["--raw", raw, "--out", tmp_path / "out", *SMALL, "--variable", "cube"]
    with pytest.raises(DataError, match="'cube' is not in it"):
        command("hsi_folder", *words)


def test_a_configuration_gives_data_set_and_sizes(command, raw, tmp_path):
    words = ["--raw", raw, "--out", tmp_path / "out"]
    sizes = [f"--config.data.{name}=4" for name in ("patch_rows", "patch_cols", "strip_rows")]
    config = ["--config", "configs/tiny.py", *sizes]
    printed = command(*words, config=config)[1].out
    assert "4 train and 2 test patches of 4 x 4 x 5 uint16" in printed
    assert "--config.data.dataset=hsi_folder" in printed
    other = ["--raw", raw, "--out", tmp_path / "other", "--patch-rows", 6]
    assert "patches of 6 x 4 x 5" in command(*other, config=config)[1].out
    cut = {"record_rows": 6, "record_cols": 5, "record_stride": 1, "test_fraction": 0.5}
    config += [f"--config.data.{name}={value}" for name, value in cut.items()]
    words = ["--raw", raw, "--out", tmp_path / "third"]
    assert "4 train and 4 test patches of 6 x 5 x 5" in command(*words, config=config)[1].out


def test_a_data_set_must_be_named(command, raw, tmp_path):
    with pytest.raises(ConfigError, match="name a data set"):
        command("--raw", raw, "--out", tmp_path / "out")
