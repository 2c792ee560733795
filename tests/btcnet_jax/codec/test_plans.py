"""Front ends planned beforehand: what they hold, their files, and what they refuse."""

import struct
import zlib

import msgpack
import numpy as np
import pytest

from btcnet_jax.codec import Rate, bounded_codec, universal_codec
from btcnet_jax.codec.line_plan import coded_range
from btcnet_jax.codec.plan_file import MAGIC, pack_plan, read_plan, unpack_plan
from btcnet_jax.codec.planning import plan
from btcnet_jax.container.container import walk_sections
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import BtcnetError, ConfigError, CubeError, DataError, FileFormatError
from btcnet_jax.scene import Scene, SceneInfo
from btcnet_jax.scene.value_range import ValueRange

RATE = Rate(0.6)
WAVES = np.linspace(400, 1100, 8)


@pytest.fixture(scope="module")
def codec(plain_weights):
    return universal_codec(plain_weights, tile_side=4)


@pytest.fixture(scope="module")
def scene(make_cube):
    values = make_cube(40, 36, 8).astype(np.int16)
    values[..., 3] = 17
    return Scene(name="flight", values=values, nodata=-9999, wavelengths=WAVES)


@pytest.fixture(scope="module")
def made(codec, scene):
    return plan(scene, RATE, group=16, codec=codec)


@pytest.fixture(scope="module")
def data(made):
    return pack_plan(made)


def sections_of(data):
    from io import BytesIO

    file = BytesIO(data)
    file.seek(5)
    return [(each.kind, each.payload) for each in walk_sections(file, len(data))]


def rewritten(data, kind, change):
    """A plan whose section of a kind is another, its checksum right; None leaves it out."""
    parts = [data[:5]]
    for known, payload in [*sections_of(data), (0, b"")]:
        new = change(payload) if known == kind else payload
        if new is None:
            continue
        length = len(new)
        varint = b""
        while length > 127:
            varint, length = varint + bytes([128 | (length & 127)]), length >> 7
        body = bytes([known]) + varint + bytes([length]) + new
        parts.append(body + zlib.crc32(body).to_bytes(4, "little"))
    return b"".join(parts)


def test_a_plan_comes_back_from_its_file(made, data, tmp_path):
    path = tmp_path / "a.btcplan"
    made.save(path)
    assert path.read_bytes() == data
    again = read_plan(path)
    for name in ("mean", "weights", "projection", "largest", "varying", "fill"):
        one, other = getattr(made, name), getattr(again, name)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    for name in ("fingerprint", "rate", "dtype", "value_range", "seen", "planned_on", "group"):
        assert getattr(made, name) == getattr(again, name)
    for name in ("side", "step", "basis", "gains", "objective", "entropy_model"):
        assert getattr(made, name) == getattr(again, name)
    assert again.info.nodata == -9999
    np.testing.assert_array_equal(again.info.wavelengths, WAVES)
    assert again.bands == 8
    assert pack_plan(again) == data


def test_what_a_plan_says_leads_from_samples_to_coefficients(made, scene):
    """The way that the document describes, by hand."""
    assert made.projection.shape == (7, made.components)
    low, high = made.value_range
    values = scene.values[..., made.varying].astype(float)
    deviations = (values - low) / (high - low) - made.mean
    np.testing.assert_allclose(deviations.mean(axis=(0, 1)), 0, atol=1e-12)
    components = deviations @ made.projection
    # The first coefficient of a block is four times its mean, as the transform keeps lengths.
    first = components.reshape(10, 4, 9, 4, -1).mean(axis=(1, 3)) * 4
    assert np.abs(first / made.step).max() <= made.largest.max() * (1 + 1e-4)
    assert np.abs(first[..., 0] / made.step).max() > 0.2 * made.largest[0]


@pytest.mark.parametrize(
    ("seen", "dtype", "coded"),
    [
        ((5, 600), np.uint16, (0, 65535)),
        ((-3, 90), np.int8, (-128, 127)),
        ((10, 30), np.int32, (-10, 50)),
        ((-2.0, 1.0), np.float32, (-5.0, 4.0)),
        ((10, 2**31 - 5), np.int32, (10 - (2**31 - 15), 2**31 - 1)),
    ],
)
def test_the_range_of_files_has_room(seen, dtype, coded):
    found = coded_range(ValueRange(*seen), np.dtype(dtype))
    assert tuple(found) == coded
    assert type(found.minimum) is type(coded[0])


def test_a_range_that_is_named(codec, scene):
    named = plan(scene, RATE, value_range=(0.0, 9000.0), codec=codec)
    assert tuple(named.value_range) == (0, 9000)
    for bad in ((0.0, 100.0), (0.5, 9000.0), (0.0, 1e9), (float("nan"), 9000.0), (9000.0, 0.0)):
        with pytest.raises(ConfigError, match="must hold all of the lines"):
            plan(scene, RATE, value_range=bad, codec=codec)


@pytest.mark.parametrize("group", [0, 3, 6, True, -4])
def test_groups_are_whole_blocks(codec, scene, group):
    with pytest.raises(ConfigError, match="group"):
        plan(scene, RATE, group=group, codec=codec)


def test_what_cannot_be_planned(codec, scene):
    with pytest.raises(DataError, match="no band varies"):
        plan(np.full((8, 8, 3), 7, np.uint8), RATE, codec=codec)
    with pytest.raises(ConfigError, match="nothing is left"):
        plan(scene, Rate(1e-7), codec=codec)
    with pytest.raises(ConfigError, match="universal codec alone"):
        plan(scene, RATE, codec=bounded_codec())
    with pytest.raises(ConfigError, match="brings its own"):
        plan(scene, RATE, optimize="rmse", codec=codec)


def test_lines_of_another_sensor_are_refused(made):
    made.require(8, np.dtype(">i2"), SceneInfo(wavelengths=WAVES + 20))
    made.require(8, np.dtype(np.int16), SceneInfo())
    with pytest.raises(CubeError, match="for 8 bands, not 9"):
        made.require(9, np.dtype(np.int16))
    with pytest.raises(CubeError, match="type int16, not uint16"):
        made.require(8, np.dtype(np.uint16))
    with pytest.raises(CubeError, match=r"band 0 .* lies at 400 nm there and at 460 nm here"):
        made.require(8, np.dtype(np.int16), SceneInfo(wavelengths=WAVES + 60))


def test_a_plan_cut_anywhere_is_refused_in_one_line(data):
    for length in range(len(data)):
        with pytest.raises(FileFormatError) as refused:
            unpack_plan(data[:length])
        assert "\n" not in str(refused.value)
    with pytest.raises(FileFormatError, match="after its end"):
        unpack_plan(data + b"x")


def test_a_bit_that_flipped_is_found(data):
    random = np.random.default_rng(0)
    for at in random.choice(np.arange(5, len(data)), 200, replace=False):
        damaged = bytearray(data)
        damaged[at] ^= 1 << random.integers(8)
        with pytest.raises(FileFormatError):
            unpack_plan(bytes(damaged))


def test_other_files_and_versions(data, tmp_path):
    for version, message in ((2, "version 2 and this program reads up to 1: upgrade"), (0, "0")):
        with pytest.raises(FileFormatError, match=message):
            unpack_plan(MAGIC + bytes([version]) + data[5:])
    with pytest.raises(FileFormatError, match="a compressed scene, not a plan"):
        unpack_plan(b"BTCN\x02" + data[5:])
    with pytest.raises(FileFormatError, match="letters BTCP"):
        unpack_plan(b"GIF89a")
    (tmp_path / "empty.btcplan").touch()
    with pytest.raises(FileFormatError, match=r"empty.btcplan: the file is empty"):
        read_plan(tmp_path / "empty.btcplan")
    with pytest.raises(BtcnetError, match="cannot read"):
        read_plan(tmp_path / "none.btcplan")


def _record(position, value):
    def change(payload):
        record = msgpack.unpackb(payload)
        record[position] = value
        return msgpack.packb(record)

    return change


def _header(position, value):
    return _record(position + 1, value)


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [
        (SectionKind.PLAN, lambda _: None, "no PLAN"),
        (SectionKind.PLAN, lambda _: b"\xc1", "cannot be read"),
        (SectionKind.PLAN, lambda _: bytes(5000), "cannot be read"),
        (SectionKind.PLAN, lambda _: msgpack.packb([0.1]), "too short"),
        (SectionKind.PLAN, _record(0, 1), "rate is no float"),
        (SectionKind.PLAN, _record(0, float("inf")), "cannot be"),
        (SectionKind.PLAN, _record(1, -40000), "does not hold"),
        (SectionKind.PLAN, _record(1, 5.0), "another type"),
        (SectionKind.PLAN, _record(3, 6), "cannot be"),
        (SectionKind.PLAN, _record(3, 2**40), "cannot be"),
        (SectionKind.PLAN, _record(4, 0), "cannot be"),
        (SectionKind.PLAN, _record(5, float("nan")), "cannot be"),
        (SectionKind.PLAN, _record(5, -1.0), "cannot be"),
        (SectionKind.PROJECTION, lambda payload: payload[:-4], "another size"),
        (SectionKind.PROJECTION, lambda payload: struct.pack("<d", np.nan) + payload[8:], "none"),
        (
            SectionKind.PROJECTION,
            lambda payload: struct.pack("<d", 1e300) + payload[8:],
            "no plan has",
        ),
        (
            SectionKind.PROJECTION,
            lambda payload: payload[:-4] + struct.pack("<f", 3e38),
            "no plan has",
        ),
        (SectionKind.PLAN, _record(5, 1e-300), "no plan has"),
        (SectionKind.ADAPTIVE_BASIS, lambda payload: payload[:20], "basis|integers|symbols"),
        (SectionKind.ADAPTIVE_BASIS, lambda _: None, "no ADAPTIVE_BASIS"),
        (SectionKind.HEADER, _header(7, 16 * 9), "damaged"),
        (SectionKind.HEADER, _header(2, 2**38), "more than"),
        (SectionKind.HEADER, _header(2, 2**18), "more than any sensor"),
        (SectionKind.HEADER, _header(10, 1), "no codec that has plans"),
        (SectionKind.CONSTANT_BANDS, lambda _: b"\x02\x00\x00", "constant bands"),
    ],
)
def test_plans_made_to_break_a_reader(data, kind, change, message):
    with pytest.raises(FileFormatError, match=message):
        unpack_plan(rewritten(data, kind, change))


def test_what_comes_later_is_ignored(data):
    more = rewritten(
        data, SectionKind.PLAN, lambda payload: msgpack.packb([*msgpack.unpackb(payload), "later"])
    )
    assert unpack_plan(more).group == 16
