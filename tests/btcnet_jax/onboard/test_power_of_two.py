"""Scales that are powers of two: int8 and shifts alone, near the encoder in integers, and what is refused."""

import json
import subprocess
import sys

import numpy as np
import pytest

from btcnet_jax.config import ModelConfig
from btcnet_jax.errors import ConfigError
from btcnet_jax.onboard.dpu_form import _windows, operands
from btcnet_jax.onboard.export import POWER_OF_TWO, make_export, require_form, write_export
from btcnet_jax.onboard.lines import LineEncoder
from btcnet_jax.onboard.loss import integer_loss
from btcnet_jax.onboard.power_of_two_loss import power_of_two_loss
from btcnet_jax.parts.integers.power_of_two import power_of_two_encoder
from btcnet_jax.parts.integers.quantizing import integer_encoder
from tests.btcnet_jax.onboard.conftest import Made

NAMES = ["published", "6 bits by bands", "learned, floats", "learned, 8 bits, stride 2", "stride 8"]


@pytest.fixture(scope="session")
def small(make):
    """As `make`, of a slope that training leads to, and at a coarse level where there are several."""

    def build(name) -> Made:
        made = make(name)
        encoder = made.params["encoder"] | {"slope": np.array([1.0068], np.float32)}
        params = made.params | {"encoder": encoder}
        latent = made.latent._replace(params=params)
        return made._replace(params=params, latent=latent)

    return build


def _encoder(made, level=0):
    return power_of_two_encoder(made.config, made.params, made.latent.calibration, level)


@pytest.mark.parametrize("name", NAMES)
def test_shifts_of_int8_alone_give_the_symbols(small, name):
    """As a DPU would: a convolution of what it is given, one shift for all channels, a table."""
    made = small(name)
    encoder, values = _encoder(made), made.scene.values
    given = operands(encoder)
    windows = _windows(encoder, values, given.constants)
    assert (windows.dtype, given.weights.dtype, given.bias.dtype) == (np.int8,) * 3
    shape = (*windows.shape[:3], -1, encoder.scale)
    sums = np.einsum("nirpc,oirc->npo", windows.reshape(shape).astype(int), given.weights)
    sums += given.bias
    assert np.abs(sums).max() < 2**31
    outputs = (sums + (1 << (encoder.point - 1))) >> encoder.point
    symbols = encoder.table[outputs.clip(-128, 127) + 128]
    np.testing.assert_array_equal(symbols, encoder.encode(values))
    np.testing.assert_array_equal(outputs.clip(-128, 127), encoder.outputs(values))
    lines = LineEncoder(encoder, values.shape[1])
    rows = [row for line in values if (row := lines.push(line)) is not None]
    np.testing.assert_array_equal(np.concatenate([rows, lines.finish()]), symbols)
    assert np.ptp(symbols) > 3


@pytest.mark.parametrize("name", NAMES)
def test_symbols_are_near_those_of_free_scales(small, name):
    made = small(name)
    free = integer_encoder(made.config, made.params, made.latent.calibration, 0)
    found = _encoder(made).encode(made.scene.values)
    differing = np.abs(found - free.encode(made.scene.values))
    if made.config.quantizer == "range":
        assert differing.max() <= 3
    assert np.mean(differing > 0) <= 0.3


def test_the_loss_is_that_of_a_file(small):
    made = small("published")
    integers = integer_loss(made.saved, made.settings, made.scene, 0)
    loss = power_of_two_loss(made.saved, made.settings, made.scene, 0, integers)
    assert 0 < loss.differing <= 0.4 * integers.symbols
    assert (loss.greatest, loss.greatest_from_float) <= (2, 2)
    assert abs(loss.loss_db) < 0.3
    assert loss.float_loss_db == pytest.approx(loss.loss_db + integers.loss_db)
    assert json.loads(json.dumps(loss.to_json()))["differing"] == loss.differing


@pytest.mark.parametrize("name", ["published", "6 bits by bands"])
def test_onnx_for_a_dpu_checks_itself(small, tmp_path, name):
    onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install btcnet_jax[onnx]")
    made = small(name)
    sizes = (16, 40, None, POWER_OF_TWO)
    export = make_export("tiny", made.saved, [made.latent], made.scene.values, *sizes)
    write_export("onnx", export, tmp_path)
    scales = [
        onnx.numpy_helper.to_array(each)
        for each in onnx.load(tmp_path / "dpu.onnx").graph.initializer
        if each.data_type == onnx.TensorProto.FLOAT
    ]
    assert all(np.log2(each) == np.rint(np.log2(each)) for each in scales)
    assert "No DPU" in (tmp_path / "README.md").read_text()
    pytest.importorskip("onnxruntime", reason="not installed: pip install btcnet_jax[onnx]")
    for script in ("check.py", "check_dpu.py"):
        words = [sys.executable, tmp_path / script]
        done = subprocess.run(words, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    wrong = np.fromfile(tmp_path / "outputs.int8", np.int8)
    wrong[3] ^= 64
    wrong.tofile(tmp_path / "outputs.int8")
    assert subprocess.run(words, check=False, capture_output=True).returncode == 1


def test_models_and_forms_without_such_scales_are_refused_in_one_line(make, small):
    made = make("published")
    with pytest.raises(ConfigError, match=r"PReLU is 0\.25: before it"):
        _encoder(made)
    rates = small("learned, floats")
    bright = rates.latent._replace(
        sums=rates.latent.sums._replace(weighted=rates.latent.sums.weighted * 40)
    )
    sizes = (16, 40, 1, POWER_OF_TWO)
    with pytest.raises(ConfigError, match=r"int8 from -128 to 127: give a coarser --level"):
        make_export("tiny", rates.saved, [bright], rates.scene.values, *sizes)
    with pytest.raises(ConfigError, match=r"model\.architecture is v1"):
        power_of_two_encoder(ModelConfig(architecture="v1"), rates.params, rates.latent.calibration)
    with pytest.raises(ConfigError, match="of the form onnx, not c"):
        require_form("c", POWER_OF_TWO)
    with pytest.raises(ConfigError, match="no scales cubes"):
        require_form("c", "cubes")
