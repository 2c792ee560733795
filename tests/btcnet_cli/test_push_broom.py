"""Plans and lines on the command line: a scene read once, raw lines on standard input, bytes out."""

import functools
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from lines_given import SHAPE, bil, cube_of_lines, float_plan_of, give_lines, raw, refused

from btcnet_jax.codec.line_writer import LineWriter
from btcnet_jax.container.compressed_file import open_compressed

ROOT = Path(__file__).parent.parent.parent
# Says when it has read all that there is, and waits for more.
_AS_AT_A_TERMINAL = """
import os, select, signal, sys
from btcnet_cli import main, raw_lines
signal.signal(signal.SIGINT, signal.default_int_handler)
class Told:
    def __init__(self, file): self.file = file
    def read1(self, size):
        if not select.select([self.file], [], [], 0)[0]:
            print("waits", file=sys.stderr, flush=True)
        return self.file.read1(size)
given = raw_lines.standard_input
raw_lines.standard_input = lambda what: Told(given(what))
words = ["compress", "--plan", os.environ["PLAN"], *sys.argv[1:], "-", os.environ["OUT"]]
sys.exit(main.run(words))
"""


@pytest.fixture(scope="module")
def cube():
    return cube_of_lines()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A scene, and a plan of its first lines."""
    folder = tmp_path_factory.mktemp("push_broom")
    float_plan_of(folder)
    return folder


@pytest.fixture
def standard_input(monkeypatch):
    return functools.partial(give_lines, monkeypatch)


def test_info_tells_what_a_plan_holds(btcnet, folder, tmp_path):
    status, told, _ = btcnet("info", folder / "a.btcplan", "--json", tmp_path / "a.json")
    assert status == 0
    assert "planned on           20 x 30 x 12 (rows x columns x bands), uint16" in told
    assert "group                16 lines" in told
    assert "quantization         scalar" in told
    assert "nodata               7" in told
    numbers = json.loads((tmp_path / "a.json").read_text())["numbers"]
    assert numbers["range"] == [0, 65535]
    assert len(numbers["mean"]) == 12
    (tmp_path / "bad.btcplan").write_bytes((folder / "a.btcplan").read_bytes()[:99])
    refused(btcnet("info", tmp_path / "bad.btcplan"), "bad.btcplan: the file is truncated")


def test_a_scene_and_its_raw_lines_give_one_file(btcnet, folder, cube, standard_input, tmp_path):
    plan, data = ("--plan", folder / "a.btcplan"), []
    status, told, _ = btcnet("compress", *plan, folder / "scene.npy", tmp_path / "whole.btcn")
    assert status == 0
    assert "PSNR" in told
    assert "planned on 20 x 30 x 12 for 0.5 bpppb; 44 lines came" in told
    for name, given, more in (
        ("bil", bil(cube), []),
        ("bip", cube.tobytes(), ["--interleave", "bip", "--lines", 44]),
        ("big", bil(cube.astype(">u2")), ["--byte-order", "big"]),
    ):
        standard_input(given)
        output = tmp_path / f"{name}.btcn"
        status, told, _ = btcnet("compress", *plan, *raw(*more), "-", output)
        assert status == 0
        assert "not measured: lines or bytes have passed by" in told
        data.append(output.read_bytes())
    assert data[0] == data[1] == data[2]
    for name in ("whole", "bil"):
        assert btcnet("decompress", tmp_path / f"{name}.btcn", tmp_path / f"{name}.npy")[0] == 0
    restored = [np.load(tmp_path / f"{name}.npy") for name in ("whole", "bil")]
    np.testing.assert_array_equal(*restored)
    assert np.abs(restored[0].astype(float) - cube).mean() < 6


@pytest.mark.end_to_end
def test_lines_through_a_pipe(folder, cube, tmp_path):
    """Before standard input ends there are bytes, and with them all the scene is there."""
    words = ["compress", "--plan", folder / "a.btcplan", *raw(), "-", "-"]
    command = [sys.executable, "main.py", *map(str, words)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as process:
        process.stdin.write(bil(cube[:16]) + b"\0" * (1 << 16))
        process.stdin.flush()
        process.stdin.close()
        first, error = process.stdout.read(), process.stderr.read()
    assert process.returncode == 2
    assert b"ends inside line" in error
    # What came whole is there: 16 lines and those of zeros.
    assert b"lines that came whole are in a whole stream on standard output" in error
    lines = 16 + (1 << 16) // 720
    assert open_compressed(io.BytesIO(first)).header.rows == lines
    done = subprocess.run(command, cwd=ROOT, input=bil(cube), capture_output=True, check=True)
    (tmp_path / "stream.btcn").write_bytes(done.stdout)
    import btcnet_jax as bt

    assert bt.open(tmp_path / "stream.btcn").shape == SHAPE
    assert b"standard output: " in done.stderr


@pytest.mark.parametrize(
    ("given", "more", "message"),
    [
        (lambda data: data[:700], [], "ends inside line 0 (counted from 0), after 700 of"),
        (lambda data: b"", [], "no line came"),
        (lambda data: data, ["--bands", "11"], "the plan is for 12 bands, not 11"),
        (lambda data: data, ["--dtype", "int16"], "type uint16, not int16"),
        (lambda data: data, ["--dtype", "complex64"], "no type of samples"),
        (lambda data: data, ["--samples", "0"], "no whole number"),
        (lambda data: data, ["--samples", str(2**31 - 1)], "ends inside line 0"),
        (lambda data: data, ["--axes", "rows,cols,bands"], "raw lines have no --axes"),
    ],
)
def test_raw_lines_that_arerefused(
    btcnet, folder, cube, standard_input, tmp_path, given, more, message
):
    standard_input(given(bil(cube)))
    words = ["--plan", folder / "a.btcplan", *raw(*more), "-", tmp_path / "a.btcn"]
    refused(btcnet("compress", *words), message)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("length", "more", "message", "lines"),
    [
        (2 * 720 + 100, [], "ends inside line 2 (counted from 0), after 100 of", 2),
        (20 * 720 + 719, [], "ends inside line 20 (counted from 0), after 719 of", 20),
        (32 * 720 + 1, [], "ends inside line 32 (counted from 0), after 1 of", 32),
        (19 * 720, ["--lines", "44"], "standard input ends after 19 of 44 lines", 19),
        (44 * 720, ["--lines", "18"], "goes on after line 17", 18),
    ],
)
def test_lines_that_came_whole_before_an_early_end_are_kept(
    btcnet, folder, cube, standard_input, tmp_path, monkeypatch, length, more, message, lines
):
    words = "compress", "--plan", folder / "a.btcplan", *raw(*more), "-"
    files = []
    for kept in ("a.partial.btcn", "a.partial2.btcn"):
        standard_input(bil(cube)[:length])
        result = btcnet(*words, tmp_path / "a.btcn")
        refused(result, message)
        assert f"{lines} lines that came whole are in {tmp_path / kept}" in result[2]
        files.append((tmp_path / kept).read_bytes())
    # Nothing has the name of the whole, and what was kept before stays.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.partial.btcn", "a.partial2.btcn"]
    assert files[0] == files[1]
    standard_input(bil(cube[:lines]))
    assert btcnet(*words[: -1 - len(more)], "-", tmp_path / "b.btcn")[0] == 0
    assert files[0] == (tmp_path / "b.btcn").read_bytes()
    output = SimpleNamespace(buffer=io.BytesIO())
    standard_input(bil(cube)[:length])
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", output)
        result = btcnet(*words, "-")
    refused(result, f"{lines} lines that came whole are in a whole stream on standard output")
    stream = open_compressed(io.BytesIO(output.buffer.getvalue()))
    assert (stream.header.rows, stream.sure, stream.lost) == (lines, True, ())


@pytest.mark.parametrize("within", [False, True])
def test_lines_that_came_whole_before_an_interruption_are_kept(
    btcnet, folder, cube, standard_input, tmp_path, monkeypatch, within
):
    monkeypatch.setattr(signal, "getsignal", lambda _: signal.default_int_handler)
    usual = LineWriter.write

    def write(writer, lines):
        # What is pressed while lines are taken waits until they are.
        if within and writer.came:
            signal.raise_signal(signal.SIGINT)
        usual(writer, lines)

    def lines(_):
        yield cube[:16]
        yield cube[16:32]
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(LineWriter, "write", write)
    monkeypatch.setattr("btcnet_cli.raw_lines.RawLines.read", lines)
    words = "compress", "--plan", folder / "a.btcplan", *raw(), "-", tmp_path / "a.btcn"
    status, _, error = btcnet(*words)
    kept = tmp_path / "a.partial.btcn"
    assert status == 130
    assert error == f"btcnet: interrupted; 32 lines that came whole are in {kept}\n"
    assert list(tmp_path.iterdir()) == [kept]
    assert open_compressed(io.BytesIO(kept.read_bytes())).header.rows == 32


def test_lines_of_a_group_that_is_not_full_are_kept_before_an_interruption(
    btcnet, folder, cube, tmp_path, monkeypatch
):
    """A pipe that stays open: 20 lines and a part of one, of groups of 16."""
    reading, writing = os.pipe()
    os.write(writing, bil(cube)[: 20 * 720 + 5])
    process = subprocess.Popen(
        [sys.executable, "-c", _AS_AT_A_TERMINAL, *map(str, raw())],
        stdin=reading,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | {"PLAN": str(folder / "a.btcplan"), "OUT": str(tmp_path / "a.btcn")},
        text=True,
    )
    assert process.stderr is not None
    with process, os.fdopen(writing, "wb"):
        while "waits" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        told = process.stderr.read()
    os.close(reading)
    kept = tmp_path / "a.partial.btcn"
    assert told == f"btcnet: interrupted; 20 lines that came whole are in {kept}\n"
    assert process.returncode == 130
    assert open_compressed(io.BytesIO(kept.read_bytes())).header.rows == 20


def test_an_interrupted_stream_says_that_its_beginning_is_out(
    btcnet, folder, cube, standard_input, monkeypatch
):
    def lines(_):
        yield cube[:16]
        raise KeyboardInterrupt

    monkeypatch.setattr("btcnet_cli.raw_lines.RawLines.read", lines)
    standard_output = SimpleNamespace(buffer=io.BytesIO())
    words = ["compress", "--plan", folder / "a.btcplan", *raw(), "-"]
    monkeypatch.setattr(sys, "stdout", standard_output)
    status, _, error = btcnet(*words, "-")
    assert status == 130
    assert "interrupted; standard output has a stream without its end" in error
    assert standard_output.buffer.getvalue()[:4] == b"BTCN"


@pytest.mark.parametrize("name", ["stdin", "stdout"])
def test_standard_streams_that_are_closed(btcnet, folder, cube, standard_input, monkeypatch, name):
    """As `<&-` and `>&-` leave them."""
    standard_input(bil(cube))
    monkeypatch.setattr(sys, name, None)
    words = ["compress", "--plan", folder / "a.btcplan", *raw(), "-", "-"]
    which = "input" if name == "stdin" else "output"
    refused(btcnet(*words), f"standard {which} is closed")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--bpppb", "0.2"], "leave out --bpppb"),
        (["--max-error", "2"], "keeps no bound"),
        (["--optimize", "rmse"], "leave out --optimize"),
        (["--calibration", "a.json"], "leave out --calibration"),
        (["--target-psnr", "40"], "leave out --target-psnr"),
        (["--target-sam", "1"], "leave out --target-sam"),
        (["--dtype", "uint16"], "raw lines need --samples too"),
        (raw(), "name - in the place of the scene"),
    ],
)
def test_options_that_do_not_go_together(btcnet, folder, tmp_path, words, message):
    scene, output = folder / "scene.npy", tmp_path / "a.btcn"
    refused(btcnet("compress", "--plan", folder / "a.btcplan", *words, scene, output), message)
    refused(btcnet("compress", "--samples", 3, scene, output), "give --plan too")


def test_another_sensor_or_no_plan(btcnet, folder, tmp_path):
    np.save(tmp_path / "other.npy", np.ones((20, 20, 5), np.uint16))
    output, plan = tmp_path / "a.btcn", folder / "a.btcplan"
    refused(btcnet("compress", "--plan", plan, tmp_path / "other.npy", output), "12 bands, not 5")
    refused(
        btcnet("compress", "--plan", folder / "scene.npy", tmp_path / "other.npy", output),
        "scene.npy: this is no plan",
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--lines", "20"], "give the first line and the one after the last"),
        (["--lines", "40:60"], "the scene has lines 0:44"),
        (["--group", "10"], "a multiple of 4"),
        (["--group", str(4 << 21)], "4194304 lines at most"),
        (["--group", str(4 << 80)], "4194304 lines at most"),
        (["--range", "0", "9"], "must hold all of the lines"),
        (["--bpppb", "0"], "is no rate"),
        (["--calibration", "a.json"], "unrecognized arguments: --calibration"),
    ],
)
def test_plans_that_cannot_be_made(btcnet, folder, tmp_path, words, message):
    refused(btcnet("plan", folder / "scene.npy", tmp_path / "b.btcplan", *words), message)
    refused(btcnet("plan", folder / "scene.npy", tmp_path / "b.npy"), "name it NAME.btcplan")
    assert not list(tmp_path.iterdir())


def test_a_sample_is_told_as_coded_or_as_clipped_not_both(btcnet, folder, cube, tmp_path):
    values, plan = cube.astype(np.float32), tmp_path / "f.btcplan"
    np.save(tmp_path / "f.npy", values)
    low, high = values.min() - 1, values.max() + 100
    words = ["--range", low, high, "--bpppb", "0.5", "--quantization", "scalar"]
    assert btcnet("plan", tmp_path / "f.npy", plan, *words)[0] == 0
    values[3, :2, 5], values[4, 0, 5] = high + 1, high - 50
    np.save(tmp_path / "f.npy", values)
    told = btcnet("compress", "--plan", plan, tmp_path / "f.npy", tmp_path / "f.btcn")
    assert told[0] == 0
    assert "warning: 2 samples lie beyond" in told[2]
    assert "1 sample (" in told[1]


def test_a_folder_of_scenes_by_one_plan(btcnet, folder, cube, tmp_path):
    scenes = tmp_path / "scenes"
    scenes.mkdir()
    for number in range(2):
        np.save(scenes / f"{number}.npy", cube[number:])
    status, told, _ = btcnet("compress", "--plan", folder / "a.btcplan", scenes, tmp_path / "out")
    assert status == 0
    assert "2 of 2 cubes compressed" in told
    again = btcnet("compress", "--plan", folder / "a.btcplan", scenes, tmp_path / "out")[1]
    assert "2 done before" in again


def test_a_plan_as_it_is_made_without_options_codes_lines(btcnet, folder, tmp_path):
    plan = tmp_path / "a.btcplan"
    status, told, _ = btcnet("plan", folder / "scene.npy", plan, "--bpppb", "0.5")
    assert status == 0
    assert "quantization         dependent" in told
    status, told, error = btcnet(
        "compress", "--plan", plan, folder / "scene.npy", tmp_path / "a.btcn"
    )
    assert (status, error) == (0, "")
    assert "PSNR" in told
