"""`export` and `cost`: what they write and say, and what they refuse before any work."""

import json
import re

import numpy as np
import pytest

from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.sections import SectionKind


def _refused(result, *messages):
    status, _, errors = result
    assert (status, errors.count("\n")) == (2, 1), errors
    for message in messages:
        assert message in errors


@pytest.mark.parametrize("form", ["c", "stablehlo"])
def test_export_writes_a_folder_and_says_what_integers_cost(btcnet, model, scene, tmp_path, form):
    out, figures = tmp_path / "out", tmp_path / "figures.json"
    words = ("export", model, "--to", form, "--out", out, "--scene", scene, "--json", figures)
    status, printed, errors = btcnet(*words)
    assert (status, errors) == (0, "")
    assert re.search(r"out: \d+ files, 14 lines to check with", printed)
    assert re.search(r"\d+ of 48 symbols \(.* %\) differ from the float encoder's", printed)
    assert re.search(r"PSNR -?\d+\.\d+ dB, [+-]0\.0\d+ dB lost", printed)
    told = json.loads(figures.read_text())
    assert (told["form"], told["samples"], told["symbols"]) == (form, 10, 48)
    assert told["share"] <= 0.05
    assert (out / "README.md").is_file()
    # What is there is replaced.
    assert btcnet(*words[:-2], "--no-check")[0] == 0


def test_export_at_a_level(btcnet, untrained, scene, tmp_path):
    rates = untrained(5, 1, quantizer="learned", rate_levels=2)
    words = ("export", rates, "--to", "c", "--scene", scene, "--no-check", "--out")
    assert btcnet(*words, tmp_path / "one", "--level", 0)[0] == 0
    assert btcnet(*words, tmp_path / "other")[0] == 0
    symbols = [(tmp_path / name / "expected.symbols").read_bytes() for name in ("one", "other")]
    assert symbols[0] != symbols[1]
    _refused(btcnet(*words, tmp_path / "no", "--level", 2), "no level 2")


def test_export_refuses_before_it_writes(btcnet, model, untrained, scene, tmp_path):
    out = tmp_path / "out"
    words = ("--scene", scene, "--out", out)
    _refused(btcnet("export", model, "--to", "tflite", *words), "no form tflite: its converter")
    _refused(btcnet("export", model, "--to", "vhdl", *words), "no form vhdl: there are c, onnx, ")
    unquantized = untrained(5, 2, bits=32)
    _refused(btcnet("export", unquantized, "--to", "c", *words), "model.bits is 32")
    _refused(btcnet("export", "universal", "--to", "c", *words), "it is a codec, not a network")
    shifts = ("--scales", "power-of-two")
    _refused(btcnet("export", model, "--to", "c", *words, *shifts), "of the form onnx, not c")
    wide = ("--samples", 70000)
    _refused(btcnet("export", model, "--to", "c", *words, *wide), "1 to 65536 samples, not 70000")
    floats = tmp_path / "floats.npy"
    np.save(floats, np.load(scene).astype(np.float32))
    refused = btcnet("export", model, "--to", "c", "--scene", floats, "--out", out)
    _refused(refused, "floats.npy", "int16 or uint16")
    assert not out.exists()


def test_compress_by_a_calibration_writes_what_the_program_does(
    btcnet, model, untrained, scene, tmp_path
):
    flight, other = tmp_path / "flight", tmp_path / "other.npy"
    np.save(other, np.load(scene)[2:, :7])
    words = ("export", model, "--to", "c", "--out", flight, "--scene", scene, other)
    status, printed, errors = btcnet(*words, "--check-scene", other, "--lines", 64)
    assert (status, errors) == (0, "")
    assert re.search(
        r"other.npy: 0 % of samples are beyond the calibration; PSNR .* dB lost", printed
    )
    calibration = flight / "calibration.json"
    lines = np.load(scene)[:30]
    plain, restored = tmp_path / "plain.npy", tmp_path / "restored.npy"
    np.save(plain, lines)
    compress = ("compress", plain, tmp_path / "a.btcn", "--model", model, "--calibration")
    assert btcnet(*compress, calibration)[0] == 0
    # From a file comes its name, which is kept; the test vectors have none.
    files = [
        read_compressed(path.read_bytes())
        for path in (tmp_path / "a.btcn", flight / "expected.btcn")
    ]
    sections = [
        {k: v for k, v in file.sections.items() if k != SectionKind.METADATA} for file in files
    ]
    assert sections[0] == sections[1]
    assert btcnet("decompress", tmp_path / "a.btcn", restored, "--model", model)[0] == 0
    assert np.load(restored).shape == lines.shape
    _refused(
        btcnet(*compress[:3], "--calibration", calibration), "a calibration is of a trained model"
    )
    _refused(btcnet(*compress, tmp_path / "no.json"), "no.json: cannot be read")
    _refused(btcnet(*compress, plain), "plain.npy: not the calibration.json of an export")
    cut = tmp_path / "cut.json"
    told = json.loads(calibration.read_text())
    cut.write_text(json.dumps(told | {"inputs": [1, "x"]}))
    _refused(btcnet(*compress, cut), "cut.json: a damaged calibration")
    cut.write_text(json.dumps(told | {"tables": "00"}))
    _refused(btcnet(*compress, cut), "cut.json: a damaged calibration")
    another = ("--model", untrained(5, 9), "--calibration", calibration)
    _refused(btcnet(*compress[:3], *another), "made for weights")
    floats = tmp_path / "floats.npy"
    np.save(floats, lines.astype(np.float32))
    _refused(
        btcnet("compress", floats, *compress[2:], calibration), "floats.npy", "calibration is of"
    )


def test_export_of_learned_steps_gives_symbols_and_says_so(btcnet, untrained, scene, tmp_path):
    rates = untrained(5, 1, quantizer="learned")
    words = ("export", rates, "--to", "c", "--scene", scene, "--no-check", "--out", tmp_path / "c")
    assert "the program gives symbols, no files" in btcnet(*words)[1]
    assert not (tmp_path / "c/compress.c").exists()


def test_cost_tells_stages_memory_and_what_others_publish(btcnet, model, tmp_path):
    figures = tmp_path / "cost.json"
    words = ("cost", model, "--samples", 16, "--lines-per-second", 50, "--json", figures)
    status, printed, errors = btcnet(*words)
    assert (status, errors) == (0, "")
    assert re.search(r"transform +11\.00 ", printed)
    assert "CCSDS 123.0-B-1" in printed
    assert "wanted: 0.00 million samples a second" in printed
    told = json.loads(figures.read_text())
    assert told["wanted"]["samples_s"] == 50 * 16 * 5
    assert told["memory"]["weights"] == 11 * 4 * 5 * 4


def test_cost_of_other_bands_and_without_a_compiler(btcnet, model, monkeypatch):
    monkeypatch.setattr("btcnet_jax.onboard.c_speed.find_compiler", lambda: None)
    status, printed, _ = btcnet("cost", model, "--bands", 9)
    assert status == 0
    assert "lines of 256 samples x 9 bands" in printed
    assert "weights 1,584," in printed
    assert "speed: not measured, for there is no C compiler" in printed
    _refused(btcnet("cost", model, "--bands", 0), "1 to 65536 bands, not 0")
    _refused(btcnet("cost", model, "--samples", 0), "1 to 65536 samples, not 0")
    _refused(btcnet("cost", model, "--lines-per-second", 0), "a number above zero, not 0")
    _refused(btcnet("cost", "universal"), "it is a codec, not a network")
