"""Scenes of a folder found, checked and loaded."""

import numpy as np
import pytest

from btcnet_jax.errors import DataError
from btcnet_jax.scene import Scene
from data_pipeline.folders import list_scenes, load_training_scenes
from data_pipeline.writers import write_cube


def cube(rows=6, cols=7, bands=5):
    return np.arange(rows * cols * bands, dtype=np.int16).reshape(rows, cols, bands)


@pytest.fixture
def folder(tmp_path):
    for name in ("c.mat", "a.tif", "d.hdr", "b.npy"):
        (tmp_path / "train").mkdir(exist_ok=True)
        write_cube(tmp_path / "train" / name, Scene(values=cube()))
    (tmp_path / "train" / "notes.txt").write_text("not a scene")
    (tmp_path / "train" / "._c.mat").write_bytes(b"left by a file manager")
    return tmp_path


def load(folder, **changed):
    wanted = {"bands": 5, "min_rows": 4, "min_cols": 4, **changed}
    return load_training_scenes(folder, "train", **wanted)


def test_scenes_are_listed_once_and_sorted(folder):
    names = [path.name for path in list_scenes(folder, "train")]
    assert names == ["a.tif", "b.npy", "c.mat", "d.hdr"]


def test_good_scenes_are_loaded(folder):
    scenes = load(folder)
    assert [scene.name for scene in scenes] == ["a", "b", "c", "d"]
    for scene in scenes:
        np.testing.assert_array_equal(scene.values, cube())


def test_missing_folder_split_and_scenes(folder):
    with pytest.raises(DataError, match="no such folder"):
        list_scenes(folder / "nowhere", "train")
    with pytest.raises(DataError, match=r"has no folder 'test'; expected are .*/train and .*/test"):
        list_scenes(folder, "test")
    (folder / "test").mkdir()
    with pytest.raises(DataError, match=r"holds no scene; looked for \.mat, \.npy"):
        list_scenes(folder, "test")


def test_other_band_count_than_the_model(folder):
    with pytest.raises(DataError, match=r"a\.tif: has 5 bands, .* --config\.model\.bands=5"):
        load(folder, bands=172)


def test_mixed_band_counts_name_the_odd_files(folder):
    np.save(folder / "train" / "odd.npy", cube(bands=9))
    with pytest.raises(DataError, match=r"most have 5, but odd\.npy has 9; keep"):
        load(folder)


@pytest.mark.parametrize("shape", [(3, 7), (6, 3)])
def test_scene_smaller_than_a_patch(folder, shape):
    np.save(folder / "train" / "small.npy", cube(*shape))
    match = rf"small\.npy: {shape[0]} rows x {shape[1]} col.*4 x 4; lower --config\.data\.patch_row"
    with pytest.raises(DataError, match=match):
        load(folder)


def test_values_that_cannot_be_trained_on(folder):
    values = cube().astype(np.float32)
    values[..., 2] = np.nan
    np.save(folder / "train" / "bad.npy", values)
    with pytest.raises(DataError, match=r"bad\.npy: .*4 x 4 has .*1 band has none at all: 3"):
        load(folder)
    np.save(folder / "train" / "bad.npy", np.full_like(values, 3))
    with pytest.raises(DataError, match=r"bad\.npy: all 210 samples that are data are 3"):
        load(folder)


def test_scenes_with_missing_samples_are_loaded_where_a_patch_has_room(folder):
    values = cube().astype(np.float32)
    values[:2, :, 3] = np.nan
    np.save(folder / "train" / "border.npy", values)
    assert np.isnan(load(folder)[2].values).sum() == 14
    with pytest.raises(
        DataError, match=r"border\.npy: no patch of 5 x 4 .* lower --config"
    ) as caught:
        load(folder, min_rows=5)
    assert "\n" not in str(caught.value)


def test_variable_is_passed_on(tmp_path):
    (tmp_path / "train").mkdir()
    np.savez(tmp_path / "train" / "a.npz", one=cube(), two=cube() + 1)
    assert load(tmp_path, variable="two")[0].values[0, 0, 0] == 1
