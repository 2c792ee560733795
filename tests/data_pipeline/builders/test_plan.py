"""What is refused before anything is written, and what the plan says."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from layout_files import make_cube

from btcnet_jax.errors import DataError
from data_pipeline.builders.inventory import make_plan
from data_pipeline.builders.layouts import find_folder_scenes
from data_pipeline.builders.settings import ConversionSettings
from data_pipeline.sensors import AVIRIS

SMALL = ConversionSettings(patch_rows=4, patch_cols=4, stride=4)


def plan_of(folder, sensor=None, settings=SMALL, **cubes):
    for name, cube in cubes.items():
        np.save(folder / f"{name}.npy", cube)
    return make_plan(find_folder_scenes(folder, None), sensor, settings)


def test_sensor_decides_the_bands(tmp_path):
    plan = plan_of(tmp_path, AVIRIS, a=make_cube(bands=224))
    assert plan.patch_shape == (4, 4, 172)
    assert plan.kept == AVIRIS.kept


def test_mixed_band_counts(tmp_path):
    with pytest.raises(DataError, match=r"c.npy: has 6 bands, other scenes 5 \(1 of 3 differ\)"):
        plan_of(tmp_path, a=make_cube(), b=make_cube(), c=make_cube(bands=6))


def test_other_bands_than_the_sensor(tmp_path):
    with pytest.raises(DataError, match=r"a.npy: has 200 bands, aviris as shipped 224.*hsi_folder"):
        plan_of(tmp_path, AVIRIS, a=make_cube(bands=200))


@pytest.mark.parametrize("shape", [{"rows": 3}, {"cols": 3}])
def test_scene_smaller_than_a_patch(tmp_path, shape):
    with pytest.raises(DataError, match=r"a.npy: .* less than a patch of 4 x 4; lower --patch"):
        plan_of(tmp_path, a=make_cube(**shape))


@pytest.mark.parametrize(
    ("types", "common"),
    [
        (["uint16", "int16"], "int32"),
        (["int16", "float32"], "float32"),
        (["uint32"], "int64"),
        (["uint8", "uint8"], "uint8"),
    ],
)
def test_common_type_holds_all(tmp_path, types, common):
    cubes = {f"s{index}": make_cube(dtype=name) for index, name in enumerate(types)}
    assert plan_of(tmp_path, **cubes).dtype == common


@pytest.mark.parametrize("types", [["uint64"], ["int64", "float64"], ["uint64", "int8"]])
def test_types_without_an_exact_common_one(tmp_path, types):
    cubes = {f"s{index}": make_cube(dtype=name) for index, name in enumerate(types)}
    with pytest.raises(DataError, match=r"s0.npy .*int.*no type holds these samples exactly"):
        plan_of(tmp_path, **cubes)


def test_five_scenes_are_split_as_wholes(tmp_path):
    plan = plan_of(tmp_path, **{name: make_cube() for name in "edcba"})
    assert [list(scene.origins) for scene in plan.scenes] == [["train"]] * 4 + [["test"]]
    assert plan.split_rule == "whole scenes"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("patch_rows", 0), ("patch_cols", -1), ("stride", 0)),
        *(("test_fraction", fraction) for fraction in (0.0, 0.6, float("nan"))),
    ],
)
def test_settings_out_of_range(option, value):
    with pytest.raises(DataError, match=f"--{option.replace('_', '-')} is {value}; give"):
        ConversionSettings(**{option: value})


def test_scenes_are_found_and_cut_without_tensorflow():
    code = (
        "import sys, btcnet_cli.convert, data_pipeline.builders.layouts;"
        "import data_pipeline.builders.parts, data_pipeline.builders.report;"
        "sys.exit('tensorflow' in sys.modules)"
    )
    root = Path(__file__).parents[3]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
