"""Which lines and columns of a large scene are restored together."""

import itertools

from btcnet_jax.container.tile_grid import SIDE, TileGrid
from btcnet_jax.scene.part import Part

# Blocks of a scene that is one group, about as many as the network takes at once.
_ALL = 20_000
# Blocks of a group among others: what the network sees around them it computes again for the next one, but the
# next one's symbols and the last one's samples are in memory beside them.
_SOME = 12_000


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
    count, most = len(edges) - 1, min(whole * 5 // 4 // samples, _ALL // blocks)
    if count > most:
        most = max(min(whole // samples, _SOME // blocks), 1)
    groups = -(-count // most)
    bounds = [edges[count * n // groups] for n in range(groups + 1)]
    return [slice(*pair) for pair in itertools.pairwise(bounds)]


def side_by_side(rows: slice, cols: slice) -> list[slice]:
    """Columns of a group of lines that are restored one after another."""
    wide = SIDE * max(_SOME // _across(rows), 1)
    edges = [*range(cols.start + wide, cols.stop - wide // 4, wide)]
    return [slice(*pair) for pair in itertools.pairwise([cols.start, *edges, cols.stop])]


def _across(samples: slice) -> int:
    """Blocks."""
    return -(-(samples.stop - samples.start) // SIDE)
