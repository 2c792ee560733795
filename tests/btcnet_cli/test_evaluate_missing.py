"""The command that evaluates, on scenes with missing samples."""

import json

import numpy as np
import pytest

from btcnet_jax.scene.scene import Scene
from data_pipeline.writers import write_cube


@pytest.fixture
def masked(tmp_path):
    """An ENVI scene with a slanted border of -9999, a fifth of it."""
    cube = np.random.default_rng(0).integers(100, 900, (20, 25, 5)).astype(np.int16)
    rows, cols = np.indices(cube.shape[:2])
    cube[cols + rows // 2 < 5] = -9999
    path = tmp_path / "border.hdr"
    write_cube(path, Scene(values=cube, nodata=-9999))
    return path, float((cube != -9999).mean())


def test_the_valid_share_is_printed_and_told(btcnet, model, masked, tmp_path):
    path, share = masked
    figures = tmp_path / "figures.json"
    words = ("--json", figures, "--picture", tmp_path / "a.png")
    status, output, _ = btcnet("evaluate", path, "--model", model, *words)
    assert status == 0
    assert "valid (%)" in output
    assert f"{100 * share:.1f}" in output
    whole, published = json.loads(figures.read_text())["results"]
    assert whole["valid_share"] == pytest.approx(share)
    assert whole["samples_missing"] == round((1 - share) * 20 * 25 * 5)
    assert (published["valid_share"], published["patches_missing"]) == (whole["valid_share"], 0)


def test_a_complete_scene_has_no_column_of_it(btcnet, model, scene):
    status, output, _ = btcnet("evaluate", scene, "--model", model)
    assert status == 0
    assert "valid" not in output


def test_a_scene_without_data_is_refused_in_one_line(btcnet, model, tmp_path):
    np.save(tmp_path / "empty.npy", np.full((20, 25, 5), np.nan, np.float32))
    status, _, error = btcnet("evaluate", tmp_path / "empty.npy", "--model", model)
    assert status == 2
    assert "no sample is data" in error
    assert error.count("\n") == 1
