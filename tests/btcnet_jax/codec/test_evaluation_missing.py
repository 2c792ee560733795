"""Evaluation of scenes with missing samples: only valid ones are measured, all of them are rated."""

import json

import numpy as np
import pytest

from btcnet_jax.codec.evaluation import PATCH_SIDE, evaluate_cube, evaluate_published
from btcnet_jax.errors import CubeError
from btcnet_jax.metrics import measure_quality
from btcnet_jax.scene import Scene


class _Steps:
    """A codec that rounds to multiples of 8 and gives missing samples back as garbage."""

    def __init__(self):
        self.seen = []

    def prepare(self, rows, cols):
        pass

    def compress(self, scene, target=None, progress=None):
        self.seen.append(scene)
        valid = scene.valid()
        return np.where(valid, np.rint(scene.values / 8.0) * 8, 1e6).astype(np.float64).tobytes()

    def decompress(self, data, progress=None):
        return Scene(values=np.frombuffer(data).reshape(self.seen[-1].values.shape))


def _scene(rows=9, cols=12, dtype=np.float32):
    values = np.random.default_rng(0).integers(1, 900, (rows, cols, 4)).astype(dtype)
    return Scene(values=values, mask=np.ones((rows, cols), bool), nodata=-9999)


def test_only_valid_samples_are_measured_and_all_are_rated():
    scene, codec = _scene(), _Steps()
    scene.mask[:3] = False
    scene.values[5, 5, 2], scene.values[6, :, 1] = np.nan, -9999
    evaluation = evaluate_cube(codec, scene)
    assert codec.seen == [scene]
    expected = measure_quality(scene.values, evaluation.restored, valid=scene.valid())
    assert evaluation.quality.to_json() == expected.to_json()
    assert evaluation.quality.max_error <= 4
    assert evaluation.bpppb == 8 * evaluation.file_bytes / scene.values.size
    assert evaluation.valid_share == pytest.approx(scene.valid().mean())
    assert evaluation.to_json()["valid_share"] == evaluation.valid_share < 0.7


def test_samples_alone_are_a_scene():
    values = _scene().values
    values[2, 2] = np.nan
    codec = _Steps()
    assert evaluate_cube(codec, values).quality.samples_missing == 4
    assert codec.seen[0].values is values


def test_patches_know_what_is_missing_and_empty_ones_are_counted():
    scene, codec = _scene(4, 3 * PATCH_SIDE + 5, np.int16), _Steps()
    # All that is valid of the first patch is one value, which no codec needs to take.
    scene.values[:, :PATCH_SIDE], scene.mask[:, 3:PATCH_SIDE] = 5, False
    scene.values[:, PATCH_SIDE : PATCH_SIDE + 64] = -9999
    result = evaluate_published(codec, scene)
    assert (result["files"], result["patches_missing"]) == (2, 1)
    assert result["pixels_outside_patches"] == 4 * 5
    assert [patch["valid_share"] for patch in result["patches"]] == [0.75, 1]
    assert result["valid_share"] == pytest.approx(0.875)
    assert result["samples_missing"] == 4 * 64 * 4
    assert result["max_error"] <= 4
    assert codec.seen[0].nodata == -9999


def test_a_scene_of_empty_patches_has_no_published_figures():
    scene = _scene(4, 2 * PATCH_SIDE - 1, np.int16)
    scene.mask[:, :PATCH_SIDE] = False
    result = evaluate_published(_Steps(), scene)
    assert (result["files"], result["patches_missing"]) == (0, 1)
    assert result["psnr_db"] is result["valid_share"] is result["max_error"] is None
    json.dumps(result, allow_nan=False)


def test_a_scene_without_valid_samples_is_refused():
    scene = _scene()
    scene.mask[:] = False
    with pytest.raises(CubeError, match="no sample is valid"):
        evaluate_cube(_Steps(), scene)
