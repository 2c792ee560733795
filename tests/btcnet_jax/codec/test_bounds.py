"""No valid sample is further from what it was than was promised, whatever the scene."""

import numpy as np
import pytest
from bounded_cases import TYPES, check_in_a_process, check_random_cases, waves

import btcnet_jax as bt
from btcnet_jax.codec import bounded_codec, open_file
from btcnet_jax.codec.regions import Damage
from btcnet_jax.codec.verification import verify
from btcnet_jax.coding.bounded.coder import decode_tile
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.container import Section, write_container
from btcnet_jax.container.header import Header
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import ConfigError, CubeError, FileFormatError
from btcnet_jax.parts.bounds import BandBounds, read_bounds
from btcnet_jax.scene import Scene
from btcnet_jax.scene.part import Part


def test_no_bound_is_broken_in_200_random_cases():
    check_random_cases(0, 200)


@pytest.mark.many_cases
def test_no_bound_is_broken_in_10_000_random_cases():
    # A base, whose search takes most of a case, is not worth it for scenes so small: "always" has one.
    check_in_a_process(1000, 10_000, "light")


@pytest.mark.parametrize("zeros", [(0.0, -0.0), (-0.0, 0.0)])
def test_a_bound_of_0_keeps_minus_zero_among_numbers_above(zeros):
    # Which of the two is the least depends on which comes first.
    values = np.abs(waves("<f4", (5, 4, 3)))
    values[0, 0, 0], values[-1, -1, -1] = zeros
    again = bt.decompress(bt.compress(values, bt.Bound(0))).values
    assert again.tobytes() == values.tobytes()


@pytest.mark.parametrize("dtype", TYPES)
def test_a_bound_of_0_keeps_every_bit(dtype):
    values = waves(dtype, (9, 11, 4))
    if values.dtype.kind == "f":
        # Between 0 and the others lie too many numbers of 64 bits.
        values[3, 4, 1], values[3, 5, 1] = 1.5 if dtype == "<f8" else -0.0, np.nan
    restored = bt.decompress(bt.compress(values, bt.Bound(0)))
    assert restored.values.dtype == values.dtype
    assert restored.values.tobytes() == values.tobytes()


@pytest.mark.parametrize("dtype", ["u1", "i1", "<i2", ">u2", "<i4", "<u4"])
def test_integers_that_fill_their_type_are_kept_within_any_bound(dtype):
    ends = np.iinfo(dtype)
    native = ends.dtype.newbyteorder("=")
    values = np.random.default_rng(2).integers(ends.min, ends.max, (9, 8, 3), native, endpoint=True)
    values[0, 0, 0], values[8, 7, 2] = ends.min, ends.max
    span = int(ends.max) - int(ends.min)
    for error in (0, 1, span // 5, span):
        restored = bt.decompress(bt.compress(values.astype(dtype), bt.Bound(error))).values
        assert restored.dtype == np.dtype(dtype)
        assert np.abs(restored.astype(object) - values.astype(object)).max() <= error


@pytest.mark.parametrize("dtype", ["<i8", ">u8"])
def test_64_bits_are_kept_up_to_2_to_the_62_values_and_refused_in_words_beyond(dtype):
    low = np.iinfo(dtype).min
    values = np.array([low, low + 2**62 - 1, low + 7, low + 2**61], dtype).reshape(2, 2, 1)
    assert (bt.decompress(bt.compress(values, bt.Bound(0))).values == values).all()
    values[0, 1] = low + 2**62
    with pytest.raises(
        CubeError, match=r"span more than 2\*\*62 values: too many for a bound; scale"
    ):
        bt.compress(values, bt.Bound(0))


def test_each_band_keeps_its_own_bound_and_uses_it():
    values = waves()
    bounds = [0, 1, 2.9, 8, 0, 20]
    file = open_file_of(bt.compress(values, bt.Bound(bounds)))
    errors = np.abs(file.decompress().values.astype(int) - values).max(axis=(0, 1))
    assert errors.tolist() == [0, 1, 2, 8, 0, 20]
    assert read_bounds(file.file).errors.tolist() == bounds


def open_file_of(data):
    import io

    return open_file(io.BytesIO(data))


def test_bounds_by_wavelength_and_relative_ones_are_of_their_bands():
    values = waves()
    scene = Scene(values=values, wavelengths=np.array([400.0, 500, 600, 700, 800, 900]))
    bound = bt.Bound({510.0: 3, 900.0: 0}, others=9)
    assert bound.errors(scene).tolist() == [9, 3, 9, 9, 9, 0]
    relative = bt.Bound(0.01, relative=True).errors(scene)
    np.testing.assert_allclose(relative, 0.01 * (values.max((0, 1)) - values.min((0, 1))))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"error": -1}, "0 or a number above, not -1"),
        ({"error": float("nan")}, "not nan"),
        ({"error": True}, "not bool"),
        ({"error": "2"}, "not '2'"),
        ({"error": []}, "a bound of no bands"),
        ({"error": [1, float("inf")]}, "not inf"),
        ({"error": 1.5, "relative": True}, "more than the whole range"),
    ],
)
def test_what_is_no_bound_is_refused(given, says):
    with pytest.raises(ConfigError, match=says):
        bt.Bound(**given)


@pytest.mark.parametrize(
    ("values", "bound", "says"),
    [
        (waves(), bt.Bound([1, 2]), "bounds of 2 bands, but the scene has 6"),
        (waves(), bt.Bound(1e5), "larger than the range of the samples"),
        (waves("<f4"), bt.Bound(1e-5), "below what float32 can hold .* give 0.000"),
        (waves(), bt.Bound({500.0: 1}), "no wavelengths to name bands by"),
        (np.array([[[0, 2**64 - 1]]], "<u8").repeat(2, 0), None, None),
        (np.array([[[0]], [[2**64 - 1]]], "<u8"), bt.Bound(1), r"span more than 2\*\*62 values"),
        (np.array([[[-1.0]], [[1.0]]], "<f8"), bt.Bound(0), r"span more than 2\*\*62 values"),
    ],
)
def test_bounds_that_a_scene_cannot_keep_are_refused(values, bound, says):
    if says is None:
        # Constant bands are kept whatever they hold.
        assert (bt.decompress(bt.compress(values, bt.Bound(0))).values == values).all()
        return
    with pytest.raises((ConfigError, CubeError), match=says):
        bt.compress(values, bound)


def test_the_other_codecs_refuse_a_bound_and_this_one_a_rate():
    with pytest.raises(ConfigError, match="promise nothing"):
        bt.load().compress(waves(), bt.Bound(1))
    with pytest.raises(ConfigError, match="asked for a bound"):
        bt.load("bounded").compress(waves(), bt.Rate(1.0))


def test_a_window_reads_no_other_tile_and_is_the_whole_s():
    values = waves(shape=(40, 33, 5))
    data = bounded_codec(tile_side=2).compress(values, bt.Bound(2))
    whole, file = bt.decompress(data).values, open_file_of(data)
    assert file.file.tiles.grid.count > 6
    np.testing.assert_array_equal(file[9:21, 3:30, 1:4].values, whole[9:21, 3:30, 1:4])
    tile = file.file.tiles._places[file.file.tiles.grid.count - 1]
    broken = bytearray(data)
    broken[tile[0] + tile[1] // 2] ^= 1
    np.testing.assert_array_equal(open_file_of(bytes(broken))[:8, :8].values, whole[:8, :8])
    damage = Damage(-1)
    rest = open_file_of(bytes(broken)).decompress(damage=damage).values
    assert len(damage.places) == 1
    there = np.ones(values.shape[:2], bool)
    there[damage.places[0]] = False
    np.testing.assert_array_equal(rest[there], whole[there])
    assert (rest[~there] == -1).all()


@pytest.mark.parametrize("bound", [bt.Bound(0), bt.Bound([0, 1, 2, 9, 0])])
def test_bytes_and_samples_are_the_same_with_any_number_of_threads(bound):
    values, codec = waves(shape=(40, 33, 5)), bounded_codec(tile_side=2)
    data = codec.compress(values, bound)
    assert read_compressed(data).tiles.grid.count > 6
    whole = codec.decompress(data).values
    for jobs in (2, 3, 7):
        assert codec.compress(values, bound, jobs=jobs) == data
        assert codec.decompress(data, jobs=jobs).values.tobytes() == whole.tobytes()


def test_a_large_scene_is_restored_row_of_tiles_by_row_of_tiles(monkeypatch):
    values = waves(shape=(40, 70, 5))
    codec = bounded_codec(tile_side=2, whole=1)
    data = codec.compress(values, bt.Bound(2))
    # Columns side by side that share tiles: what one window has decoded the next one keeps.
    monkeypatch.setattr("btcnet_jax.codec.line_groups._SOME", 15)
    decoded = []
    monkeypatch.setattr(
        "btcnet_jax.parts.bounded_samples.decode_tile",
        lambda *given: decoded.append(1) or decode_tile(*given),
    )
    lines = list(codec.restoration(data, jobs=2).stream().lines)
    grid = read_compressed(data).tiles.grid
    assert len(lines) == len(values) // (4 * grid.tile_rows) > 2
    assert len(decoded) == grid.count
    np.testing.assert_array_equal(np.concatenate(lines), bounded_codec().decompress(data).values)


def test_missing_samples_and_metadata_come_back():
    values = waves()
    values[4:9, 3:7] = -99
    scene = Scene(values=values, nodata=-99, tags={"a": "b"}, name="n")
    again = bt.decompress(bt.compress(scene, bt.Bound(5)))
    found = verify(scene, again, np.full(6, 5.0))
    assert (found.broken, found.samples_gone, found.differences) == (False, 0, ())
    assert (again.values[4:9, 3:7] == -99).all()


def test_damaged_samples_are_refused_or_within_the_range():
    values = waves(shape=(9, 8, 4))
    data = bt.compress(values, bt.Bound(1))
    file = read_compressed(data)
    payload = file.tiles.payload(0)
    chance, refused = np.random.default_rng(3), 0
    for _ in range(60):
        changed = bytearray(payload)
        changed[chance.integers(len(changed))] = chance.integers(256)
        tile = Section(
            SectionKind.TILE, b"\0" + bytes(changed[: chance.integers(4, len(changed) + 1)])
        )
        others = [Section(kind, held) for kind, held in file.sections.items()]
        try:
            found = bt.decompress(write_container([*others, tile])).values
        except FileFormatError:
            refused += 1
        else:
            assert values.min() <= found.min() <= found.max() <= values.max()
    assert refused > 50


def test_older_programs_refuse_the_file_by_name(monkeypatch):
    data = bt.compress(waves(), bt.Bound(1))
    header = read_compressed(data).header
    assert (header.codec, header.entropy_model) == (3, 5)
    packed = Header.pack(header)
    assert Header.unpack(packed) == header


def test_bounds_that_are_damaged_are_refused():
    file = read_compressed(bt.compress(waves(), bt.Bound(1)))
    header, payload = file.header, file.sections[SectionKind.BOUNDS]
    dtype = np.dtype(header.dtype)
    value_range = read_bounds(file).value_range
    for wrong in (payload[:-1], payload + b"\0", b"\7" + payload[1:], b""):
        with pytest.raises(FileFormatError):
            BandBounds.unpack(wrong, 6, dtype, value_range)


def test_lines_narrower_and_wider_than_a_group_are_coded_alike():
    for shape in ((70, 1, 3), (1, 300, 3), (1, 1, 40), (300, 2, 1)):
        values = waves(shape=shape)
        assert (bt.decompress(bt.compress(values, bt.Bound(0))).values == values).all()
    part = Part.of((70, 1, 3), slice(3, 9))
    assert part.shape == (6, 1, 3)
