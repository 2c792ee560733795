"""Places of patches, and that training and test never share a pixel."""

import numpy as np
import pytest

from btcnet_jax.errors import DataError
from data_pipeline.tiling import Rows, patch_origins, split_by_region, split_by_scene


def test_patches_lie_on_a_grid_inside_their_rows():
    assert patch_origins(Rows(3, 12), 7, 4, 3, 4) == [(3, 0), (3, 4), (7, 0), (7, 4)]


def test_a_stride_below_the_size_overlaps():
    assert [row for row, _ in patch_origins(Rows(0, 8), 4, 4, 4, 2)] == [0, 2, 4]


def test_rows_lower_than_a_patch_hold_none():
    assert patch_origins(Rows(5, 8), 9, 4, 4, 4) == []


@pytest.mark.parametrize("stride", [1, 3, 4, 9])
@pytest.mark.parametrize("rows", [8, 9, 31])
def test_no_pixel_is_in_training_and_test(rows, stride):
    regions = split_by_region(rows, 4, 0.2, "scene")
    used = {}
    for split, region in regions.items():
        used[split] = np.zeros((rows, 11), bool)
        for row, col in patch_origins(region, 11, 4, 4, stride):
            assert used[split][row : row + 4, col : col + 4].shape == (4, 4)
            used[split][row : row + 4, col : col + 4] = True
        assert used[split].any(), split
    assert not (used["train"] & used["test"]).any()


def test_the_test_has_its_fraction_and_at_least_a_patch():
    assert split_by_region(100, 4, 0.2, "scene") == {"train": Rows(0, 80), "test": Rows(80, 100)}
    assert split_by_region(100, 40, 0.2, "scene")["test"] == Rows(60, 100)


def test_two_patches_must_fit():
    with pytest.raises(DataError, match=r"scene: 7 rows .* need 8; lower --patch-rows"):
        split_by_region(7, 4, 0.2, "scene")


def test_every_nth_scene_is_for_testing():
    names = ["e", "a", "d", "c", "b"]
    chosen = split_by_scene(names, 0.2)
    assert [name for name in sorted(chosen) if chosen[name] == "test"] == ["e"]
    assert split_by_scene(names, 0.5)["b"] == "test"


def test_few_scenes_are_not_split_as_wholes():
    assert split_by_scene(["a", "b", "c", "d"], 0.2) is None
