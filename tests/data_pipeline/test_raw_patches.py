"""Scenes cut as `convert` cuts them give the batches that training from its records gives."""

import itertools

import numpy as np
import pytest

from btcnet_jax.errors import DataError, MissingExtraError
from data_pipeline.builders.settings import ConversionSettings
from data_pipeline.patch_source import first_patches, numbered
from data_pipeline.raw_patches import open_raw
from data_pipeline.record_stream import RecordStream
from data_pipeline.records import open_records
from data_pipeline.tfrecords import stored_patches

BANDS, STEPS = 5, 7
SETTINGS = {"patch_rows": 6, "patch_cols": 4, "stride": 3, "test_fraction": 0.25}


def _cube(seed, rows=25, cols=17, bands=BANDS, dtype=np.int16):
    return np.random.default_rng(seed).integers(1, 999, (rows, cols, bands)).astype(dtype)


def _holes(folder):
    """Few scenes, so that the lowest rows are for testing; some pixels without data."""
    np.savez(folder / "b.npz", cube=_cube(0), nodata=np.int16(77))
    values = _cube(1, rows=19, dtype=np.float32)
    values[4:8, 9] = np.nan
    (folder / "inner").mkdir()
    np.save(folder / "inner" / "a.npy", values)


def _folders(folder):
    """Whole scenes, by folders; of several types."""
    for number, (split, dtype) in enumerate(
        itertools.product(("train", "test"), (np.uint8, np.int16, np.uint16))
    ):
        (folder / split).mkdir(exist_ok=True)
        values = _cube(number, rows=6 + number).astype(dtype)
        np.save(folder / split / f"{number}.npy", values)


def _sensor(folder):
    """Scenes of a sensor of which not all bands are kept."""
    for number in range(4):
        np.save(folder / f"f{number}.npy", _cube(number, bands=224))


_SETS = {
    "holes": (_holes, "hsi_folder", BANDS),
    "folders": (_folders, "hsi_folder", BANDS),
    "sensor": (_sensor, "aviris", 172),
}


@pytest.fixture(scope="module", params=_SETS)
def sources(request, tmp_path_factory):
    """Records and raw patches of each split."""
    convert = pytest.importorskip("data_pipeline.convert", exc_type=MissingExtraError).convert
    raw, out = (tmp_path_factory.mktemp(name) for name in ("raw", "out"))
    make, dataset, bands = _SETS[request.param]
    make(raw)
    convert(dataset, raw, out, **SETTINGS)
    return {
        split: (
            open_records(out, dataset, split, bands=bands),
            open_raw(raw, dataset, split, ConversionSettings(**SETTINGS), bands=bands),
        )
        for split in ("train", "test")
    }


def _assert_same(one, other):
    assert one.keys() == other.keys() == {"patches", "minimum", "maximum"}
    for name in one:
        assert one[name].dtype == other[name].dtype
        np.testing.assert_array_equal(one[name], other[name])


@pytest.mark.parametrize("split", ["train", "test"])
def test_patches_are_numbered_as_they_are_stored(sources, split):
    records, _ = sources[split]
    size = int(np.prod(records.patch_shape)) * records.dtype.itemsize
    keys = [patch.key for path in records.paths for patch in stored_patches(path, size)]
    assert numbered(keys, split) == list(range(len(records.minimum)))


@pytest.mark.parametrize("hosts", [1, 2])
@pytest.mark.parametrize("crop", [(6, 4), (4, 3)])
def test_scenes_give_the_batches_of_their_records(sources, crop, hosts):
    records, raw = sources["train"]
    for host in range(hosts):
        one, other = (
            RecordStream(source, *crop, 4, 5, part=(host, hosts)) for source in (records, raw)
        )
        # From one stream to the other in the middle, with nothing but the position.
        steps = 2 * one.steps_per_epoch + 3
        assert steps > STEPS
        expected = list(itertools.islice(one, steps))
        begun = list(itertools.islice(other, STEPS))
        again = RecordStream(raw, *crop, 4, 5, part=(host, hosts))
        again.position = other.position
        got = begun + list(itertools.islice(again, steps - STEPS))
        for a, b in zip(expected, got, strict=True):
            _assert_same(a, b)


def test_scenes_give_the_validation_patches_of_their_records(sources):
    one, other = (first_patches(source, 4, 3, 50) for source in sources["test"])
    assert len(one) == len(other) > 2
    for a, b in zip(one, other, strict=True):
        _assert_same(a, b)


def test_patches_with_a_pixel_without_data_are_left_out(tmp_path):
    _holes(tmp_path)
    raw = open_raw(tmp_path, "hsi_folder", "train", ConversionSettings(**SETTINGS), bands=BANDS)
    patches = np.empty((len(raw.minimum), 6, 4, BANDS), raw.dtype)
    for number, patch in enumerate(patches):
        raw.read(number, (0, 0), patch)
    int16, float32 = np.load(tmp_path / "b.npz")["cube"], np.load(tmp_path / "inner" / "a.npy")
    whole = [(int16, int16 != 77, 19), (float32, np.isfinite(float32), 13)]
    expected = {
        values[row : row + 6, col : col + 4].astype(np.float32).tobytes()
        for values, valid, rows in whole
        for row in range(0, rows - 5, 3)
        for col in range(0, 14, 3)
        if valid[row : row + 6, col : col + 4].all()
    }
    assert {patch.tobytes() for patch in patches} == expected
    assert len(patches) == len(expected) < 5 * 5 + 3 * 5


def _opened(folder, dataset="hsi_folder", bands=BANDS, **settings):
    return open_raw(
        folder, dataset, "train", ConversionSettings(**SETTINGS | settings), bands=bands
    )


def test_what_cannot_be_cut_is_refused_with_the_options_of_training(tmp_path):
    raw = tmp_path / "raw"
    with pytest.raises(DataError, match=r"no such folder; --config\.data\.raw names"):
        _opened(raw)
    raw.mkdir()
    with pytest.raises(DataError, match="holds no scene of aviris"):
        _opened(raw, "aviris")
    with pytest.raises(DataError, match="pavia: no such data set; there are aviris"):
        _opened(raw, "pavia")
    _holes(raw)
    with pytest.raises(DataError, match=r"lower --config\.data\.record_rows/--config"):
        _opened(raw, patch_rows=99)
    with pytest.raises(DataError, match="patches of 5 bands, the model 6"):
        _opened(raw, bands=6)
    gaps = _cube(0)
    gaps[::3] = 7
    np.savez(raw / "b.npz", cube=gaps, nodata=np.int16(7))
    (raw / "inner" / "a.npy").unlink()
    with pytest.raises(DataError, match="no train patch of 6 x 4 has data in every pixel"):
        _opened(raw)
