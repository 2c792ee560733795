"""Groups of lines and columns of a large scene."""

import itertools

import pytest

from btcnet_jax.codec.line_groups import rows_of_tiles, side_by_side
from btcnet_jax.container.tile_grid import TileGrid
from btcnet_jax.scene.part import Part


def _part(rows, cols, bands, wanted=None):
    return Part.of((rows, cols, bands), wanted)


def _edges(slices):
    assert all(a.stop == b.start for a, b in itertools.pairwise(slices))
    return [slices[0].start, *(each.stop for each in slices)]


@pytest.mark.parametrize("whole", [0, 1 << 26])
@pytest.mark.parametrize("wanted", [slice(0, 4096), slice(5, 4000), slice(300, 301)])
def test_groups_end_with_rows_of_tiles_and_cover_what_is_wanted(whole, wanted):
    part, tiles = _part(4096, 512, 8, wanted), TileGrid.of(1024, 128, 32)
    edges = _edges(rows_of_tiles(part, tiles, whole))
    assert (edges[0], edges[-1]) == (wanted.start, wanted.stop)
    assert not any(edge % 128 for edge in edges[1:-1])
    # So many rows of tiles as 12,000 blocks hold, or one.
    assert max(b - a for a, b in itertools.pairwise(edges)) <= (256 if whole else 128)


def test_samples_of_many_bands_bound_a_group():
    part, tiles = _part(4096, 512, 1000), TileGrid.of(1024, 128, 32)
    groups = rows_of_tiles(part, tiles, 1 << 26)
    assert len(groups) == 32


def test_groups_are_about_alike():
    part, tiles = _part(900, 512, 8), TileGrid.of(225, 128, 32)
    # Seven rows of tiles, two of which would go together.
    heights = [each.stop - each.start for each in rows_of_tiles(part, tiles, 1 << 26)]
    assert heights == [132, 264, 264, 240]


def test_a_scene_a_little_larger_than_a_whole_one_is_one_group():
    part, tiles = _part(600, 500, 224), TileGrid.of(150, 125, 32)
    assert rows_of_tiles(part, tiles, 1 << 26) == [slice(0, 600)]


def test_columns_of_wide_scenes_come_one_after_another():
    rows = slice(0, 160)
    assert side_by_side(rows, slice(8, 1400)) == [slice(8, 1400)]
    edges = _edges(side_by_side(rows, slice(8, 9000)))
    assert (edges[0], edges[-1]) == (8, 9000)
    widths = [b - a for a, b in itertools.pairwise(edges)]
    assert set(widths[:-1]) == {1200}
    assert 300 <= widths[-1] <= 1500
