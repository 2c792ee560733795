"""Large scenes within bounds: of one tile in two lanes, and without a base only as far as it takes to tell."""

import io

import numpy as np
import pytest
from bounded_cases import check_random_cases, waves, with_a_base

import btcnet_jax as bt
from btcnet_jax.codec import bound_encoder, bounded_codec, open_file
from btcnet_jax.codec.verification import verify
from btcnet_jax.coding.bounded.bands import BandCoding
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.container import Section, write_container
from btcnet_jax.container.header import EntropyModelId
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.cost import Stage, Tally
from btcnet_jax.errors import FileFormatError
from btcnet_jax.scene import Scene


@pytest.fixture(autouse=True)
def large(monkeypatch):
    """Scenes of any size are coded as large ones."""
    monkeypatch.setattr(bound_encoder, "_LARGE", 0)


@pytest.fixture
def always():
    with with_a_base():
        yield


@pytest.fixture
def never(monkeypatch):
    monkeypatch.setattr(bound_encoder, "_SECTION", 10**12)


def _scene(shape=(44, 40, 24)):
    """Of few kinds of spectra, which a base tells in few symbols."""
    row, col, _ = np.indices((*shape[:2], 1))
    kinds = [np.sin(row / 9), np.cos(col / 7), np.sin((row + col) / 5)]
    band = np.arange(shape[2])
    spectra = [300 * np.exp(-(((band - 6 * k) / 7) ** 2)) for k in range(3)]
    values = 900 + sum(kind * spectrum for kind, spectrum in zip(kinds, spectra, strict=True))
    return (values + np.random.default_rng(1).normal(0, 3, shape)).astype("<i2")


def _model(data):
    return EntropyModelId(read_compressed(data).header.entropy_model)


def test_no_bound_is_broken_in_40_random_cases_in_lanes(always):
    kept, based = check_random_cases(400, 40)
    assert based > 0.6 * kept


@pytest.mark.parametrize("bound", [0, 9])
def test_bytes_and_samples_of_lanes_are_the_same_with_any_number_of_threads(bound):
    values, codec = _scene(), bounded_codec()
    data = codec.compress(values, bt.Bound(bound))
    assert _model(data) == EntropyModelId.BASED_LANES
    restored = codec.decompress(data).values
    assert np.abs(restored.astype(int) - values).max() <= bound
    for jobs in (2, 5):
        assert codec.compress(values, bt.Bound(bound), jobs=jobs) == data
        assert (codec.decompress(data, jobs=jobs).values == restored).all()


@pytest.mark.parametrize("shape", [(1, 40, 6), (40, 1, 6), (3, 5, 2), (9, 7, 3), (30, 4, 1)])
def test_lanes_of_few_lines_columns_or_bands_are_kept(always, shape):
    values = waves("<i2", shape)
    data = bounded_codec().compress(values, bt.Bound(1), jobs=2)
    assert _model(data) == EntropyModelId.BASED_LANES
    for jobs in (1, 2):
        found = bounded_codec().decompress(data, jobs=jobs).values.astype(int)
        assert np.abs(found - values).max() <= 1


def test_a_scene_of_several_tiles_has_no_lanes():
    data = bounded_codec(tile_side=3).compress(_scene(), bt.Bound(9))
    assert _model(data) == EntropyModelId.BASED_ADAPTIVE


def test_relative_bounds_missing_samples_and_constant_bands_are_kept_in_lanes(always):
    values = _scene()
    values[..., 5] = 77
    values[4:9, 3:30] = -99
    values[20:, 7, 3] = -99
    scene = Scene(values=values, nodata=-99, tags={"a": "b"})
    bound = bt.Bound(0.01, relative=True)
    data = bounded_codec().compress(scene, bound, jobs=2)
    assert _model(data) == EntropyModelId.BASED_LANES
    found = verify(scene, bounded_codec().decompress(data, jobs=2), bound.errors(scene))
    assert (found.broken, found.samples_gone, found.differences) == (False, 0, ())


def test_a_window_of_lanes_is_what_the_whole_scene_has_there():
    data = bt.compress(_scene(), bt.Bound(4))
    whole = bt.decompress(data).values
    part = open_file(io.BytesIO(data))[9:21, 3:30, 1:4].values
    np.testing.assert_array_equal(part, whole[9:21, 3:30, 1:4])


def test_lanes_that_are_altered_are_refused_or_within_the_range_by_two_threads_too(always):
    values, codec = _scene((12, 12, 8)), bounded_codec()
    file = read_compressed(bt.compress(values, bt.Bound(3)))
    payload, chance, refused = file.tiles.payload(0), np.random.default_rng(3), 0
    others = [Section(kind, held) for kind, held in file.sections.items()]
    for case in range(60):
        changed = bytearray(payload)
        changed[chance.integers(len(changed))] = chance.integers(256)
        cut = bytes(changed[: chance.integers(4, len(changed) + 1)])
        tile = write_container([*others, Section(SectionKind.TILE, b"\0" + cut)])
        try:
            found = codec.decompress(tile, jobs=1 + case % 2).values
        except FileFormatError:
            refused += 1
        else:
            assert values.min() <= found.min() <= found.max() <= values.max()
    assert refused > 50


@pytest.mark.parametrize("jobs", [1, 2])
def test_progress_of_lanes_only_rises_and_ends_where_all_is_done(jobs):
    told = []
    bounded_codec().compress(_scene(), bt.Bound(9), lambda *given: told.append(given), jobs=jobs)
    done = [part for part, _ in told]
    assert done == sorted(done)
    assert told[-1][0] == told[-1][1] > 0


@pytest.mark.parametrize("side", [3, 32])
def test_what_was_begun_without_a_base_goes_on_to_the_file_of_a_small_scene(
    never, monkeypatch, side
):
    codec = bounded_codec(tile_side=side)
    begun = codec.compress(_scene(), bt.Bound(9))
    assert _model(begun) == EntropyModelId.ADAPTIVE
    monkeypatch.setattr(bound_encoder, "_LARGE", 10**12)
    assert codec.compress(_scene(), bt.Bound(9)) == begun


def test_without_a_base_a_third_of_a_tile_is_coded_where_it_tells_enough(monkeypatch):
    coded, code = [], BandCoding.code

    def count(self, upto=None, *given):
        code(self, upto, *given)
        coded.append(int(np.count_nonzero(self.sizes)))

    monkeypatch.setattr(BandCoding, "code", count)
    based = bt.compress(_scene(), bt.Bound(9))
    assert _model(based) == EntropyModelId.BASED_LANES
    assert coded == [8, 24]
    coded.clear()
    monkeypatch.setattr(bound_encoder, "_LARGE", 10**12)
    bt.compress(_scene(), bt.Bound(9))
    assert coded == [24, 24]


def test_a_scene_above_the_whole_limit_has_a_base_and_comes_back_row_of_tiles_by_row_of_tiles():
    values = _scene((64, 40, 24))
    codec, whole = bounded_codec(tile_side=3, whole=1), bounded_codec(tile_side=3)
    data = codec.compress(values, bt.Bound(9))
    assert _model(data) == EntropyModelId.BASED_ADAPTIVE
    assert data == whole.compress(values, bt.Bound(9))
    lines = list(codec.restoration(data, jobs=2).stream().lines)
    grid = read_compressed(data).tiles.grid
    assert len(lines) == len(values) // (4 * grid.tile_rows) > 2
    found = np.concatenate(lines)
    np.testing.assert_array_equal(found, whole.decompress(data).values)
    assert np.abs(found.astype(int) - values).max() <= 9


def test_what_a_base_takes_is_counted_and_of_a_file_without_one_only_among_all(never, monkeypatch):
    plain, based, codec = Tally(), Tally(), bounded_codec()
    codec.compress(_scene(), bt.Bound(9), tally=plain)
    monkeypatch.setattr(bound_encoder, "_SECTION", 8)
    codec.compress(_scene(), bt.Bound(9), tally=based)
    assert plain.once[Stage.EIGENVECTORS] == plain.once[Stage.MATRIX] == 0
    assert based.once[Stage.EIGENVECTORS] == plain.total[Stage.EIGENVECTORS] > 0
    assert {stage for stage, count in based.once.items() if count} == set(Stage)
    # Without a base a third of the bands where that told enough, all of them where it was written.
    coded = plain.once[Stage.CODING]
    assert based.total[Stage.CODING] - based.once[Stage.CODING] == pytest.approx(coded / 3)
    symbols = based.once[Stage.CODING] - coded
    assert plain.total[Stage.CODING] == pytest.approx(2 * coded + symbols)
    assert symbols > 0
