"""Lines in, a file out: whatever their groups, the file is the same, and nothing is lost in silence."""

import io
import warnings

import numpy as np
import pytest
from flight_line import (
    RATE,
    SHAPE,
    flight_codec,
    flight_plan,
    flight_scene,
    flight_values,
    restored,
    written,
)

from btcnet_jax.codec import Limits, decompress
from btcnet_jax.codec.planning import plan
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import (
    BtcnetError,
    ConfigError,
    CubeError,
    DataError,
    DataWarning,
    ModelMismatchError,
)
from btcnet_jax.scene import SceneInfo


@pytest.fixture(scope="module")
def codec(plain_weights):
    return flight_codec(plain_weights)


@pytest.fixture(scope="module")
def values(make_cube):
    return flight_values(make_cube)


@pytest.fixture(scope="module")
def scene(values):
    return flight_scene(values)


@pytest.fixture(scope="module")
def made(codec, scene):
    return flight_plan(codec, scene)


def _names(folder):
    return [path.name for path in folder.iterdir()]


@pytest.fixture(scope="module")
def stream(made, codec, scene):
    return written(made, codec, [scene.values], info=scene)


@pytest.mark.parametrize("jobs", [1, 3])
@pytest.mark.parametrize("size", [1, 7, 16, 70])
def test_groups_of_any_size_give_the_same_file(made, codec, scene, stream, size, jobs):
    groups = [scene.values[start : start + size] for start in range(0, 70, size)]
    groups = [group[0] for group in groups] if size == 1 else groups
    assert written(made, codec, groups, info=scene, jobs=jobs) == stream


def test_a_file_is_an_ordinary_one_and_a_stream_the_same_scene(made, codec, scene, tmp_path):
    path = tmp_path / "scene.btcn"
    whole = written(made, codec, [scene.values], path, info=scene)
    stream = written(made, codec, [scene.values], info=scene)
    assert _names(tmp_path) == ["scene.btcn"]
    files = [read_compressed(data, Limits.none()) for data in (whole, stream)]
    assert SectionKind.STREAM not in files[0].sections
    assert SectionKind.STREAM in files[1].sections
    assert files[0].header == files[1].header
    assert files[0].header.rows == 70
    assert str(files[0].tiles.grid) == "5 x 3 of 16 x 20 samples"
    for kind in (SectionKind.MASK, SectionKind.METADATA, SectionKind.CONSTANT_BANDS):
        assert files[0].sections[kind] == files[1].sections[kind]
    one, other = (restored(codec, data) for data in (whole, stream))
    np.testing.assert_array_equal(one.values, other.values)
    assert (one.name, one.nodata) == ("flight", -9999)
    missing = scene.values == -9999
    np.testing.assert_array_equal(one.values == -9999, missing)
    np.testing.assert_array_equal(one.values[..., 3][~missing[..., 3]], 17)
    error = (one.values.astype(float) - scene.values)[~missing]
    assert np.sqrt(np.square(error).mean()) < 4


def test_a_file_without_steps_back_is_as_good_as_one_of_its_own(made, codec, scene):
    """What is missing is the same as in a file of the scene, and the samples are nearly so."""
    own = codec.compress(scene, RATE)
    stream = written(made, codec, [scene.values], info=scene)
    masks = [
        read_compressed(data, Limits.none()).sections[SectionKind.MASK] for data in (own, stream)
    ]
    assert masks[0] == masks[1]
    errors = []
    for data in (own, stream):
        valid = scene.values != -9999
        difference = (restored(codec, data).values.astype(float) - scene.values)[valid]
        errors.append(np.square(difference).mean())
    assert errors[1] < 2 * errors[0]


def test_bytes_come_as_soon_as_a_group_is_there(made, codec, scene):
    class Pipe(io.RawIOBase):
        """Takes bytes, some at a time, and can do nothing else."""

        def __init__(self):
            self.data = b""

        def writable(self):
            return True

        def write(self, data):
            taken = bytes(data[:1000])
            self.data += taken
            return len(taken)

    pipe, sizes = Pipe(), []
    with made.writer(pipe, codec=codec, info=scene) as writer:
        for line in scene.values:
            writer.write(line)
            sizes.append(len(pipe.data))
    assert np.flatnonzero(np.diff(sizes, prepend=0)).tolist() == [15, 31, 47, 63]
    assert writer.size == len(pipe.data)
    assert pipe.data == written(made, codec, [scene.values], info=scene)


def test_samples_beyond_what_was_planned_come_back(made, codec, scene, values):
    bright = values.copy()
    bright[30:34, 8:12] = 12000
    bright[50, 20, 0] = -3000
    file = io.BytesIO()
    lost = pytest.warns(DataWarning, match="16 samples of bands that held one value")
    with lost, made.writer(file, codec=codec) as writer:
        writer.write(bright)
    seen = made.seen
    varying = bright[..., made.varying]
    assert writer.tally.unseen == ((varying < seen.minimum) | (varying > seen.maximum)).sum() + 16
    assert writer.tally.clipped == 0
    # A band that was constant cannot tell: it is said.
    assert writer.tally.constant == 16
    again = restored(codec, file.getvalue()).values
    # How near depends on the few components that were planned; none is cut off at what was seen.
    assert (again[30:34, 8:12][..., made.varying] > 1.5 * seen.maximum).all()


def test_what_is_lost_is_told_in_one_line_with_counts(codec, values):
    floats = values.astype(np.float32)
    made = plan(floats[:24], RATE, group=16, value_range=(0.0, 4000.0), codec=codec)
    floats[40, 3, 1] = 4500
    floats[41, :2, 1] = -1
    floats[60, :5, 3] = 18
    floats[2, 2, 3] = np.nan
    file = io.BytesIO()
    with pytest.warns(DataWarning) as told, made.writer(file, codec=codec) as writer:
        writer.write(floats)
    assert len(told) == 1
    text = str(told[0].message)
    assert "3 samples lie beyond 0 to 4000" in text
    assert "5 samples of bands that held one value where it was planned (counted from 0: 3)" in text
    assert "\n" not in text
    again = restored(codec, file.getvalue()).values
    assert again[40, 3, 1] <= 4000
    assert np.nanmin(again) >= 0
    assert np.isnan(again[2, 2, 3])
    assert np.isnan(again).sum() == 1


def test_what_is_expected_is_not_told(made, codec, scene):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        written(made, codec, [scene.values[:20]])


def test_64_bit_samples_beyond_the_range_do_not_wrap(codec, values):
    made = plan(values[:24].astype(np.uint64), RATE, value_range=(10.0, 5000.0), codec=codec)
    lines = values.astype(np.uint64)
    lines[40:48, 8:16] = 3
    with pytest.warns(DataWarning, match="^512 samples lie beyond 10 to 5000"):
        data = written(made, codec, [lines])
    again = restored(codec, data).values
    assert (again[41:47, 9:15][..., made.varying] < 700).all()


def test_masked_arrays_are_masked(made, codec, values):
    mask = np.zeros(SHAPE, bool)
    mask[20:30, 40:] = True
    mask[65, 3, 5] = True
    data = written(made, codec, [np.ma.MaskedArray(values[:33], mask[:33]), *values[33:60]])
    again = restored(codec, data)
    np.testing.assert_array_equal(~again.valid()[20:30, 40:], True)
    assert (~again.valid()).sum() == mask[:60].sum()


def test_lines_that_do_not_fit(made, codec, scene, values):
    for bad, message in (
        (values[..., :5], "for 8 bands, not 5"),
        (values.astype(np.float32), "type int16, not float32"),
        (values[:, :30], "lines of 30 samples came after lines of 58"),
        (values[0, 0], "lines have shape"),
        (values[:, :0], "lines have shape"),
    ):
        with pytest.raises(CubeError, match=message):
            written(made, codec, [values[:3], bad])
    other = SceneInfo(wavelengths=np.linspace(900, 2000, 8))
    with pytest.raises(CubeError, match="another sensor"):
        made.writer(io.BytesIO(), codec=codec, info=other)


def test_big_endian_lines_are_the_same(made, codec, values):
    assert written(made, codec, [values.astype(">i2")]) == written(made, codec, [values])


def test_a_writer_is_for_one_with_statement(made, codec, values, tmp_path):
    writer = made.writer(tmp_path / "a.btcn", codec=codec)
    with pytest.raises(ConfigError, match="within a with statement"):
        writer.write(values)
    with writer:
        writer.write(values)
    with pytest.raises(ConfigError, match="writes one file"), writer:
        pass
    with pytest.raises(ConfigError, match="to a path or a binary file, not to int"):
        made.writer(3, codec=codec)


@pytest.mark.parametrize("lines", [0, 40])
def test_nothing_is_left_of_a_file_that_was_not_finished(made, codec, values, tmp_path, lines):
    path = tmp_path / "a.btcn"
    path.write_bytes(b"before")

    def groups():
        if lines:
            yield values[:lines]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt if lines else DataError):
        written(made, codec, groups(), path)
    assert _names(tmp_path) == ["a.btcn"]
    assert path.read_bytes() == b"before"


def test_info_of_other_lines_writes_nothing(made, codec, scene, values, tmp_path):
    info = SceneInfo(axis_arrays={"rows": {"time": np.arange(70.0)}})
    with pytest.raises(DataError, match="rows"):
        written(made, codec, [values[:20]], tmp_path / "a", info=info)
    assert not _names(tmp_path)


def test_a_folder_that_is_not_there(made, codec):
    with pytest.raises(BtcnetError, match="its folder does not exist"):
        made.writer("/nowhere/at/all.btcn", codec=codec).__enter__()


def test_a_plan_of_other_contexts(made):
    with pytest.raises(ModelMismatchError, match="make the plan again"):
        made.writer(io.BytesIO())


def test_shipped_weights_by_default(values):
    made = plan(values[:32, :32], RATE, quantization="scalar")
    file = io.BytesIO()
    with made.writer(file) as writer:
        writer.write(values[:12, :32])
    again = decompress(file.getvalue(), limits=Limits.none())
    assert again.values.shape == (12, 32, 8)
    assert np.abs(again.values.astype(float) - values[:12, :32]).mean() < 5
