"""Plans in integers on the command line: exported, told, refused, and lines coded as the export says."""

import functools
import io
import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from lines_given import bil, float_plan_of, give_lines, plan_of, raw, refused


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A scene, and a plan of its first lines in floats."""
    folder = tmp_path_factory.mktemp("flight")
    float_plan_of(folder)
    return folder


@pytest.fixture(scope="module")
def flight(folder):
    """A plan in integers."""
    return plan_of(folder, "flight.btcplan", "--integers")


@pytest.fixture
def standard_input(monkeypatch):
    return functools.partial(give_lines, monkeypatch)


def test_a_plan_in_integers_is_exported_and_told(btcnet, folder, flight, tmp_path):
    assert "in integers" in btcnet("info", flight)[1]
    out, figures = tmp_path / "out", tmp_path / "figures.json"
    scene = folder / "scene.npy"
    words = ("export", flight, "--to", "c", "--out", out, "--scene", scene)
    status, printed, errors = btcnet(*words, "--check-scene", scene, "--json", figures)
    assert (status, errors) == (0, "")
    assert "30 lines to check with" in printed
    assert "symbols of 16 lines" in printed
    assert "0 % of samples are beyond what the plan saw" in printed
    told = json.loads(figures.read_text())
    assert told["share"] < 0.01
    assert abs(told["loss_db"]) < 0.02
    # What the program shall write is what the command does, but for what a file tells of itself.
    expected = (out / "expected.btcn").read_bytes()
    assert expected.startswith(b"BTCN")
    lines = (out / "lines.bil").read_bytes()
    assert lines == bil(np.load(scene)[:30])


def test_compress_by_a_plan_in_integers_writes_what_the_export_expects(
    folder, flight, tmp_path, monkeypatch, standard_input, btcnet
):
    out = tmp_path / "out"
    words = ("--to", "c", "--out", out, "--scene", folder / "scene.npy", "--no-check")
    assert btcnet("export", flight, *words)[0] == 0
    standard_input((out / "lines.bil").read_bytes())
    written = io.BytesIO()
    stream = SimpleNamespace(buffer=written, isatty=lambda: False, fileno=lambda: -1)
    with monkeypatch.context() as patch:
        patch.setattr("btcnet_cli.compress_planned.write_standard", written.write)
        patch.setattr(sys, "stdout", SimpleNamespace(**vars(stream), write=lambda _: 0, flush=int))
        import main

        given = ["compress", "--plan", flight, *raw(), "--no-check", "-", "-"]
        assert main.run([str(word) for word in given]) == 0
    assert written.getvalue() == (out / "expected.btcn").read_bytes()
    # Only a stream has these bytes, which is what the export says.
    assert "... - -` writes of the lines to standard output" in (out / "README.md").read_text()


def test_what_of_a_plan_cannot_fly_isrefused(btcnet, folder, flight, tmp_path):
    out, scene = tmp_path / "out", folder / "scene.npy"
    words = ("--out", out, "--scene", scene)
    refused(btcnet("export", folder / "a.btcplan", "--to", "c", *words), "computes in floats")
    refused(btcnet("export", flight, "--to", "onnx", *words), "as a C program alone")
    refused(btcnet("export", flight, "--to", "c", *words, "--level", 1), "--level is of a model")
    wide = ("--samples", 70000)
    refused(btcnet("export", flight, "--to", "c", *words, *wide), "1 to 65536 samples, not 70000")
    other = tmp_path / "other.npy"
    np.save(other, np.load(scene)[..., :7])
    words = ("--to", "c", "--out", out, "--scene", other)
    refused(btcnet("export", flight, *words), "the plan is for 12 bands, not 7")
    assert not out.exists()
    floats = tmp_path / "floats.npy"
    np.save(floats, np.load(scene).astype(np.float32))
    words = ("plan", floats, tmp_path / "b.btcplan", "--integers")
    refused(btcnet(*words), "int16 or uint16, not float32")
    words = ("plan", scene, tmp_path / "b.btcplan", "--integers", "--quantization", "dependent")
    refused(btcnet(*words), "leave out --quantization dependent")


def test_cost_of_a_plan(btcnet, folder, flight, tmp_path, monkeypatch):
    figures = tmp_path / "cost.json"
    status, printed, _ = btcnet("cost", flight, "--samples", 64, "--json", figures)
    assert status == 0
    assert "give --scene" in printed
    told = json.loads(figures.read_text())
    stages = [stage["stage"] for stage in told["stages"]]
    assert stages == [
        "reading", "projection", "transform", "quantization", "contexts", "coding",
    ]  # fmt: skip
    assert told["stages"][1]["multiply_adds"] == pytest.approx(told["components"] * 16 / 12)
    assert told["samples_s"] is None
    monkeypatch.setattr("btcnet_jax.onboard.c_speed.plan_samples_per_second", lambda *_: 5e7)
    monkeypatch.setattr("btcnet_jax.onboard.c_speed.find_compiler", lambda: "cc")
    words = ("cost", flight, "--scene", folder / "scene.npy", "--lines-per-second", 100)
    assert "speed: 50.00 million samples a second" in btcnet(*words)[1]
    np.save(tmp_path / "other.npy", np.load(folder / "scene.npy")[..., :7])
    told = btcnet("cost", flight, "--scene", tmp_path / "other.npy")
    refused(told, "the plan is for 12 bands, not 7")
    assert told[1] == ""  # No table before the refusal.
    refused(btcnet("cost", flight, "--bands", 5), "leave out --bands")
    refused(btcnet("cost", folder / "a.btcplan"), "computes in floats")
    refused(btcnet("cost", flight, "--variable", "cube"), "give --scene, or leave them out")
