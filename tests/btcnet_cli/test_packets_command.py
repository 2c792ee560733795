"""`packets`: cut, join, and what is lost on the way."""

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
    damaged[damaged.index(b"BTCP", 4) + 40] ^= 4
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


def test_bad_input_leaves_nothing(btcnet, tmp_path):
    out = tmp_path / "out.btcn"
    for words, message in (
        ((FILE, out, "--join"), "universal_tiles.btcn: no packet in it is whole"),
        ((tmp_path / "no", out), "cannot read"),
        ((FILE, tmp_path / "no/out"), "its folder does not exist"),
        ((FILE, FILE), "would overwrite"),
        ((FILE, tmp_path / "out.npy", "--join"), "the suffix of a cube"),
    ):
        status, _, errors = btcnet("packets", *words)
        assert (status, errors.count("\n")) == (2, 1), errors
        assert message in errors
    assert not out.exists()
