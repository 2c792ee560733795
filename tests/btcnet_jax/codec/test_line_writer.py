"""Lines in, a file out: whatever their groups, the file is the same, and nothing is lost in silence."""

import io
import warnings

import numpy as np
import pytest

from btcnet_jax.codec import Limits, Rate, decompress, universal_codec
from btcnet_jax.codec.plan_file import pack_plan, unpack_plan
from btcnet_jax.codec.planning import plan
from btcnet_jax.codec.salvage import settled
from btcnet_jax.container.compressed_file import open_compressed, read_compressed
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import (
    BtcnetError,
    ConfigError,
    CubeError,
    DataError,
    DataWarning,
    FileFormatError,
    ModelMismatchError,
)
from btcnet_jax.scene import Scene, SceneInfo

SHAPE = (70, 58, 8)
RATE = Rate(1.0)


@pytest.fixture(scope="module")
def codec(plain_weights):
    return universal_codec(plain_weights, tile_side=4)


@pytest.fixture(scope="module")
def values(make_cube):
    cube = make_cube(*SHAPE).astype(np.int16)
    cube[..., 3] = 17
    return cube


@pytest.fixture(scope="module")
def scene(values):
    values = values.copy()
    values[10:20, 5:9] = -9999
    values[40, 50, 2] = -9999
    return Scene(
        name="flight", values=values, nodata=-9999, wavelengths=np.linspace(400, 1100, SHAPE[2])
    )


@pytest.fixture(scope="module")
def made(codec, scene):
    first = Scene(values=scene.values[:24], **{**scene.info(), "name": ""})
    return unpack_plan(pack_plan(plan(first, RATE, group=16, codec=codec)))


def written(made, codec, groups, output=None, **options):
    output = io.BytesIO() if output is None else output
    with made.writer(output, codec=codec, **options) as writer:
        for group in groups:
            writer.write(group)
    return output.getvalue() if isinstance(output, io.BytesIO) else output.read_bytes()


def _names(folder):
    return [path.name for path in folder.iterdir()]


def restored(codec, data):
    return codec.decompress(data, limits=Limits.none())


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


def test_a_stream_cut_anywhere_is_refused(stream):
    for cut in range(0, len(stream), 37):
        with pytest.raises(FileFormatError) as refused:
            open_compressed(io.BytesIO(stream[:cut]), Limits.none())
        assert "\n" not in str(refused.value)


def test_the_lines_before_a_cut_are_salvaged(stream, codec, scene):
    whole = restored(codec, stream).values
    file = open_compressed(io.BytesIO(stream), Limits.none())
    starts = [file.tiles._places[number][0] for number in range(file.tiles.grid.count)]
    # Inside of the tenth tile, where three rows of three are whole.
    cut = io.BytesIO(stream[: starts[9] + 20])
    salvaged = open_compressed(cut, Limits.none(), salvage=True)
    assert salvaged.lost == (SectionKind.STREAM_END,)
    assert salvaged.header.rows == 48
    again = codec.decompress(salvaged).values
    valid = scene.values[:40] != -9999
    np.testing.assert_array_equal(again[:40][valid], whole[:40][valid])
    # Nothing tells that the third row of tiles is not the last, shorter one, but for how it decodes.
    exact = open_compressed(io.BytesIO(stream[: starts[9]]), Limits.none(), salvage=True)
    assert not exact.sure
    assert settled(exact, codec).header.rows == 48
    with pytest.raises(FileFormatError, match="no group of lines is whole"):
        open_compressed(io.BytesIO(stream[: starts[1]]), Limits.none(), salvage=True)


def test_every_whole_group_of_a_stream_cut_anywhere_is_salvaged(stream, codec):
    whole = restored(codec, stream).values
    file = open_compressed(io.BytesIO(stream), Limits.none())
    ends = [sum(file.tiles._places[number]) for number in range(file.tiles.grid.count)]
    across = file.tiles.grid.across
    groups = ends[across - 1 :: across]
    around = {end + more for end in ends for more in (-1, 0, 1)}
    cuts = {*range(ends[0], len(stream), 97), *around, len(stream) - 1}
    valid = whole != -9999
    for cut in sorted(cut for cut in cuts if ends[0] <= cut < len(stream)):
        count = sum(end <= cut for end in groups)
        opened = io.BytesIO(stream[:cut])
        if not count:
            with pytest.raises(FileFormatError, match="no group of lines is whole"):
                open_compressed(opened, Limits.none(), salvage=True)
            continue
        salvaged = settled(open_compressed(opened, Limits.none(), salvage=True), codec)
        # The last six lines are eight where STREAM_END is lost: two rows of blocks.
        ended = not salvaged.lost
        assert salvaged.header.rows == (70 if ended else min(16 * count, 72))
        if cut not in around and cut % 5:
            continue
        again = codec.decompress(salvaged).values
        # The transform of a block reaches to the next one: what is above the last lines is the same.
        exact = 70 if count == len(groups) else 16 * count - 8
        seen = valid[:exact] | ended
        np.testing.assert_array_equal(again[:exact][seen], whole[:exact][seen])


def test_of_a_stream_whose_index_alone_is_lost_nothing_is_lost(stream, codec):
    salvaged = open_compressed(io.BytesIO(stream[:-20]), Limits.none(), salvage=True)
    assert (salvaged.lost, salvaged.sure) == ((), True)
    np.testing.assert_array_equal(codec.decompress(salvaged).values, restored(codec, stream).values)


def test_damage_at_the_end_of_a_stream_is_found(stream):
    for at in range(len(stream) - 60, len(stream)):
        damaged = bytearray(stream)
        damaged[at] ^= 0x11
        with pytest.raises(FileFormatError):
            open_compressed(io.BytesIO(bytes(damaged)), Limits.none())


def test_a_stream_of_few_bytes_that_tells_of_many_lines_is_refused(made, codec, values):
    from btcnet_jax.container.container import ContainerWriter, Section
    from btcnet_jax.container.stream_end import stream_end

    file = read_compressed(written(made, codec, [values]), Limits.none())
    hostile = io.BytesIO()
    writer = ContainerWriter(hostile)
    for kind, payload in file.sections.items():
        if kind != SectionKind.MASK:
            writer.add(Section(kind, payload))
    writer.add(Section(SectionKind.TILE, b"\0\0"))
    for section in stream_end(2**33, b""):
        writer.add(section)
    writer.finish()
    with pytest.raises(FileFormatError, match=r"tells of|more than"):
        open_compressed(hostile)


def test_shipped_weights_by_default(values):
    made = plan(values[:32, :32], RATE, quantization="scalar")
    file = io.BytesIO()
    with made.writer(file) as writer:
        writer.write(values[:12, :32])
    again = decompress(file.getvalue(), limits=Limits.none())
    assert again.values.shape == (12, 32, 8)
    assert np.abs(again.values.astype(float) - values[:12, :32]).mean() < 5
