"""Models by name on the command line: packed, listed, told about, used everywhere, and refused."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import btcnet_jax as bt
from btcnet_benchmark.codecs.btcnet import BtcnetPeer
from btcnet_jax import checkpoints, zoo
from btcnet_jax.codec import codec_of
from btcnet_jax.config import Config, ModelConfig, TrainConfig
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.errors import CheckpointError
from btcnet_jax.models.initialization import init_params

CARD = {"about": "a toy", "data": "noise", "license": "MIT"}


@pytest.fixture(scope="module")
def folder(untrained, tmp_path_factory):
    """Two packed models: of five bands, and of a learned rate."""
    import main

    folder = tmp_path_factory.mktemp("zoo")
    (folder / "card.json").write_text(json.dumps(CARD))
    learned = {"quantizer": "learned", "rate_levels": 2}
    for name, run in (("toy-v2", untrained(5)), ("toy-rate", untrained(5, 1, **learned))):
        words = ["pack", run, folder / f"{name}.btcmodel", "--card", folder / "card.json"]
        assert main.run([str(word) for word in words]) == 0
    return folder


@pytest.fixture
def known(folder, monkeypatch):
    monkeypatch.setenv(zoo.VARIABLE, f"/nowhere:{folder}")
    return folder


def _refused(result, *messages):
    status, _, errors = result
    assert (status, errors.count("\n")) == (2, 1), errors
    for message in messages:
        assert message in errors


def test_the_list_has_what_ships_and_what_lies_in_folders(btcnet, folder, monkeypatch):
    monkeypatch.delenv(zoo.VARIABLE, raising=False)
    status, alone, _ = btcnet("models")
    assert status == 0
    assert "universal" in alone
    assert "4b9795bf1d65b1a4" in alone
    assert "toy" not in alone
    _, printed, _ = btcnet("models", folder)
    assert re.search(r"toy-v2 +5 +0\.1 +BTC-Net V2, 8 bits ", printed)
    assert re.search(r"toy-rate +5 +0\.1 +BTC-Net V2, learned, 2 rates ", printed)
    _refused(btcnet("models", folder / "no"), "no such folder")


def test_a_damaged_file_does_not_hide_the_others(btcnet, known, tmp_path):
    (tmp_path / "broken.btcmodel").write_bytes(b"PK")
    (tmp_path / "toy-v2.btcmodel").write_bytes((known / "toy-v2.btcmodel").read_bytes())
    status, printed, _ = btcnet("models", tmp_path)
    assert status == 0
    assert f"not usable: {tmp_path / 'broken.btcmodel'} is no packed model" in printed
    assert printed.count("toy-v2") == 2
    assert printed.count("(another of this name comes first)") == 1


def test_a_name_works_where_a_model_is_asked_for(btcnet, known, scene, tmp_path):
    file, restored = tmp_path / "a.btcn", tmp_path / "a.npy"
    assert btcnet("compress", scene, file, "--model", "toy-v2")[0] == 0
    # The file says by its fingerprint whose it is.
    assert btcnet("decompress", file, restored)[0] == 0
    assert btcnet("decompress", file, restored, "--model", "toy-v2")[0] == 0
    codec = bt.load("toy-v2")
    np.testing.assert_array_equal(np.load(restored), codec.decompress(file.read_bytes()).values)
    _, printed, _ = btcnet("info", "toy-v2")
    assert codec.fingerprint.hex() in printed
    assert re.search(r"data +noise", printed)
    assert re.search(r"SHA-256 +[0-9a-f]{64}", printed)
    assert BtcnetPeer("toy-v2").describe().startswith("one network for 5 bands")
    status, printed, _ = btcnet("evaluate", scene, "--model", "toy-rate", "--level", 0)
    assert status == 0
    assert btcnet("info", "universal")[0] == 0
    assert btcnet("compress", scene, file, "--model", "universal", "--bpppb", 4)[0] == 0
    assert btcnet("decompress", file, restored, "--model", "universal")[0] == 0


def test_a_folder_of_the_variable_that_is_not_there_is_told(btcnet, known, scene, tmp_path):
    told = "/nowhere: no such folder, but BTCNET_MODELS names it"
    assert f"not usable: {told}" in btcnet("models")[1]
    _refused(btcnet("compress", scene, tmp_path / "a.btcn", "--model", "zzz"), told)


def test_info_names_the_model_of_a_file(btcnet, known, scene, tmp_path, monkeypatch):
    file = tmp_path / "a.btcn"
    assert btcnet("compress", scene, file, "--model", "toy-v2", "--no-check")[0] == 0
    assert re.search(r"model +[0-9a-f]{16}, toy-v2\n", btcnet("info", file)[1])
    monkeypatch.delenv(zoo.VARIABLE)
    assert re.search(
        r"model +[0-9a-f]{16}, none that `btcnet models` lists\n", btcnet("info", file)[1]
    )


def test_an_unknown_name_tells_which_there_are(btcnet, known, scene, tmp_path):
    words = ("compress", scene, tmp_path / "a.btcn", "--model")
    _refused(
        btcnet(*words, "toy-v3"),
        "no model toy-v3: no such folder or file, and no such name: did you mean toy-v2?",
        "known are universal, ",
        "toy-rate, toy-v2",
    )
    _refused(btcnet(*words, "zzz"), "no such name; known are universal")
    _refused(btcnet("info", "zzz"), "no such name; known are universal")
    _refused(btcnet("decompress", scene, tmp_path / "x.npy", "--model", "zzz"))
    assert not (tmp_path / "a.btcn").exists()


def test_a_path_wins_over_a_name(known, untrained, tmp_path, monkeypatch):
    run = untrained(6)
    (tmp_path / "toy-v2").symlink_to(run)
    (tmp_path / "universal").symlink_to(run)
    monkeypatch.chdir(tmp_path)
    assert zoo.load_model("toy-v2").config.bands == 6
    assert bt.load("universal").describe().startswith("one network for 6 bands")
    monkeypatch.chdir(known)
    assert zoo.load_model("toy-v2").config.bands == 5
    with pytest.raises(CheckpointError, match="finds its transform scene by scene"):
        zoo.find("universal")


def test_the_wrong_model_is_told_by_the_right_one_s_name(btcnet, known, scene, model, tmp_path):
    file, restored = tmp_path / "a.btcn", tmp_path / "a.npy"
    assert btcnet("compress", scene, file, "--model", "toy-v2")[0] == 0
    for other in (model, "toy-rate"):
        _refused(
            btcnet("decompress", file, restored, "--model", other),
            f"toy-v2 wrote the file, not {other}: use --model toy-v2, or leave --model out",
        )
    _refused(
        btcnet("decompress", file, restored, "--model", "universal"), "not the universal codec"
    )
    assert not restored.exists()


def test_a_file_of_a_model_that_is_not_there_is_refused(
    btcnet, known, scene, tmp_path, monkeypatch
):
    file = tmp_path / "a.btcn"
    assert btcnet("compress", scene, file, "--model", "toy-v2")[0] == 0
    fingerprint = bt.load("toy-v2").fingerprint.hex()
    monkeypatch.delenv(zoo.VARIABLE)
    _refused(
        btcnet("decompress", file, tmp_path / "a.npy"), f"{fingerprint} wrote the file: name it"
    )
    monkeypatch.setenv(zoo.VARIABLE, str(known))
    assert codec_of(read_compressed(file.read_bytes()).header).fingerprint.hex() == fingerprint


def test_pack_says_what_rounding_costs_and_what_the_card_lacks(btcnet, model, tmp_path):
    out = tmp_path / "toy.btcmodel"
    status, printed, _ = btcnet("pack", model, out)
    assert status == 0
    assert re.search(r"weights change by \d\.\d\de-\d\d at most", printed)
    assert re.search(r"samples of a test scene by \d+\.\d+ % of its range at most", printed)
    assert f"files that {model} wrote need {model} as before" in printed
    assert (
        "the card says nothing of: about, data, command, hardware, time, license, figures"
        in printed
    )
    _, again, _ = btcnet("pack", out, tmp_path / "again.btcmodel")
    assert "weights change" not in again
    assert (tmp_path / "again.btcmodel").read_bytes() == out.read_bytes()


def test_a_trained_run_brings_its_steps_and_recipe_but_no_paths(btcnet, tmp_path):
    model = ModelConfig(bands=5, latent_channels=4, features=2, gamma=1)
    config = Config(workdir="/home/me/run", model=model, train=TrainConfig(epochs=77))
    config.data.folder = "/home/me/scenes"
    with checkpoints.CheckpointWriter(tmp_path / "run", keep=1) as writer:
        writer.save(9, {"params": init_params(model, 0)}, config.to_dict(), None)
    out = tmp_path / "x.btcmodel"
    assert btcnet("pack", tmp_path / "run", out)[0] == 0
    card = zoo.read_text(out).card
    assert (card["step"], card["recipe"]["train.epochs"]) == (9, 77)
    assert "/home/me" not in json.dumps(card)
    _, printed, _ = btcnet("info", out)
    assert re.search(r"train.epochs +77", printed)


def test_figures_come_from_evaluate_and_of_this_model_alone(btcnet, known, scene, tmp_path):
    out, figures = tmp_path / "mine.btcmodel", tmp_path / "figures.json"
    out.write_bytes((known / "toy-v2.btcmodel").read_bytes())
    assert btcnet("evaluate", scene, "--model", out, "--json", figures)[0] == 0
    assert btcnet("pack", out, out, "--figures", figures)[0] == 0
    (whole, published) = zoo.read_text(out).card["figures"]
    told = json.loads(figures.read_text())["results"]
    assert (whole["psnr_db"], published["bpppb"]) == (told[0]["psnr_db"], told[1]["bpppb"])
    assert zoo.read_text(out).card["data"] == "noise"
    listed = btcnet("models", tmp_path)[1]
    assert f"{whole['psnr_db']:.2f}" in listed
    # Of models that ship all rates, on the scene that most of them were measured on.
    assert listed.count("jasper_ridge.npz") == 5
    assert "in patches" not in listed
    before = out.read_bytes()
    _refused(btcnet("pack", "toy-rate", out, "--figures", figures), "but the model's are")
    assert out.read_bytes() == before


def test_what_cannot_be_packed_is_refused(btcnet, model, tmp_path):
    out = tmp_path / "x.btcmodel"
    bad = tmp_path / "card.json"
    for text, message in (
        ("{", "not JSON"),
        ("[]", "a card is a JSON object of texts"),
        ('{"data": 3}', "a card is a JSON object of texts"),
        ('{"dota": "x"}', "a card has no 'dota'; it has about, data"),
    ):
        bad.write_text(text)
        _refused(btcnet("pack", model, out, "--card", bad), message)
    bad.write_text("{}")
    _refused(btcnet("pack", model, out, "--figures", bad), "no figures of evaluate --json")
    _refused(btcnet("pack", model, tmp_path / "x.npz"), "name it NAME.btcmodel")
    _refused(btcnet("pack", model, tmp_path / "universal.btcmodel"), "name it NAME.btcmodel")
    _refused(btcnet("pack", model, tmp_path / "no" / "x.btcmodel"), "its folder does not exist")
    _refused(btcnet("pack", "universal", out), "it is a codec, not a network")
    assert not out.exists()


def test_all_that_ships_is_usable_small_and_in_the_docs():
    files = [path for path in zoo.SHIPPED.iterdir() if path.suffix in (".npz", zoo.SUFFIX)]
    assert sum(path.stat().st_size for path in files) < 75e6
    listed, unusable = zoo.known()
    assert unusable == []
    for each in listed:
        assert each.path.parent != zoo.SHIPPED or bt.load(each.path)


def test_the_page_of_models_is_what_their_files_say():
    import runpy

    made = runpy.run_path(str(Path(__file__).parent.parent.parent / "docs" / "models.py"))
    assert made["page"]() == made["PAGE"].read_text(encoding="utf-8"), "run python docs/models.py"


@pytest.mark.parametrize("name", ["universal", "btcnet-v2-aviris", "btcnet-v2-aviris-rates"])
def test_info_tells_of_every_model_that_ships(btcnet, name):
    status, told, _ = btcnet("info", name)
    assert status == 0
    assert ("integer contexts" in told) == (name != "btcnet-v2-aviris")
