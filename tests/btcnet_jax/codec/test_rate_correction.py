"""Files of many tiles that are brought to their rate without another pass over all of them."""

import weakref

import numpy as np
import pytest

from btcnet_jax.codec import Rate, tile_encoder, universal_codec
from btcnet_jax.codec.rate_correction import correct_rate
from btcnet_jax.codec.spool import TileSpool
from btcnet_jax.container.container import Section
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.parts.goal import Effort

BESIDE = 700
ORDER = [4, 0, 2, 6, 1, 5, 3, 7]


def tile(size, number=0):
    return Section(SectionKind.TILE, bytes([number]) * size)


class Tiles:
    """Eight tiles whose sizes fall with a power of what a bit is worth; takes down what is coded again."""

    def __init__(self, spool, power=0.23):
        self.sizes = [9000, 12000, 7000, 15000, 11000, 10000, 8000, 28]
        self.asked, self.power, self.spool = [], power, spool
        for number, size in enumerate(self.sizes):
            spool.add(tile(size, number))

    def recode(self, numbers, worth):
        self.asked.append((list(numbers), worth))
        for number in numbers:
            yield number, tile(round(self.sizes[number] * worth**-self.power), 100 + number)

    def correct(self, off):
        """The share of the budget that the file has after; it was off by so much before."""
        budget = (BESIDE + sum(self.sizes)) / off
        self.count = correct_rate(self.spool, BESIDE, budget, ORDER, self.recode)
        return (BESIDE + sum(self.spool.sizes)) / budget


@pytest.fixture
def spool():
    with TileSpool() as spool:
        yield spool


@pytest.mark.parametrize("off", [0.975, 0.985, 1.002, 1.02, 1.045])
@pytest.mark.parametrize("power", [0.12, 0.23, 0.4])
def test_a_file_a_little_off_is_within_its_budget_and_uses_it(spool, off, power):
    tiles = Tiles(spool, power)
    assert 0.99 <= tiles.correct(off) <= 1
    again = [number for numbers, _ in tiles.asked for number in numbers]
    assert tiles.count <= len(again) == len(set(again))
    assert (tiles.asked[0][1] > 1) == (off > 1)


def test_few_tiles_give_a_few_bytes_in_the_order_that_is_asked_for(spool):
    tiles = Tiles(spool)
    tiles.correct(1.005)
    ((numbers, worth),) = tiles.asked
    assert numbers == [4]
    assert 1 < worth < 1.6
    # All others are as they were, each in its place.
    kept = [section.payload[0] for section in spool.tiles()]
    assert kept == [0, 1, 2, 3, 104, 5, 6, 7]
    assert [len(section.payload) for section in spool.tiles()] == spool.sizes


@pytest.mark.parametrize("off", [0.991, 0.9999, 1.0, 1.08, 0.95])
def test_what_is_near_enough_or_too_far_stays(spool, off):
    tiles = Tiles(spool)
    assert tiles.correct(off) == pytest.approx(off)
    assert not tiles.asked
    assert not tiles.count


def test_it_ends_where_nothing_helps(spool):
    tiles = Tiles(spool, power=0.0)
    assert tiles.correct(1.03) == pytest.approx(1.03)
    assert 1 <= len(tiles.asked) <= 3
    assert tiles.count <= 8


@pytest.fixture(scope="module", params=[Effort.FULL, Effort.LIGHT])
def codec(plain_weights, request):
    return universal_codec(plain_weights, tile_side=4, whole=0, effort=request.param)


def test_a_rate_is_met_by_few_tiles_whatever_the_threads(codec, smooth_cube, monkeypatch):
    corrected = []

    def spy(*given):
        corrected.append(correct_rate(*given))
        return corrected[-1]

    monkeypatch.setattr(tile_encoder, "correct_rate", spy)
    cube = smooth_cube(128, 96, 12)
    for rate in (0.8, 1.4, 2.0):
        told, budget = [], Rate(rate).file_bytes(cube.size)
        data = codec.compress(cube, Rate(rate), lambda *each, told=told: told.append(each))
        assert [done for done, _ in told] == sorted(done for done, _ in told)
        assert told[-1][0] == told[-1][1]
        assert 0.985 * budget <= len(data) <= budget
        assert codec.compress(cube, Rate(rate), jobs=3) == data
    assert any(corrected)
    assert max(corrected) < 48


def test_symbols_of_the_sample_are_not_chosen_twice(codec, smooth_cube, monkeypatch):
    chosen, code = [], tile_encoder.code_tile

    def spy(*given):
        chosen.append(given[-1] is not None)
        return code(*given)

    monkeypatch.setattr(tile_encoder, "code_tile", spy)
    cube, target = smooth_cube(96, 64, 12), Rate(1.0)
    data = codec.compress(cube, target)
    assert sum(chosen[:24]) >= 4
    monkeypatch.setattr(
        tile_encoder._Front, "at", lambda self, step: self._replace(step=step, known={})
    )
    plain = codec.compress(cube, target)
    restored = [codec.decompress(each).values.astype(float) for each in (data, plain)]
    errors = [np.square(each - cube).mean() for each in restored]
    assert errors[0] == pytest.approx(errors[1], rel=0.05)


def test_the_sample_is_let_go_before_the_tiles_are_coded(codec, smooth_cube, monkeypatch):
    samples, alive, code = [], [], tile_encoder.code_tile
    mosaic = tile_encoder.TileSamples.mosaic

    def take(self, *given):
        found = mosaic(self, *given)
        samples.append(weakref.ref(found))
        return found

    def spy(*given):
        alive.extend(each() is not None for each in samples)
        return code(*given)

    monkeypatch.setattr(tile_encoder.TileSamples, "mosaic", take)
    monkeypatch.setattr(tile_encoder, "code_tile", spy)
    codec.compress(smooth_cube(64, 48, 8), Rate(1.0))
    assert alive
    assert not any(alive)
