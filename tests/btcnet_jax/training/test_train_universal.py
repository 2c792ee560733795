"""The training of the universal weights, all stages on tiny scenes, so that the command keeps working."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from btcnet_cli.commands import parse
from btcnet_jax.errors import ConfigError, DataError, TrainingError
from btcnet_jax.models.detail_networks import network_of
from btcnet_jax.training.universal import detail_data, detail_weights, prepared
from btcnet_jax.training.universal.detail_data import Pieces
from btcnet_jax.training.universal.detail_samples import _with_others
from btcnet_jax.training.universal.pack import pack_weights
from btcnet_jax.training.universal.prepared import read_scene, split_scenes
from btcnet_jax.training.universal.rounded import VIEWS, read_views
from btcnet_jax.weights.weight_file import contexts_of, load_weights
from data_pipeline.synthetic import SyntheticSettings, synthetic_scene

ROOT = Path(__file__).parents[3]
SMALL = (
    "--detail-steps",
    "4",
    "--width",
    "8",
    "--blocks",
    "1",
    "--batch",
    "4",
    "--context-steps",
    "6",
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scenes")
    for index, name in enumerate(("one", "two", "jasper_ridge")):
        settings = SyntheticSettings(rows=30, cols=26, bands=12, seed=index)
        np.savez(folder / f"{name}.npz", cube=synthetic_scene(settings).values)
    return folder


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photographs") / "inside"
    folder.mkdir()
    row, col = np.mgrid[:150, :160]
    values = 128 + 60 * np.sin(row[..., None] / 9 + np.arange(3)) + 50 * np.cos(col[..., None] / 7)
    Image.fromarray(values.astype(np.uint8)).save(folder / "harbor.png")
    return folder.parent


@pytest.fixture(scope="module")
def trained(data, photographs, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    train("all", "--data", data, "--photographs", photographs, "--out", out, *SMALL)
    return out


def train(*words):
    """Runs the command, its errors unreported."""
    arguments = parse(["train-universal", *map(str, words)])
    return arguments.run(arguments)


@pytest.mark.universal_training
def test_all_stages_give_weights_that_load(trained):
    weights = load_weights(trained / "universal.npz")
    (beside,) = trained.glob("contexts_*.npz")
    with np.load(beside) as file:
        contexts = contexts_of(dict(file))
    assert contexts.dependent
    assert contexts.surprised
    assert not weights.context.dependent
    net = network_of(weights.detail)
    assert (net.components, net.width, net.blocks) == (24, 8, 1)
    # In float32, for a few steps are too small for float16.
    assert np.abs(np.load(trained / "detail_light.npz")["output/kernel"]).max() > 0


@pytest.mark.universal_training
def test_symbols_are_those_of_the_encoder_at_many_places_and_steps(trained):
    scene = read_scene(trained / "scenes" / "one.npz")
    views = read_views(scene, trained / "symbols" / "one.npz")
    assert len(views) == VIEWS * prepared.RATES_USED
    assert {view.rate for view in views} == set(range(prepared.RATES_USED))
    for view in views:
        assert view.symbols.shape == view.coefficients.shape
        # Rounded to one of both neighbors, or to nothing where it is not worth its bits.
        error = np.abs(view.symbols - view.coefficients)
        assert error[view.symbols != 0].max(initial=0) < 1.01
    assert len({view.symbols.tobytes() for view in views}) > VIEWS


@pytest.mark.universal_training
def test_photographs_become_textures_of_half_their_size(trained):
    with np.load(trained / "textures" / "harbor.npz") as file:
        assert file["channels"].shape == (75, 80, 3)
        assert file["channels"].dtype == np.uint8


@pytest.mark.universal_training
def test_test_scenes_are_never_prepared(trained):
    assert [path.stem for path in split_scenes(trained / "scenes")[0]] == ["one", "two"]


@pytest.mark.universal_training
def test_prepared_planes_are_in_steps(trained):
    scene = read_scene(trained / "scenes" / "one.npz")
    assert len(scene.planes) == len(scene.left) == len(prepared.RATES)
    assert scene.planes[0].shape[:2] == (32, 28)
    assert scene.bands == 12
    # Finer steps at higher rates.
    energies = [float(np.square(planes).sum()) for planes in scene.planes]
    assert energies == sorted(energies)
    np.testing.assert_allclose(scene.block_matrix @ scene.block_matrix.T, np.eye(16), atol=1e-12)


@pytest.mark.universal_training
def test_finished_stages_are_not_run_again(trained, data, capsys):
    before = (trained / "universal.npz").stat().st_mtime_ns
    train("all", "--data", data, "--out", trained, *SMALL)
    told = capsys.readouterr().out
    assert "context: " in told
    assert "none made without --photographs" in told
    assert f"{trained / 'detail_light.npz'} is there" in told
    assert (trained / "universal.npz").stat().st_mtime_ns == before


@pytest.mark.universal_training
def test_same_seed_gives_the_same_network(trained, tmp_path):
    (tmp_path / "scenes").symlink_to(trained / "scenes")
    for name in ("symbols", "textures"):
        (tmp_path / name).symlink_to(trained / name)
    train("detail", "--out", tmp_path, *SMALL)
    first, second = (np.load(folder / "detail_light.npz") for folder in (trained, tmp_path))
    assert all((first[key] == second[key]).all() for key in first.files)


@pytest.mark.universal_training
def test_scenes_left_out_are_reported_on(trained, tmp_path, capsys):
    (tmp_path / "scenes").symlink_to(trained / "scenes")
    train("detail", "--out", str(tmp_path), "--leave-out", "two", *SMALL)
    output = capsys.readouterr().out
    assert "detail: 1 scenes" in output
    told = json.loads((tmp_path / "detail_light.json").read_text())
    assert list(told["gains"]) == ["two"]
    assert len(told["mean"]["rounded"]) == prepared.RATES_USED


@pytest.mark.universal_training
def test_interrupted_training_goes_on_and_ends_as_if_it_had_not_been(trained, tmp_path, capsys):
    (tmp_path / "scenes").symlink_to(trained / "scenes")
    words = ("detail", "--out", tmp_path, "--network", "block", *SMALL)
    check = detail_weights._check_alive

    def interrupt(number, gain):
        check(number, gain)
        if number == 2:
            signal.raise_signal(signal.SIGTERM)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detail_weights, "_check_alive", interrupt)
        assert train(*words) == 1
    assert "the same command goes on" in capsys.readouterr().out
    assert not (tmp_path / "detail_block.npz").exists()
    with pytest.raises(TrainingError, match="another training"):
        train(*words, "--seed", 3)
    assert train(*words) == 0
    assert "goes on after step" in capsys.readouterr().out
    assert not (tmp_path / "detail_block.checkpoint.npz").exists()
    interrupted = dict(np.load(tmp_path / "detail_block.npz"))
    (tmp_path / "detail_block.npz").unlink()
    assert train(*words) == 0
    whole = np.load(tmp_path / "detail_block.npz")
    for name, values in interrupted.items():
        np.testing.assert_array_equal(values, whole[name])


@pytest.mark.universal_training
def test_training_ends_by_the_clock(trained, tmp_path):
    (tmp_path / "scenes").symlink_to(trained / "scenes")
    small = SMALL[SMALL.index("--width") :]
    words = ("detail", "--out", tmp_path, "--network", "block", "--minutes", 0.001, *small)
    assert train(*words) == 0
    assert (tmp_path / "detail_block.npz").exists()


@pytest.mark.universal_training
@pytest.mark.parametrize(
    ("names", "message"), [("three", "three is not among"), ("one,two", "no scene to train")]
)
def test_impossible_choice_of_scenes_is_refused(trained, names, message):
    with pytest.raises(ConfigError, match=message):
        split_scenes(trained / "scenes", names)


def test_missing_data_is_said(tmp_path):
    with pytest.raises(ConfigError, match="--data"):
        train("prepare", "--out", str(tmp_path))
    with pytest.raises(ConfigError, match="--photographs"):
        train("textures", "--out", tmp_path)
    with pytest.raises(ConfigError, match="run the stage prepare"):
        train("detail", "--out", tmp_path)
    with pytest.raises(TrainingError, match="run the stage that writes it"):
        train("pack", "--out", tmp_path)


def test_networks_that_the_decoder_does_not_run_are_refused_before_any_work(tmp_path):
    with pytest.raises(ConfigError, match="attention"):
        train("all", "--data", tmp_path, "--out", tmp_path / "out", "--network", "restorer")
    assert not (tmp_path / "out").exists()


def test_images_that_cannot_be_read_are_told(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no photograph"):
        train("textures", "--out", tmp_path / "out", "--photographs", tmp_path / "empty")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"broken\.png: cannot be read"):
        train("textures", "--out", tmp_path / "out", "--photographs", tmp_path / "broken.png")
    (tmp_path / "empty" / "broken.jpg").write_bytes(b"no picture")
    with pytest.raises(DataError, match="two images are called broken"):
        train("textures", "--out", tmp_path, "--photographs", tmp_path)


def test_restorer_over_the_whole_scene_is_not_packed(tmp_path):
    context = load_weights().context
    names = ("mean_weights", "scale_weights", "frequencies")
    np.savez(tmp_path / "context.npz", **{name: getattr(context, name) for name in names})
    np.savez(tmp_path / "detail.npz", **{"detail_restorer/conv_last/bias": np.zeros(24)})
    out = tmp_path / "universal.npz"
    with pytest.raises(TrainingError, match="no network that the decoder runs"):
        pack_weights(tmp_path / "context.npz", tmp_path / "detail.npz", out)
    assert not out.exists()


def test_stage_on_the_accelerator_needs_no_coder_and_no_tensorflow():
    missing = ("constriction", "tensorflow", "rasterio", "ml_collections")
    names = "btcnet_cli.train_universal, btcnet_jax.training.universal.detail_weights"
    code = f"import sys; sys.modules |= dict.fromkeys({missing}); import {names}"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_network_that_does_not_learn_stops_the_training():
    with pytest.raises(TrainingError, match="--seed"):
        detail_weights._check_alive(3000, 0.001)


@pytest.mark.universal_training
def test_scenes_are_cut_into_pieces_that_crops_fit_in(trained, monkeypatch):
    monkeypatch.setattr(detail_data, "_MOST", 20)
    monkeypatch.setattr(prepared, "_LEAST", 18)
    paths = split_scenes(trained / "scenes")[0]
    pieces = detail_data.load_pieces(read_scene(path) for path in paths)
    assert pieces.planes.shape[0] == 2 * prepared.RATES_USED * 4
    assert pieces.sizes.max() <= 20
    # Nothing is lost where no scene had to grow.
    scene = read_scene(trained / "scenes" / "one.npz")
    total = np.square(pieces.planes[:4]).sum()
    np.testing.assert_allclose(total, np.square(scene.planes[0][..., :24]).sum(), rtol=1e-5)


@pytest.mark.universal_training
def test_the_full_network_is_packed_alone(trained, tmp_path, capsys):
    (tmp_path / "scenes").symlink_to(trained / "scenes")
    words = ("--out", tmp_path, "--network", "full", "--mixed", 1, *SMALL)
    assert train("detail", *words) == 0
    assert train("pack", *words) == 0
    assert "decoder_full.npz" in capsys.readouterr().out
    arrays = np.load(tmp_path / "decoder_full.npz")
    assert {name.split("/")[0] for name in arrays.files} == {"format", "detail"}


def test_a_mixed_crop_has_components_of_another_scene():
    planes = jnp.stack([jnp.full((68, 68, 24), value) for value in (2.0, 2e3)])
    ones = jnp.ones((2, 24))
    pieces = Pieces(planes, jnp.array([[68, 68]] * 2), ones[:, 0], ones, ones)
    keys = jax.random.split(jax.random.key(0), 40)
    crops = np.abs(
        [_with_others(pieces, planes[0, :64, :64], jnp.array(0), 1.0, key) for key in keys]
    )
    assert set(np.unique(crops)) == {2, 2e3}
    shares = (crops[:, 0, 0] == 2e3).mean(axis=1)
    assert shares.max() < 0.85
    assert 0.05 < shares.mean() < 0.3
