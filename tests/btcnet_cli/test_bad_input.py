"""Bad input: one line, status 2, nothing written, nothing lost."""

import numpy as np
import pytest

_TINY = ["--config", "configs/tiny.py", "--config.hardware.devices=1"]


def _refused(result, *parts):
    status, _, error = result
    assert status == 2
    assert error.startswith("btcnet: ")
    assert error.count("\n") == 1
    for part in parts:
        assert part in error


def _files(folder):
    return sorted(path.name for path in folder.rglob("*"))


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["compres", "a", "b"], "did you mean compress?"),
        (["compress", "a"], "required: output"),
        (["compress", "a", "b", "--model", "c", "--fast"], "unrecognized arguments: --fast"),
        (["train"], "name a configuration"),
        (["--config", "nowhere.py"], "no configuration file nowhere.py"),
        (["--config"], "name a configuration file"),
        (["--config", "configs/tiny.py", "--config.model.bits=9"], "model.bits is 9"),
        (["--config", "configs/tiny.py", "--config.model.bits=six"], "'six'"),
        (["--config", "configs/tiny.py", "--config.data.strip_rows=6"], "multiple of 4"),
        (["--config", "configs/tiny.py", "--config.train.epochs=0"], "train.epochs is 0"),
        (["--config", "configs/tiny.py", "--config.data.images_per_batch=6"], "8 cpu devices"),
        ([*_TINY, "--config.data.folder=none"], "none: no such folder"),
        ([*_TINY, "--config.hardware.platform=tpu"], "JAX finds only cpu"),
        (["--config", "configs/aviris.py:x"], "configs/aviris.py:x"),
        (["--config", "configs/aviris.py"], "data.folder is ''"),
        (["info", "nothing.btcn"], "nothing.btcn"),
        (["compress", "--config", "x", "a", "b", "--model", "c"], "takes no --config"),
    ],
)
def test_command_line_errors(btcnet, words, part):
    _refused(btcnet(*words), part)


@pytest.mark.parametrize(
    ("cube", "part"),
    [
        (np.ones((4, 5), np.uint8), "axes"),
        (np.full((4, 4, 5), np.nan), "NaN"),
        (np.full((4, 4, 5), 3), "constant"),
        (np.arange(96).reshape(4, 4, 6), "6 bands, but the model was trained for 5"),
        (np.zeros((4, 4, 5), complex), "complex"),
    ],
)
def test_cubes_that_cannot_be_compressed(btcnet, model, tmp_path, cube, part):
    np.save(tmp_path / "cube.npy", cube)
    output = tmp_path / "cube.btcn"
    _refused(btcnet("compress", tmp_path / "cube.npy", output, "--model", model), part)
    assert _files(tmp_path) == ["cube.npy"]


def test_missing_file_and_text_named_mat(btcnet, model, tmp_path):
    output = tmp_path / "out.btcn"
    _refused(btcnet("compress", tmp_path / "no.npy", output, "--model", model), "no such file")
    (tmp_path / "text.mat").write_text("this is no MATLAB file")
    _refused(btcnet("compress", tmp_path / "text.mat", output, "--model", model), "text.mat")
    assert _files(tmp_path) == ["text.mat"]


def test_model_folders_that_hold_no_model(btcnet, scene, tmp_path):
    output = tmp_path / "out.btcn"
    _refused(btcnet("compress", scene, output, "--model", tmp_path / "no"), "no such folder")
    (tmp_path / "empty").mkdir()
    result = btcnet("compress", scene, output, "--model", tmp_path / "empty")
    _refused(result, "no complete checkpoint")
    (tmp_path / "half" / "checkpoints" / "7" / "params").mkdir(parents=True)
    result = btcnet("compress", scene, output, "--model", tmp_path / "half")
    _refused(result, "half written")
    assert not output.exists()


def test_damaged_files_and_files_of_another_model(btcnet, scene, model, untrained, tmp_path):
    packed, output = tmp_path / "scene.btcn", tmp_path / "out.npy"
    assert btcnet("compress", scene, packed, "--model", model)[0] == 0
    data = packed.read_bytes()
    other = untrained(5, seed=1)
    _refused(btcnet("decompress", packed, output, "--model", other), "written with weights")
    packed.write_bytes(data[:-9])
    _refused(btcnet("decompress", packed, output, "--model", model), "truncated")
    packed.write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])
    _refused(btcnet("decompress", packed, output, "--model", model), "altered")
    packed.write_bytes(b"")
    _refused(btcnet("decompress", packed, output, "--model", model), "empty")
    _refused(btcnet("decompress", scene, output, "--model", model), "not a BTCN file")
    assert not output.exists()


def test_places_that_cannot_be_written_are_refused_before_the_work(btcnet, scene, model, tmp_path):
    result = btcnet("compress", scene, tmp_path / "no" / "x.btcn", "--model", "not looked at")
    _refused(result, "its folder does not exist")
    packed = tmp_path / "scene.btcn"
    assert btcnet("compress", scene, packed, "--model", model)[0] == 0
    result = btcnet("decompress", packed, tmp_path / "x.jpeg", "--model", model)
    _refused(result, "no format to write")


def test_a_failure_leaves_the_former_output_as_it_was(btcnet, model, tmp_path):
    output = tmp_path / "out.btcn"
    output.write_bytes(b"former")
    np.save(tmp_path / "cube.npy", np.full((4, 4, 5), 3))
    assert btcnet("compress", tmp_path / "cube.npy", output, "--model", model)[0] == 2
    assert output.read_bytes() == b"former"


def test_scenes_smaller_than_a_patch_and_of_another_band_count(btcnet, tmp_path):
    for split in ("train", "test"):
        (tmp_path / split).mkdir()
        np.save(tmp_path / split / "a.npy", np.arange(30 * 30 * 5).reshape(30, 30, 5))
    train = [*_TINY, f"--config.data.folder={tmp_path}"]
    train.append(f"--config.workdir={tmp_path / 'run'}")
    _refused(btcnet(*train), "has 5 bands, the model 48", "--config.model.bands=5")
    _refused(btcnet(*train, "--config.model.bands=5"), "30 rows x 30 columns", "patch_rows")
    assert not (tmp_path / "run").exists()


def test_an_output_never_replaces_the_input(btcnet, scene, model, tmp_path):
    before = scene.read_bytes()
    _refused(btcnet("compress", scene, scene, "--model", model), "would overwrite")
    link = tmp_path / "link.npy"
    link.hardlink_to(scene)
    _refused(btcnet("compress", scene, link, "--model", model), "would overwrite")
    result = btcnet("compress", scene, tmp_path / "new.npz", "--model", model)
    _refused(result, "suffix of a cube: name it new.btcn")
    packed = tmp_path / "packed.npy"
    other = tmp_path / "scene.btcn"
    assert btcnet("compress", scene, other, "--model", model)[0] == 0
    other.rename(packed)
    _refused(btcnet("decompress", packed, packed, "--model", model), "would overwrite")
    result = btcnet("evaluate", scene, "--model", model, "--json", scene)
    _refused(result, "would overwrite")
    same = tmp_path / "x.png"
    result = btcnet("evaluate", scene, "--model", model, "--json", same, "--picture", same)
    _refused(result, "would overwrite")
    assert scene.read_bytes() == before


def test_an_envi_pair_is_one_scene(btcnet, scene, model, tmp_path):
    packed = tmp_path / "scene.btcn"
    assert btcnet("compress", scene, packed, "--model", model)[0] == 0
    assert btcnet("decompress", packed, tmp_path / "pair.hdr", "--model", model)[0] == 0
    result = btcnet(
        "evaluate", tmp_path / "pair.hdr", "--model", model, "--json", tmp_path / "pair.img"
    )
    _refused(result, "would overwrite")
    result = btcnet("compress", tmp_path / "pair.hdr", tmp_path / "pair.btcn", "--model", model)
    assert result[0] == 0


def test_errors_name_the_file_they_are_about(btcnet, model, tmp_path):
    np.save(tmp_path / "six.npy", np.arange(96).reshape(4, 4, 6))
    result = btcnet("evaluate", tmp_path / "six.npy", "--model", model)
    _refused(result, "six.npy: the cube has 6 bands")
    (tmp_path / "none.btcn").write_bytes(b"")
    _refused(btcnet("info", tmp_path / "none.btcn"), "none.btcn: the file is empty")


def test_a_disk_too_small_for_envi_is_refused(btcnet, scene, model, tmp_path, monkeypatch):
    packed = tmp_path / "scene.btcn"
    assert btcnet("compress", scene, packed, "--model", model)[0] == 0
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("data_pipeline.writers.envi.shutil.disk_usage", lambda path: usage)
    result = btcnet("decompress", packed, tmp_path / "out.hdr", "--model", model)
    _refused(result, "the disk has 1000 left")
    assert not (tmp_path / "out.hdr").exists()
