"""Tiles that are decoded for one window and wanted by a later one further down."""

from typing import TypeVar

from btcnet_jax.container.tile_grid import TileGrid
from btcnet_jax.parts.interface import Blocks

Tile = TypeVar("Tile")


def still_wanted(kept: dict[int, Tile] | None, grid: TileGrid, blocks: Blocks) -> dict[int, Tile]:
    """Tiles that were kept, without those above a window, which are dropped."""
    if kept is None:
        return {}
    for number in [each for each in kept if grid.place(each)[0].stop <= blocks.rows.start]:
        del kept[number]
    return dict(kept)
