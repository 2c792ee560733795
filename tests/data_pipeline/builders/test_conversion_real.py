"""Real cubes through the conversion."""

import shutil

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from btcnet_jax.errors import DataError
from data_pipeline.convert import convert
from data_pipeline.readers import read_scene

SMALL = {"patch_rows": 32, "patch_cols": 32, "stride": 32}


@pytest.fixture
def raw_of(real_data, tmp_path):
    """A raw folder with some of the real files."""

    def make(*names):
        raw = tmp_path / "raw"
        raw.mkdir(exist_ok=True)
        for name in names:
            shutil.copy(real_data / name, raw / name)
        return raw

    return make


def test_airports_of_two_types(raw_of, tmp_path):
    raw = raw_of(*(f"abu-airport-{number}.mat" for number in (1, 2, 3)))
    report = convert("hsi_folder", raw, tmp_path / "out", **SMALL)
    assert (report.patch_shape, report.dtype) == ((32, 32, 205), "int32")
    assert report.records == {"train": 18, "test": 9}
    assert report.left_out == {"train": 0, "test": 0}


def test_bands_of_nan_are_refused(raw_of, tmp_path):
    sizes = {"patch_rows": 16, "patch_cols": 16, "stride": 16}
    with pytest.raises(DataError, match=r"salton_sea.npz: 20 of 224 kept bands hold only NaN"):
        convert("hsi_folder", raw_of("salton_sea.npz"), tmp_path / "out", **sizes)


def test_scene_too_low_for_two_patches_is_refused(raw_of, tmp_path):
    with pytest.raises(DataError, match=r"salton_sea.npz: 51 rows hold no training patch"):
        convert("hsi_folder", raw_of("salton_sea.npz"), tmp_path / "out", **SMALL)


def test_constant_bands_are_reported_and_kept(raw_of, tmp_path):
    raw = raw_of("gatorsense_vi.mat")
    report = convert("hsi_folder", raw, tmp_path / "out", **SMALL)
    assert report.patch_shape[2] == 224
    assert len(report.constant_bands["gatorsense_vi.mat"]) == 43
    assert "gatorsense_vi.mat: constant bands kept (43): " in report.describe()


def test_aviris_keeps_172_bands_of_a_real_cube(raw_of, tmp_path):
    report = convert("aviris", raw_of("san_diego_a.mat"), tmp_path / "out", **SMALL)
    assert report.patch_shape == (32, 32, 172)
    # The constant bands of this cube are among those the papers drop.
    assert report.constant_bands == {}


def test_real_envi(raw_of, real_data, tmp_path):
    raw = raw_of("lhdata.hdr", "lhdata.img")
    report = convert("hsi_folder", raw, tmp_path / "out", **SMALL)
    assert (report.patch_shape, report.dtype) == ((32, 32, 186), "uint16")
    scene = read_scene(real_data / "lhdata.hdr")
    builder = tfds.builder_from_directory(str(report.folder))
    features = builder.info.features
    for record in tf.data.TFRecordDataset(builder.info.splits["test"].filepaths):
        patch = tfds.as_numpy(features.deserialize_example(record))
        row, col = patch["row"], patch["col"]
        window = scene.values[row : row + 32, col : col + 32]
        np.testing.assert_array_equal(patch["patch"], window)
        np.testing.assert_allclose(patch["wavelengths"], scene.wavelengths, rtol=1e-6)


def test_cube_beside_another_must_be_named(raw_of, tmp_path):
    raw = raw_of("hyperion_paris.mat")
    with pytest.raises(DataError, match="choose with --variable: HSim"):
        convert("hsi_folder", raw, tmp_path / "out", **SMALL)
    report = convert("hsi_folder", raw, tmp_path / "out", **SMALL, variable="HSim")
    assert (report.patch_shape, report.dtype) == ((32, 32, 128), "float64")
