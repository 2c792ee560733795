"""`packets`: cut, join, and what is lost on the way."""

import io
import sys
from types import SimpleNamespace

import numpy as np

from tests.streams.golden_streams import FOLDER

FILE = FOLDER / "universal_tiles.btcn"


def test_packets_there_and_back(btcnet, tmp_path):
    sent, back = tmp_path / "sent.packets", tmp_path / "back.btcn"
    status, printed, errors = btcnet("packets", FILE, sent)
    assert (status, errors) == (0, "")
    assert "packets," in printed
    assert btcnet("packets", sent, back, "--join")[0] == 0
    assert back.read_bytes() == FILE.read_bytes()


def test_a_lost_tile_is_told_and_salvage_reads_the_rest(btcnet, tmp_path):
    sent, back = tmp_path / "sent.packets", tmp_path / "back.btcn"
    btcnet("packets", FILE, sent)
    damaged = bytearray(sent.read_bytes())
    damaged[damaged.index(b"BTPK", 4) + 40] ^= 4
    sent.write_bytes(damaged)
    status, printed, _ = btcnet("packets", sent, back, "--join")
    assert status == 1
    assert "packets are lost, tiles 0: decompress the rest with --salvage" in printed
    status, printed, _ = btcnet("decompress", back, tmp_path / "rest.npy", "--salvage", "--fill", 0)
    assert status == 1
    rest = np.load(tmp_path / "rest.npy")
    with np.load(FOLDER / "universal_tiles.npz") as golden:
        same = (rest == golden["samples"]).all(-1)
    assert 0.3 < same.mean() < 1


def test_the_end_of_a_stream_that_is_lost_is_told(btcnet, tmp_path):
    sent, back = tmp_path / "sent.packets", tmp_path / "back.btcn"
    btcnet("packets", FOLDER / "universal_stream.btcn", sent)
    data = sent.read_bytes()
    starts = [at for at in range(len(data)) if data.startswith(b"BTPK", at)]
    sent.write_bytes(data[: starts[-2]])
    status, printed, _ = btcnet("packets", sent, back, "--join")
    assert status == 1
    assert "packets are lost, how many lines there were: decompress the rest" in printed
    assert "1 of " in printed


def test_packets_through_pipes(btcnet, tmp_path, monkeypatch):
    def through(data, *words):
        stream = SimpleNamespace(buffer=io.BytesIO(data), isatty=lambda: False)
        output = SimpleNamespace(buffer=io.BytesIO())
        monkeypatch.setattr(sys, "stdin", stream)
        with monkeypatch.context() as patched:
            patched.setattr(sys, "stdout", output)
            told = btcnet("packets", *words)
        return (*told, output.buffer.getvalue())

    data = FILE.read_bytes()
    status, _, told, sent = through(data, "-", "-")
    assert status == 0
    assert "standard output: " in told
    status, _, told, back = through(sent, "-", "-", "--join")
    assert (status, back) == (0, data)
    assert "all of them whole" in told
    status, _, told, _ = through(b"", "-", tmp_path / "a.btcn", "--join")
    assert (status, told.count("\n")) == (2, 1)
    assert "standard input is empty" in told
    status, _, told, _ = through(b"nothing", "-", tmp_path / "a.btcn", "--join")
    assert status == 2
    assert "standard input: no packet in it is whole" in told
    assert not list(tmp_path.iterdir())


def test_packets_are_not_taken_for_a_plan(btcnet, tmp_path):
    btcnet("packets", FILE, tmp_path / "sent.packets")
    plan = "--plan", tmp_path / "sent.packets"
    status, _, errors = btcnet("compress", *plan, tmp_path / "a.npy", tmp_path / "a.btcn")
    assert status == 2
    assert "this is no plan" in errors


def test_bad_input_leaves_nothing(btcnet, tmp_path):
    out = tmp_path / "out.btcn"
    for words, message in (
        ((FILE, out, "--join"), "universal_tiles.btcn: no packet in it is whole"),
        ((tmp_path / "no", out), "cannot read"),
        ((FILE, tmp_path / "no/out"), "its folder does not exist"),
        ((FILE, FILE), "would overwrite"),
        ((FILE, tmp_path / "out.npy", "--join"), "the suffix of a cube: name it out.btcn"),
        ((FILE, tmp_path / "out.img"), "the suffix of a cube: name it out.packets"),
    ):
        status, _, errors = btcnet("packets", *words)
        assert (status, errors.count("\n")) == (2, 1), errors
        assert message in errors
    assert not out.exists()
