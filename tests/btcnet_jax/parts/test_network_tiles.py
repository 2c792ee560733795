"""Tiles that a network computes on: all that is wanted, once, with what it sees around it."""

import itertools

import numpy as np
import pytest

from btcnet_jax.models.detail_networks import reach_of
from btcnet_jax.models.pixel_net import PixelNet, init_pixel_params
from btcnet_jax.parts import detail_tiles
from btcnet_jax.parts.detail_tiles import restore_details
from btcnet_jax.parts.interface import Blocks
from btcnet_jax.parts.network_tiles import plan

NET = PixelNet(components=2, front_width=4, front_blocks=1, width=4, blocks=1)
REACH = reach_of(NET)


def _cases():
    for length in (1, 8, 50, 333):
        yield length, slice(0, length)
    # Wanted at the top, within and at the bottom of a window that ends there or a reach away.
    yield 50, slice(0, 37)
    yield 50, slice(13, 37)
    yield 50, slice(13, 50)


@pytest.mark.parametrize(("rows", "cols"), [*itertools.product(_cases(), _cases())])
def test_tiles_hold_what_is_wanted_and_what_lies_around_it(rows, cols):
    most, reach, frame = 60 * 60, 13, 4
    shape, wanted = zip(rows, cols, strict=True)
    axes = plan(shape, wanted, reach, frame, most)
    assert axes[0].length * axes[1].length <= most
    for axis, length, asked in zip(axes, shape, wanted, strict=True):
        given = [row for span in axis.spans for row in range(span.wanted.start, span.wanted.stop)]
        assert given == [*range(asked.start, asked.stop)]
        for span in axis.spans:
            first, last = span.wanted.start, span.wanted.stop
            assert span.start <= max(first - reach, 0)
            assert span.start + axis.length >= min(last + reach, length)
            framed = span.start + span.frame
            assert framed <= max(first - frame, 0)
            assert framed + axis.frame >= min(last + frame, length)
            assert 0 <= span.frame <= axis.length - axis.frame


def test_of_a_window_no_more_is_computed_than_is_wanted():
    (rows, cols) = plan((102, 125), (slice(13, 89), slice(0, 125)), 13, 4, 154**2)
    assert (len(rows.spans), rows.length, rows.frame) == (1, 104, 88)
    assert (len(cols.spans), cols.length, cols.frame) == (1, 128, 128)


@pytest.mark.parametrize("ensemble", [1, 2, 8])
@pytest.mark.parametrize("tile", [128, 5])
def test_a_part_is_restored_as_in_the_whole(ensemble, tile, monkeypatch):
    monkeypatch.setattr(detail_tiles, "_TILE", tile)
    random = np.random.default_rng(0)
    params = init_pixel_params(NET, 0)
    kernel = params["output"]["kernel"]
    params["output"]["kernel"] = random.normal(0, 0.1, kernel.shape).astype(np.float32)
    symbols = random.integers(-9, 9, (3, 16, 3 * REACH, 2 * REACH + 3))
    whole = restore_details(params, symbols, ensemble=ensemble)
    rows, cols = slice(REACH + 1, 2 * REACH - 2), slice(0, REACH)
    window = np.s_[:, :, 1 : 3 * REACH - 2, : 2 * REACH]
    wanted = Blocks(slice(rows.start - 1, rows.stop - 1), cols)
    part = restore_details(params, symbols[window], ensemble=ensemble, wanted=wanted)
    assert np.abs(whole).max() > 0.1
    np.testing.assert_allclose(part, whole[:, :, rows, cols], atol=1e-5)
