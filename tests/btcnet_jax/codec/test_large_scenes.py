"""Scenes that are restored and coded some tiles at a time, as those are that are too large to be held."""

import io

import numpy as np
import pytest

from btcnet_jax.codec import Rate, universal_codec
from btcnet_jax.codec.open_file import OpenFile
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.header import Objective
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import ConfigError
from btcnet_jax.metrics import measure_quality
from btcnet_jax.parts.goal import Effort
from btcnet_jax.parts.samples import read_samples
from btcnet_jax.scene import Scene, SceneSource, gathering
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.part import Part

RATE = Rate(0.4)
SHAPE = (70, 58, 8)


@pytest.fixture(scope="module")
def tiled(plain_weights):
    """Holds scenes whole; of tiles of 16 to 28 samples a side."""
    return universal_codec(plain_weights, tile_side=4)


@pytest.fixture(scope="module")
def small_memory(plain_weights):
    """The same codec, for which every scene is large."""
    return universal_codec(plain_weights, tile_side=4, whole=0)


@pytest.fixture(scope="module")
def scene(make_cube):
    values = make_cube(*SHAPE).astype(np.int16)
    values[..., 3] = 17
    values[10:20, 5:9] = -9999
    values[40, 50, 2] = -9999
    return Scene(
        name="flight", values=values, nodata=-9999, wavelengths=np.linspace(400, 1100, SHAPE[2])
    )


@pytest.fixture(scope="module")
def data(tiled, scene):
    return tiled.compress(scene, RATE)


def alike(one, other):
    """Floats of another shape may round otherwise."""
    difference = np.abs(one.astype(float) - other)
    return one.shape == other.shape and difference.max() <= 1 and (difference > 0).mean() < 0.01


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_large_scene_is_restored_by_rows_of_tiles(tiled, small_memory, data, scene, jobs):
    whole = tiled.decompress(data)
    stream = small_memory.restoration(data, jobs=jobs).stream()
    groups = list(stream.lines)
    assert [len(group) for group in groups] == [20, 20, 20, 10]
    assert alike(np.concatenate(groups), whole.values)
    finished = stream.finished()
    assert finished.mask is None
    assert (finished.name, finished.nodata) == ("flight", -9999)
    assert finished.values.shape == SHAPE
    np.testing.assert_array_equal(finished.wavelengths, scene.wavelengths)
    again = small_memory.decompress(data)
    np.testing.assert_array_equal(again.values, np.concatenate(groups))
    np.testing.assert_array_equal(again.valid(), whole.valid())


@pytest.mark.parametrize("jobs", [1, 3])
def test_several_rows_of_tiles_are_restored_together(plain_weights, tiled, data, scene, jobs):
    # Two rows of tiles of 20 x 58 x 8 samples, not three.
    codec = universal_codec(plain_weights, tile_side=4, whole=2_500)
    groups = list(codec.restoration(data, jobs=jobs).stream().lines)
    assert [len(group) for group in groups] == [40, 30]
    whole = tiled.decompress(data, jobs=jobs).values
    assert alike(np.concatenate(groups), whole)
    np.testing.assert_array_equal(whole, tiled.decompress(data).values)


def test_no_tile_is_decoded_twice(small_memory, data, monkeypatch):
    file, read = read_compressed(data), []
    payload = type(file.tiles).payload
    monkeypatch.setattr(
        type(file.tiles), "payload", lambda self, n: read.append(n) or payload(self, n)
    )
    small_memory.decompress(file)
    assert sorted(read) == list(range(12))


def test_a_part_of_a_large_scene(tiled, small_memory, data):
    part = Part.of(SHAPE, slice(13, 61), slice(7, 50), [5, 1])
    assert alike(
        small_memory.decompress(data, part=part).values, tiled.decompress(data, part=part).values
    )


@pytest.mark.parametrize(
    "corner", [(slice(62, None), slice(None)), (slice(65, None), slice(50, None))]
)
def test_data_in_the_smaller_tiles_at_the_border_alone(small_memory, scene, corner):
    held = np.zeros(SHAPE[:2], bool)
    held[corner] = True
    data = small_memory.compress(Scene(values=scene.values, mask=held), RATE)
    assert len(data) <= RATE.file_bytes(scene.values.size)
    restored = small_memory.decompress(data)
    np.testing.assert_array_equal(restored.mask, held)
    errors = (restored.values.astype(float) - scene.values)[held]
    assert np.sqrt(np.square(errors).mean()) < 0.5 * scene.values[held].std()


@pytest.mark.parametrize("bands", [slice(None), 2])
def test_the_mask_of_a_large_scene(tiled, small_memory, scene, bands):
    # No value tells what is missing: the mask alone does.
    mask = np.ones(SHAPE, bool)
    mask[30:45, 11:30, bands] = False
    masked = Scene(values=np.where(mask, scene.values, 100), mask=mask)
    data = tiled.compress(masked, RATE)
    restored = small_memory.decompress(data)
    np.testing.assert_array_equal(restored.mask, tiled.decompress(data).mask)
    assert restored.mask.ndim == (2 if bands == slice(None) else 3)


def test_progress_of_a_large_scene_never_goes_back(small_memory, data):
    told = []
    small_memory.decompress(data, lambda done, of: told.append(done / of))
    assert told == sorted(told)
    assert told[-1] == 1
    assert len(told) >= 4


def test_an_open_file_gives_lines(small_memory, data):
    file = OpenFile(read_compressed(data))
    file.codec = small_memory
    assert sum(len(group) for group in file.stream().lines) == SHAPE[0]


@pytest.fixture(scope="module")
def by_tiles(small_memory, scene):
    return small_memory.compress(scene, RATE)


def psnr(scene, restored):
    return measure_quality(scene.values, restored.values, valid=scene.valid()).psnr_db


def test_a_large_scene_is_coded_by_tiles(tiled, small_memory, scene, data, by_tiles):
    budget = RATE.file_bytes(scene.values.size)
    assert 0.9 * budget < len(by_tiles) <= budget
    # Any reader takes it, and it is nearly as good as if all had been chosen together.
    restored = tiled.decompress(by_tiles)
    np.testing.assert_array_equal(restored.valid(), scene.valid())
    np.testing.assert_array_equal(restored.values[~scene.valid()], -9999)
    assert (restored.values[..., 3] == tiled.decompress(data).values[..., 3]).all()
    assert psnr(scene, restored) > psnr(scene, tiled.decompress(data)) - 0.6
    np.testing.assert_array_equal(restored.wavelengths, scene.wavelengths)


def test_the_bytes_do_not_depend_on_threads_or_on_where_the_scene_lies(
    small_memory, scene, by_tiles, tmp_path
):
    assert small_memory.compress(scene, RATE, jobs=3) == by_tiles
    file = io.BytesIO()
    small_memory.compress_to(file, SceneSource.of(scene), RATE, folder=tmp_path, jobs=2)
    assert file.getvalue() == by_tiles
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("rate", [0.05, 0.15, 1.0, 3.0])
@pytest.mark.parametrize("effort", [Effort.FULL, Effort.LIGHT])
def test_no_rate_is_exceeded(plain_weights, smooth_cube, rate, effort):
    codec = universal_codec(plain_weights, tile_side=4, whole=0, effort=effort)
    cube = smooth_cube(96, 64, 12)
    data = codec.compress(cube, Rate(rate, or_smallest=True))
    budget = Rate(rate).file_bytes(cube.size)
    assert len(data) <= budget
    assert len(data) > 0.8 * budget


def test_a_rate_that_no_file_is_within(small_memory, scene):
    with pytest.raises(ConfigError, match="smallest file"):
        small_memory.compress(scene, Rate(0.001))
    data = small_memory.compress(scene, Rate(0.001, or_smallest=True))
    assert small_memory.decompress(data).values.shape == SHAPE


@pytest.mark.parametrize("objective", [Objective.RMSE, Objective.SAM])
def test_other_objectives_of_large_scenes(plain_weights, scene, objective):
    codec = universal_codec(plain_weights, tile_side=4, whole=0, objective=objective)
    data = codec.compress(scene, RATE)
    assert len(data) <= RATE.file_bytes(scene.values.size)
    assert SectionKind.DETAIL_GAINS in read_compressed(data).sections
    np.testing.assert_array_equal(codec.decompress(data).valid(), scene.valid())


def test_odd_large_scenes(small_memory):
    for values in (np.full(SHAPE, 7, np.int16), np.full(SHAPE, np.nan, np.float32)):
        data = small_memory.compress(Scene(values=values), Rate(1.0))
        np.testing.assert_array_equal(small_memory.decompress(data).values, values)
    # Tiles without any data, and one pixel of it.
    values = np.full(SHAPE, np.nan, np.float32)
    values[33:36, 5:9] = np.random.default_rng(0).normal(0, 1, (3, 4, 8))
    data = small_memory.compress(Scene(values=values), Rate(2.0))
    restored = small_memory.decompress(data).values
    np.testing.assert_array_equal(np.isnan(restored), np.isnan(values))


def missing_scenes(make_cube):
    cube = make_cube(*SHAPE)
    floats = cube.astype(np.float32)
    floats[3, 4], floats[60:, :, 2], floats[5, :9, 6:] = np.nan, np.inf, -np.inf
    many = cube.astype(np.int32)
    mask = np.ones(SHAPE, bool)
    mask[:, 10:20, ::3] = mask[30, :, 1] = False
    sunk = np.where(np.arange(8) == 5, np.nan, floats)
    return [
        Scene(values=cube),
        Scene(values=floats),
        Scene(values=many, mask=mask),
        Scene(values=np.where(mask, many, -1), nodata=-1),
        Scene(values=sunk),
        Scene(values=np.full(SHAPE, -1, np.int8), nodata=-1),
        Scene(values=cube.astype(">u2"), mask=mask[..., 0], band_mask=np.arange(8) < 4),
    ]


@pytest.mark.parametrize("number", range(7))
def test_facts_are_gathered_as_they_are_found(make_cube, number, monkeypatch):
    monkeypatch.setattr(gathering, "_AT_ONCE", 9 * SHAPE[1] * SHAPE[2])
    scene = missing_scenes(make_cube)[number]
    expected = SceneFacts.of(scene, constant_bands=True)
    facts, mean, _ = gathering.gather_facts(SceneSource.of(scene))
    assert (facts.shape, facts.dtype) == (expected.shape, expected.dtype.newbyteorder("="))
    assert facts.value_range == expected.value_range
    np.testing.assert_array_equal(facts.varying, expected.varying)
    constant = ~facts.varying
    np.testing.assert_array_equal(facts.fill[constant], expected.fill[constant])
    assert (facts.missing is None) == (expected.missing is None)
    if expected.missing is not None:
        np.testing.assert_array_equal(facts.missing.planes, expected.missing.planes)
        np.testing.assert_array_equal(facts.missing.plane_of_band, expected.missing.plane_of_band)
        assert facts.missing.fills.tobytes() == expected.missing.fills.tobytes()
        assert facts.missing.exact == expected.missing.exact
    if facts.varying.any():
        np.testing.assert_allclose(mean, read_samples(scene.values, expected).mean, atol=1e-9)
