import numpy as np
import pytest

from main import run


@pytest.fixture
def like(tmp_path):
    rng = np.random.default_rng(0)
    for split in ("train", "test"):
        (tmp_path / "like" / split).mkdir(parents=True)
        cube = rng.integers(1, 999, (9, 9, 6))
        np.savez(tmp_path / "like" / split / f"{split}_scene.npz", cube=cube)
    return tmp_path / "like"


def test_each_split_is_recombined_from_its_own_scenes(like, tmp_path, capsys):
    size = ("--train", "2", "--test", "1", "--rows", "8", "--cols", "8", "--bands", "6")
    assert run(["synthesize", str(tmp_path / "out"), "--like", str(like), *size]) == 0
    told = capsys.readouterr().out
    assert "train_scene: 6 bands, spectra as it is" in told
    assert "3 scenes of 8 x 8 x 6" in told
    record = (tmp_path / "out" / "settings.json").read_text()
    assert record.index("train_scene") < record.index("test_scene")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--textures", "x"), "add --like"),
        (("--like", "x", "--dead-bands", "2"), "--dead-bands: recombined"),
        (("--like", "x"), "no such folder"),
    ],
)
def test_options_that_do_not_go_together_are_refused_in_one_line(
    tmp_path, capsys, options, message
):
    assert run(["synthesize", str(tmp_path / "out"), *options]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
