import json
from dataclasses import replace

import numpy as np
import pytest

from btcnet_jax.errors import DataError
from data_pipeline.synthetic import SyntheticSettings, dataset, synthetic_scene, write_dataset

SMALL = SyntheticSettings(rows=9, cols=8, bands=10, seed=2, dead_bands=2)


def test_scenes_are_written_with_their_keys(tmp_path):
    paths = write_dataset(tmp_path / "new" / "set", 2, 1, SMALL)
    names = [str(path.relative_to(tmp_path / "new" / "set")) for path in paths]
    assert names == ["train/scene_000.npz", "train/scene_001.npz", "test/scene_000.npz"]
    expected = synthetic_scene(dataset.scene_settings(SMALL, 0, 1))
    with np.load(paths[1]) as stored:
        assert set(stored) == {"cube", "wavelength_nm", "bbl"}
        np.testing.assert_array_equal(stored["cube"], expected.values)
        np.testing.assert_array_equal(stored["wavelength_nm"], expected.wavelengths)
        np.testing.assert_array_equal(stored["bbl"], expected.band_mask)
        assert stored["bbl"].dtype == np.uint8
    record = json.loads((tmp_path / "new" / "set" / "settings.json").read_text())
    assert record["bands"] == 10


def test_seeds_never_meet_and_the_sensor_is_common():
    made = [
        dataset.scene_settings(replace(SMALL, seed=seed), split, index)
        for seed in (0, 1, 2)
        for split in (0, 1)
        for index in range(50)
    ]
    assert len({settings.seed for settings in made}) == len(made)
    assert {settings.sensor_seed for settings in made[:100]} == {0}


def test_a_repeated_call_writes_nothing_and_a_larger_one_adds(tmp_path):
    first = write_dataset(tmp_path, 2, 1, SMALL)
    times = [path.stat().st_mtime_ns for path in first]
    more = write_dataset(tmp_path, 3, 1, SMALL)
    assert set(first) < set(more)
    assert [path.stat().st_mtime_ns for path in first] == times


def test_a_scene_cut_short_is_written_again(tmp_path):
    path = write_dataset(tmp_path, 1, 0, SMALL)[0]
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    write_dataset(tmp_path, 1, 0, SMALL)
    assert path.read_bytes() == whole


def test_an_interrupted_call_leaves_only_whole_scenes_and_can_be_finished(tmp_path, monkeypatch):
    def interrupted(file, **arrays):
        file.write(b"half a scene")
        raise KeyboardInterrupt

    write_dataset(tmp_path, 1, 0, SMALL)
    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", interrupted)
        with pytest.raises(KeyboardInterrupt):
            write_dataset(tmp_path, 2, 0, SMALL)
    assert [path.name for path in (tmp_path / "train").iterdir()] == ["scene_000.npz"]
    assert all(path.exists() for path in write_dataset(tmp_path, 2, 0, SMALL))


def test_progress_counts_to_the_end(tmp_path):
    seen = []
    write_dataset(tmp_path, 2, 1, SMALL, lambda done, total: seen.append((done, total)))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_other_settings_in_the_same_folder_are_refused(tmp_path):
    write_dataset(tmp_path, 1, 0, SMALL)
    with pytest.raises(DataError, match="other settings"):
        write_dataset(tmp_path, 1, 0, replace(SMALL, noise=2.0))


def test_scenes_beyond_those_asked_for_are_refused(tmp_path):
    write_dataset(tmp_path, 2, 0, SMALL)
    with pytest.raises(DataError, match=r"scene_001\.npz: is beyond"):
        write_dataset(tmp_path, 1, 0, SMALL)


@pytest.mark.parametrize("counts", [(0, 0), (-1, 3), (3, -1)])
def test_counts_are_checked(tmp_path, counts):
    with pytest.raises(DataError, match="ask for at least one"):
        write_dataset(tmp_path, *counts, SMALL)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(DataError, match="cannot be used"):
        write_dataset(tmp_path / "taken", 1, 0, SMALL)
