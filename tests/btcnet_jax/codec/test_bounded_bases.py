"""Files of bounded errors with a base: what holds without one holds with it, and none is larger for it."""

import io

import numpy as np
import pytest
from bounded_cases import check_in_a_process, check_random_cases, waves, with_a_base

import btcnet_jax as bt
from btcnet_jax.codec import bounded_codec, open_file
from btcnet_jax.codec.regions import Damage
from btcnet_jax.codec.verification import verify
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.container import Section, write_container
from btcnet_jax.container.header import EntropyModelId, Header
from btcnet_jax.container.limits import latent_cost
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import FileFormatError, ModelMismatchError
from btcnet_jax.scene import Scene


@pytest.fixture
def always():
    """Whatever a base costs, it seems to be worth it."""
    with with_a_base():
        yield


@pytest.fixture
def never(monkeypatch):
    monkeypatch.setattr("btcnet_jax.codec.bound_encoder._SECTION", 10**12)


def _scene(shape=(44, 40, 24)):
    """Of few kinds of spectra, which a base tells in few symbols."""
    row, col, _ = np.indices((*shape[:2], 1))
    kinds = [np.sin(row / 9), np.cos(col / 7), np.sin((row + col) / 5)]
    band = np.arange(shape[2])
    spectra = [300 * np.exp(-(((band - 6 * k) / 7) ** 2)) for k in range(3)]
    values = 900 + sum(kind * spectrum for kind, spectrum in zip(kinds, spectra, strict=True))
    return (values + np.random.default_rng(1).normal(0, 3, shape)).astype("<i2")


def _is_based(data):
    return read_compressed(data).header.entropy_model == EntropyModelId.BASED_ADAPTIVE


def _open(data):
    return open_file(io.BytesIO(data))


def _changed(data, kind, payload, **fields):
    """The file with another payload of a section, or other fields of the header."""
    file = read_compressed(data)
    sections = dict(file.sections) | {kind: payload}
    if fields:
        names = Header.__slots__
        header = {name: getattr(file.header, name) for name in names} | fields
        sections[SectionKind.HEADER] = Header(**header).pack()
    tiles = [
        Section(SectionKind.TILE, bytes([number]) + file.tiles.payload(number))
        for number in range(file.tiles.grid.count)
    ]
    told = [Section(each, held) for each, held in sections.items() if held is not None]
    return write_container([*told, *tiles])


def test_no_bound_is_broken_in_40_random_cases_with_a_base(always):
    kept, based = check_random_cases(400, 40)
    # All but those that span too much for integers of 64 bits, or of which all bands are constant.
    assert based > 0.6 * kept


@pytest.mark.many_cases
def test_no_bound_is_broken_in_4_000_random_cases_with_a_base():
    check_in_a_process(20_000, 4_000, "always")


def test_a_base_is_written_where_it_pays_and_a_small_scene_does_not_pay_for_it(never):
    values, noise = _scene(), np.random.default_rng(0).integers(0, 999, (9, 8, 3), np.int16)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("btcnet_jax.codec.bound_encoder._SECTION", 8)
        based, small = (bt.compress(each, bt.Bound(9)) for each in (values, noise))
    assert _is_based(based)
    assert not _is_based(small)
    assert len(based) < 0.8 * len(bt.compress(values, bt.Bound(9)))
    assert small == bt.compress(noise, bt.Bound(9))


def test_light_effort_seeks_no_base(always):
    values, told = _scene(), []
    codec = bt.load("bounded", effort="light")
    light = codec.compress(values, bt.Bound(9), progress=lambda *parts: told.append(parts))
    assert not _is_based(light)
    assert _is_based(bt.compress(values, bt.Bound(9)))
    assert np.abs(bt.decompress(light).values.astype(int) - values).max() <= 9
    assert told[-1][0] == told[-1][1]
    assert codec.name == "bounded-light"


@pytest.mark.parametrize("dtype", ["<i2", ">u4", "<f4", ">f8"])
def test_each_band_keeps_its_own_bound(always, dtype):
    bounds = np.array([1, 2, 8, 40, 3, 20.5])
    values = waves(dtype)
    data = bt.compress(values, bt.Bound(bounds.tolist()))
    assert _is_based(data)
    errors = np.abs(bt.decompress(data).values.astype(float) - values.astype(float))
    assert (errors.max(axis=(0, 1)) <= bounds).all()


@pytest.mark.parametrize("dtype", ["u1", ">i2", "<u4", "<f2", "<f4"])
def test_a_bound_of_0_keeps_every_bit(always, dtype):
    values = waves(dtype, (9, 11, 4))
    data = bt.compress(values, bt.Bound(0))
    assert _is_based(data)
    assert bt.decompress(data).values.tobytes() == values.tobytes()


def test_codecs_of_another_kind_say_what_reads_the_file(always):
    values = waves("<u2")
    bounded, universal = bt.compress(values, bt.Bound(2)), bt.load().compress(values)
    assert _is_based(bounded)
    with pytest.raises(ModelMismatchError, match=r"kind bounded wrote it: use btcnet_jax"):
        bt.load().decompress(bounded)
    with pytest.raises(ModelMismatchError, match="kind universal wrote it"):
        bounded_codec().decompress(universal)
    assert bt.decompress(bounded).values.shape == bt.decompress(universal).values.shape


def test_relative_bounds_missing_samples_and_constant_bands_are_kept(always):
    values = _scene()
    values[..., 5] = 77
    values[4:9, 3:30] = -99
    values[20:, 7, 3] = -99
    scene = Scene(values=values, nodata=-99, tags={"a": "b"})
    bound = bt.Bound(0.01, relative=True)
    data = bounded_codec(tile_side=4).compress(scene, bound)
    assert _is_based(data)
    found = verify(scene, bt.decompress(data), bound.errors(scene))
    assert (found.broken, found.samples_gone, found.differences) == (False, 0, ())


def test_a_window_reads_no_other_tile_and_a_damaged_one_leaves_the_others(always):
    values = _scene()
    data = bounded_codec(tile_side=3).compress(values, bt.Bound(4))
    whole, file = bt.decompress(data).values, _open(data)
    grid = file.file.tiles.grid
    assert _is_based(data)
    assert grid.count > 6
    np.testing.assert_array_equal(file[9:21, 3:30, 1:4].values, whole[9:21, 3:30, 1:4])
    first, length = file.file.tiles._places[grid.count - 1]
    broken = bytearray(data)
    broken[first + length // 2] ^= 1
    np.testing.assert_array_equal(_open(bytes(broken))[:8, :8].values, whole[:8, :8])
    damage = Damage(-1)
    rest = _open(bytes(broken)).decompress(damage=damage).values
    there = np.ones(values.shape[:2], bool)
    (place,) = damage.places
    there[place] = False
    np.testing.assert_array_equal(rest[there], whole[there])
    assert (rest[~there] == -1).all()


def test_bytes_and_samples_are_the_same_with_any_number_of_threads():
    values, codec = _scene(), bounded_codec(tile_side=3)
    data = codec.compress(values, bt.Bound(9))
    assert _is_based(data)
    assert read_compressed(data).tiles.grid.count > 6
    for jobs in (2, 5):
        assert codec.compress(values, bt.Bound(9), jobs=jobs) == data
        assert (codec.decompress(data, jobs=jobs).values == codec.decompress(data).values).all()


@pytest.mark.parametrize("side", [3, 32])
def test_progress_ends_where_all_is_done(side):
    told = []
    codec = bounded_codec(tile_side=side)
    codec.compress(_scene(), bt.Bound(9), lambda *given: told.append(given))
    done = [part for part, _ in told]
    assert done == sorted(done)
    assert told[-1][0] == told[-1][1] > 0


def test_samples_that_a_base_s_integers_could_not_hold_go_without_one(always):
    chance = np.random.default_rng(0)
    values = chance.integers(0, 2**61, (12, 12, 3), np.int64)
    data = bt.compress(values, bt.Bound(0))
    assert (bt.decompress(data).values == values).all()


@pytest.mark.parametrize(
    ("kind", "payload", "fields", "says"),
    [
        (SectionKind.ADAPTIVE_BASIS, None, {}, "no ADAPTIVE_BASIS"),
        (SectionKind.ADAPTIVE_BASIS, b"\0\0", {}, "damaged"),
        (SectionKind.METADATA, None, {"fingerprint": b"bounded1"}, "no contexts"),
        (SectionKind.METADATA, None, {"entropy_model": 5}, "no contexts|names contexts"),
        (SectionKind.METADATA, None, {"latent_channels": 17}, "latent channels"),
        (SectionKind.METADATA, None, {"latent_channels": 16 * 25}, "latent channels"),
        (SectionKind.METADATA, None, {"latent_channels": 16 * 9}, "damaged"),
    ],
)
def test_sections_that_make_no_base_are_refused(kind, payload, fields, says):
    data = _changed(bt.compress(_scene(), bt.Bound(9)), kind, payload, **fields)
    with pytest.raises(FileFormatError, match=says):
        bt.decompress(data)


def test_a_basis_that_leads_beyond_integers_is_refused():
    data = bt.compress(_scene(), bt.Bound(9))
    basis = read_compressed(data).sections[SectionKind.ADAPTIVE_BASIS]
    for common in (32000, -32000, 250):
        wrong = np.array(common, "<i2").tobytes() + basis[2:]
        with pytest.raises(FileFormatError, match="beyond all numbers"):
            bt.decompress(_changed(data, SectionKind.ADAPTIVE_BASIS, wrong))


def test_symbols_of_a_base_count_among_what_a_file_asks_for():
    file = read_compressed(bt.compress(_scene(), bt.Bound(9)))
    fields = {name: getattr(file.header, name) for name in Header.__slots__}
    given = file.sections, file.tiles.grid
    apart, base = (
        latent_cost(Header(**(fields | {"entropy_model": model})), *given) for model in (5, 3)
    )
    assert latent_cost(file.header, *given) == apart + base


def test_tiles_that_are_altered_are_refused_or_within_the_range():
    values = _scene((12, 12, 8))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("btcnet_jax.codec.bound_encoder._SECTION", -(10**12))
        data = bt.compress(values, bt.Bound(3))
    file = read_compressed(data)
    payload, chance, refused = file.tiles.payload(0), np.random.default_rng(3), 0
    others = [Section(kind, held) for kind, held in file.sections.items()]
    for _ in range(60):
        changed = bytearray(payload)
        changed[chance.integers(len(changed))] = chance.integers(256)
        cut = bytes(changed[: chance.integers(4, len(changed) + 1)])
        try:
            tile = Section(SectionKind.TILE, b"\0" + cut)
            found = bt.decompress(write_container([*others, tile])).values
        except FileFormatError:
            refused += 1
        else:
            assert values.min() <= found.min() <= found.max() <= values.max()
    assert refused > 50
