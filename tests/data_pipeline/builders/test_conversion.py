"""From raw files to TFRecords and back, and what an interruption leaves."""

import dataclasses
import hashlib
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
import tensorflow as tf
import tensorflow_datasets as tfds
from layout_files import make_cube, write_band_folder, write_mat, write_raster

from btcnet_jax.errors import BtcnetError, DataError
from data_pipeline import convert as convert_module
from data_pipeline.builders import scene_files
from data_pipeline.convert import DATASETS, convert
from data_pipeline.readers import open_scene
from data_pipeline.readers.raster import quiet_about_georeferencing
from data_pipeline.sensors import AVIRIS, HYPERION

ROOT = Path(__file__).parents[3]
SMALL = {"patch_rows": 4, "patch_cols": 4, "stride": 4}


def records(report, split):
    """All records of a split, decoded."""
    builder = tfds.builder_from_directory(str(report.folder))
    dataset = tf.data.TFRecordDataset(builder.info.splits[split].filepaths)
    return list(dataset.map(builder.info.features.deserialize_example).as_numpy_iterator())


def hashes(folder):
    files = sorted(folder.rglob("*.tfrecord*"))
    assert files
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def interrupt_at(call):
    calls = iter(range(call))

    def progress(done, total):
        if next(calls, None) is None:
            raise KeyboardInterrupt

    return progress


def test_records_hold_the_scenes_patches(cubes, tmp_path):
    report = convert("hsi_folder", cubes, tmp_path / "out", **SMALL)
    assert report.folder == tmp_path / "out" / "hsi_folder" / "1.0.0"
    assert report.records == {"train": 12, "test": 6}
    assert (report.patch_shape, report.dtype) == ((4, 4, 5), "int16")
    assert report.bytes == sum(path.stat().st_size for path in report.folder.glob("*.tfrecord*"))
    covered = {f"scene_{index}.npy": np.zeros((12, 8), int) for index in range(3)}
    for split in ("train", "test"):
        for record in records(report, split):
            name, row, col = record["scene"].decode(), record["row"], record["col"]
            cube = np.load(cubes / name)
            np.testing.assert_array_equal(record["patch"], cube[row : row + 4, col : col + 4])
            assert record["patch"].dtype == np.int16
            assert (record["minimum"], record["maximum"]) == (cube.min(), cube.max())
            assert record["minimum"].dtype == np.float32
            assert (row.dtype, col.dtype) == (np.int32, np.int32)
            assert np.isnan(record["wavelengths"]).all()
            assert record["wavelengths"].shape == (5,)
            assert (row >= 8) == (split == "test")
            covered[name][row : row + 4, col : col + 4] += 1
    assert all((counts == 1).all() for counts in covered.values())


@pytest.mark.processes
def test_same_bytes_in_another_process(cubes, tmp_path):
    convert("hsi_folder", cubes, tmp_path / "here", **SMALL)
    code = (
        "import sys; from data_pipeline.convert import convert;"
        "convert('hsi_folder', *sys.argv[1:], patch_rows=4, patch_cols=4, stride=4)"
    )
    # Hashes of text differ there, and with them any order that follows from them.
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    there = subprocess.run(
        [sys.executable, "-c", code, cubes, tmp_path / "there"],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert hashes(tmp_path / "here") == hashes(tmp_path / "there")
    assert (there.stdout, there.stderr) == ("", "")


def test_progress_counts_to_the_end_and_parts_are_removed(cubes, tmp_path):
    calls = []
    convert("hsi_folder", cubes, tmp_path / "out", **SMALL, progress=lambda *of: calls.append(of))
    assert calls[0] == (0, 36)
    assert calls[-1] == (36, 36)
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["hsi_folder"]
    assert [path.name for path in (tmp_path / "out" / "hsi_folder").iterdir()] == ["1.0.0"]


# Of 36 patches' steps: in the second scene's patches, and in the records.
@pytest.mark.parametrize(("call", "finished"), [(10, 1), (25, 3)])
def test_interrupted_conversion_goes_on(cubes, tmp_path, monkeypatch, call, finished):
    convert("hsi_folder", cubes, tmp_path / "whole", **SMALL)
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        convert("hsi_folder", cubes, out, **SMALL, progress=interrupt_at(call))
    assert not list((out / "hsi_folder").glob("*"))
    assert len(list(out.glob(".parts/*/*.json"))) == finished
    (out / "hsi_folder" / "incomplete.ABC123_1.0.0").mkdir(parents=True)  # as after a kill
    written = []
    write_part = convert_module.write_part

    def counted(folder, scene, *rest):
        written.append(scene.file.name)
        return write_part(folder, scene, *rest)

    monkeypatch.setattr(convert_module, "write_part", counted)
    convert("hsi_folder", cubes, out, **SMALL)
    assert written == [f"scene_{index}.npy" for index in range(finished, 3)]
    assert hashes(out) == hashes(tmp_path / "whole")
    assert [path.name for path in (out / "hsi_folder").iterdir()] == ["1.0.0"]


def test_a_scene_changed_after_the_interruption_is_cut_again(cubes, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        convert("hsi_folder", cubes, tmp_path / "out", **SMALL, progress=interrupt_at(20))
    changed = make_cube(seed=99)
    np.save(cubes / "scene_0.npy", changed)
    os.utime(cubes / "scene_0.npy", ns=(1, 1))
    report = convert("hsi_folder", cubes, tmp_path / "out", **SMALL)
    first = [record for record in records(report, "test") if record["scene"] == b"scene_0.npy"]
    np.testing.assert_array_equal(first[0]["patch"], changed[8:, first[0]["col"] :][:, :4])


@pytest.mark.parametrize("limit", [1200, 4000])  # bytes: less than a part, less than the records
def test_full_disk_is_one_line_and_keeps_parts(cubes, tmp_path, limit):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    (tmp_path / "out").mkdir()
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    sizes = {"patch_rows": 4, "patch_cols": 4, "stride": 4 if limit > 1200 else 1}
    try:
        with pytest.raises(
            BtcnetError, match=r"cannot be written .*free space|cannot write .*that large"
        ) as caught:
            convert("hsi_folder", cubes, tmp_path / "out", **sizes)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "\n" not in str(caught.value)
    assert not list((tmp_path / "out" / "hsi_folder").glob("*"))
    assert len(list((tmp_path / "out").glob(".parts/*/*.json"))) == (3 if limit > 1200 else 0)
    assert convert("hsi_folder", cubes, tmp_path / "out", **sizes).records["train"]


def test_repeated_conversion_keeps_what_is_there(cubes, tmp_path):
    first = convert("hsi_folder", cubes, tmp_path / "out", **SMALL)
    times = {path: path.stat().st_mtime_ns for path in first.folder.iterdir()}
    assert convert("hsi_folder", cubes, tmp_path / "out", **SMALL) == first
    assert {path: path.stat().st_mtime_ns for path in first.folder.iterdir()} == times


def test_other_settings_or_scenes_do_not_overwrite(cubes, tmp_path):
    convert("hsi_folder", cubes, tmp_path / "out", **SMALL)
    with pytest.raises(DataError, match="with other settings; remove it"):
        convert("hsi_folder", cubes, tmp_path / "out", **{**SMALL, "stride": 2})
    np.save(cubes / "more.npy", make_cube())
    with pytest.raises(DataError, match="with other scenes; remove it"):
        convert("hsi_folder", cubes, tmp_path / "out", **SMALL)


@pytest.mark.parametrize("by", ["nodata", "mask"])
def test_patches_without_data_are_left_out_and_counted(tmp_path, by):
    cube = make_cube(rows=12, cols=12)
    cube[1, 1, 2], cube[10, 11, 4] = -9999, -9999
    nodata, path = (-9999 if by == "nodata" else None), tmp_path / "raw" / "a.tif"
    write_raster(path, cube, "GTiff", nodata=nodata)
    if by == "mask":
        with quiet_about_georeferencing(), rasterio.open(path, "r+") as raster:
            raster.write_mask((cube > 0).all(axis=2))
    calls = []
    report = convert(
        *("hsi_folder", tmp_path / "raw", tmp_path / "out"),
        **SMALL,
        progress=lambda *of: calls.append(of),
    )
    assert calls[-1] == (18, 18)
    assert report.records == {"train": 5, "test": 2}
    assert report.left_out == {"train": 1, "test": 1}
    found = [record for split in report.records for record in records(report, split)]
    assert min(record["patch"].min() for record in found) > 0
    assert {float(record["minimum"]) for record in found} == {float(cube[cube > 0].min())}
    assert "left out for pixels without data: 1 train and 1 test" in report.describe()


def test_patches_with_nan_or_outside_of_the_mask_are_left_out(tmp_path, monkeypatch):
    cube = make_cube(rows=12, cols=12, dtype=np.float32)
    cube[1, 1, 2] = np.nan
    mask = np.ones((12, 12), bool)
    cube[10, 11], mask[10, 11] = 1e6, False

    def open_masked(path, variable, axes):
        source = open_scene(path, variable, axes)
        return dataclasses.replace(source, read_mask=lambda rows, cols: mask[rows, cols])

    monkeypatch.setattr(scene_files, "open_scene", open_masked)
    write_raster(tmp_path / "raw" / "a.tif", cube, "GTiff")
    report = convert("hsi_folder", tmp_path / "raw", tmp_path / "out", **SMALL)
    assert report.left_out == {"train": 1, "test": 1}
    found = [record for split in report.records for record in records(report, split)]
    assert all(np.isfinite(record["patch"]).all() for record in found)
    assert {float(record["maximum"]) for record in found} == {float(cube[cube < 1e6].max())}


def test_no_patch_left(tmp_path):
    cube = make_cube(rows=8)
    cube[5, ::4, 0] = -9999
    write_raster(tmp_path / "raw" / "a.tif", cube, "GTiff", nodata=-9999)
    with pytest.raises(DataError, match="no test patch of 4 x 4 is left: 2 were left out"):
        convert("hsi_folder", tmp_path / "raw", tmp_path / "out", **SMALL)


def test_aviris_envi_with_wavelengths(tmp_path):
    cube = make_cube(rows=8, cols=4, bands=224)
    path = tmp_path / "raw" / "f97_rfl.img"
    write_raster(path, cube, "ENVI", interleave="bip")
    centers = np.linspace(366, 2496, 224)
    listed = ", ".join(f"{center:.4f}" for center in centers)
    with path.with_suffix(".hdr").open("a") as header:
        header.write(f"wavelength units = Nanometers\nwavelength = {{{listed}}}\n")
    report = convert("aviris", tmp_path / "raw", tmp_path / "out", **SMALL)
    (record,) = records(report, "train")
    kept = list(AVIRIS.kept)
    np.testing.assert_array_equal(record["patch"], cube[:4, :, kept])
    np.testing.assert_allclose(record["wavelengths"], centers[kept], rtol=1e-6)
    assert record["maximum"] == cube[:, :, kept].max()


def test_whu_hi_configuration(tmp_path):
    cube = make_cube(rows=8, cols=4, bands=274)
    path = tmp_path / "raw" / "WHU-Hi-HanChuan" / "WHU_Hi_HanChuan.mat"
    write_mat(path, WHU_Hi_HanChuan=cube)
    report = convert("whu_hi/han_chuan", tmp_path / "raw", tmp_path / "out", **SMALL)
    assert report.folder == tmp_path / "out" / "whu_hi" / "han_chuan" / "1.0.0"
    np.testing.assert_array_equal(records(report, "test")[0]["patch"], cube[4:])
    info = tfds.builder_from_directory(str(report.folder)).info
    assert "Zhong" in info.citation
    assert "Wuhan" in info.homepage


def test_hyperion_band_folder_without_fill(tmp_path):
    cube = make_cube(rows=8, cols=8, bands=242)
    cube[0, 0], cube[2, 6, 10] = 0, 0  # outside the swath, and a dark sample in it
    write_band_folder(tmp_path / "raw" / "EO1H0440342003", cube)
    report = convert("hyperion", tmp_path / "raw", tmp_path / "out", **SMALL)
    assert (report.records, report.left_out["train"]) == ({"train": 1, "test": 2}, 1)
    (record,) = records(report, "train")
    kept = list(HYPERION.kept)
    np.testing.assert_array_equal(record["patch"], cube[:4, 4:, kept])
    np.testing.assert_allclose(record["wavelengths"], HYPERION.wavelengths[kept], rtol=1e-6)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "uint16", "int32", "int64", "float16"])
def test_types_come_back(tmp_path, dtype):
    (tmp_path / "raw").mkdir()
    cube = (make_cube(rows=8, cols=4) % 100).astype(dtype)
    np.save(tmp_path / "raw" / "a.npy", cube)
    report = convert("hsi_folder", tmp_path / "raw", tmp_path / "out", **SMALL)
    (record,) = records(report, "train")
    assert record["patch"].dtype == dtype
    np.testing.assert_array_equal(record["patch"], cube[:4])


@pytest.mark.parametrize("dataset", DATASETS)
def test_instructions_where_files_are_missing(tmp_path, dataset):
    publisher = {"aviris": "Jet Propulsion", "whu_hi": "Wuhan", "hyperion": "EarthExplorer"}
    words = publisher.get(dataset.partition("/")[0], "one band count")
    with pytest.raises(DataError, match=f"holds no scene of {dataset}; .*{words}"):
        convert(dataset, tmp_path, tmp_path / "out")


def test_unknown_data_set(tmp_path):
    with pytest.raises(DataError, match="pavia: no such data set; there are aviris, whu_hi/long_k"):
        convert("pavia", tmp_path, tmp_path / "out")


def test_folder_of_something_else_is_not_taken(cubes, tmp_path):
    (tmp_path / "out" / "hsi_folder" / "1.0.0").mkdir(parents=True)
    with pytest.raises(DataError, match="was not written by this command"):
        convert("hsi_folder", cubes, tmp_path / "out", **SMALL)


def test_missing_tensorflow_is_one_line():
    code = (
        "import sys; sys.modules['tensorflow'] = None\n"
        "from btcnet_jax.errors import MissingExtraError\n"
        "try: import data_pipeline.convert\n"
        "except MissingExtraError as error: print(error)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert "pip install 'btcnet_jax[data]'" in told
    assert told.count("\n") == 1
