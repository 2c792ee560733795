"""The cost sheet: the published figure of the convolution, memory, and a program that runs."""

import shutil

import pytest

from btcnet_jax.config import ModelConfig
from btcnet_jax.cost import Stage
from btcnet_jax.models.btcnet import encoder_macs_per_sample
from btcnet_jax.onboard.c_speed import find_compiler, samples_per_second
from btcnet_jax.onboard.cost_sheet import cost_sheet
from btcnet_jax.onboard.lines import memory


def _stage(sheet, wanted):
    return next(stage for stage in sheet.stages if stage.stage == wanted)


@pytest.mark.parametrize("name", ["published", "learned, floats"])
def test_a_sheet_counts_what_the_weights_say(make, name):
    made = make(name)
    sheet = cost_sheet(made.config, made.encoder, 64)
    transform = _stage(sheet, Stage.TRANSFORM)
    # A weight is used once for each place of the latent, which stands for 16 pixels of 6 bands.
    assert transform.multiply_adds == made.encoder.weights.size / (16 * 6)
    assert transform.multiply_adds == encoder_macs_per_sample(made.config)
    item = made.encoder.weights.itemsize + made.encoder.activation_dtype.itemsize
    assert item * transform.multiply_adds < transform.read < 1.5 * item * transform.multiply_adds
    assert _stage(sheet, Stage.READING).written == made.encoder.activation_dtype.itemsize
    assert _stage(sheet, Stage.CODING).others == 30 * 5 / (16 * 6)
    assert sheet.memory == memory(made.encoder, 64)
    told = sheet.to_json()
    assert told["memory"]["buffers"] == sheet.memory.buffers
    assert [stage["stage"] for stage in told["stages"]] == list(sheet_stages())


def sheet_stages():
    return (Stage.READING, Stage.TRANSFORM, Stage.QUANTIZATION, Stage.CODING)


def test_the_paper_s_convolution_takes_what_is_published():
    assert encoder_macs_per_sample(ModelConfig()) == 74.25


def test_the_speed_is_of_a_program_that_compiles_and_runs(make):
    compiler = find_compiler()
    if compiler is None:
        pytest.skip("no C compiler: CC, cc, gcc or clang")
    assert samples_per_second(compiler, make().encoder, 4096) > 0


def test_the_compiler_is_the_one_that_is_named(monkeypatch, tmp_path):
    (tmp_path / "mycc").write_text("#!/bin/sh\n")
    (tmp_path / "mycc").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    assert find_compiler() is None
    monkeypatch.setenv("CC", "mycc")
    assert find_compiler() == shutil.which("mycc")
