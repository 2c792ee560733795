"""Which lines and columns of a large scene are restored together."""

import itertools

from btcnet_jax.container.tile_grid import SIDE, TileGrid
from btcnet_jax.scene.part import Part

# Blocks, about as many as the network takes at once: what it sees around them it computes again for the next.
_BLOCKS = 20_000


def rows_of_tiles(part: Part, tiles: TileGrid, whole: int) -> list[slice]:
    """Lines of groups: as many rows of tiles as the network takes at once, in groups that are about alike.

    Args:
        part: of the scene, that is restored.
        tiles: of its file.
        whole: samples of a scene that is restored as a whole; one that is a little larger may be, too.
    """
    rows, high = part.rows, SIDE * tiles.tile_rows
    edges = [rows.start, *range(rows.start // high * high + high, rows.stop, high), rows.stop]
    samples, blocks = high * part.shape[1] * part.shape[2], tiles.tile_rows * _across(part.cols)
    most = max(min(whole * 5 // 4 // samples, _BLOCKS // blocks), 1)
    groups = -(-(len(edges) - 1) // most)
    bounds = [edges[(len(edges) - 1) * n // groups] for n in range(groups + 1)]
    return [slice(*pair) for pair in itertools.pairwise(bounds)]


def side_by_side(rows: slice, cols: slice) -> list[slice]:
    """Columns of a group of lines that are restored one after another."""
    wide = SIDE * max(_BLOCKS // _across(rows), 1)
    edges = [*range(cols.start + wide, cols.stop - wide // 4, wide)]
    return [slice(*pair) for pair in itertools.pairwise([cols.start, *edges, cols.stop])]


def _across(samples: slice) -> int:
    """Blocks."""
    return -(-(samples.stop - samples.start) // SIDE)
