"""The detail network on the symbols of a scene of any size, in overlapping tiles, for one view or several.

The network's result changes the restored picture only, never how bytes are read, so the last digits may differ
between machines. It runs in float32 at the highest precision all the same.
"""

import functools
import itertools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float32, Int

from btcnet_jax.coding.context import POSITIONS
from btcnet_jax.models.detail_net import Frame
from btcnet_jax.models.detail_networks import (
    DetailNetwork,
    frame_reach_of,
    network_of,
    reach_of,
    residuals,
)
from btcnet_jax.parts.block_transform import BLOCK_MATRIX
from btcnet_jax.parts.ensembles import require_ensemble, views_of
from btcnet_jax.parts.interface import Blocks
from btcnet_jax.parts.network_tiles import Span, plan
from btcnet_jax.progress import Progress

# Blocks a side of a square tile, beside the overlap: what a network computes on takes some 0.3 GB.
_TILE = 96

_ROW_SIGNS, _COL_SIGNS = (
    (-1.0) ** np.array(axis, np.float32)[:, None, None] for axis in zip(*POSITIONS, strict=True)
)
_TRANSPOSED = np.array([POSITIONS.index((v, u)) for u, v in POSITIONS])

_Planes = Float32[np.ndarray, "k 16 rows cols"]
_Turned = Float32[np.ndarray, "k 16 height width"]


def restore_details(
    params: dict[str, Any],
    symbols: Int[np.ndarray, "components 16 rows cols"],
    *,
    ensemble: int = 1,
    progress: Progress | None = None,
    shown: float = 1.0,
    wanted: Blocks | None = None,
) -> Float32[np.ndarray, "components 16 _ _"]:
    """What to add to the symbols, in their units, for coefficients nearer to those before quantization.

    Args:
        params: of the detail network, float32 (`UniversalWeights.detail`).
        symbols: quantized coefficients, positions by rising frequency; components by falling variance.
        ensemble: 1, 2, 4 or 8 views to average over: half a turn, flips, transposes. Costs as many times.
        progress: called with the tiles done and all tiles.
        shown: times the symbols that the network is shown, which knows them in steps.
        wanted: blocks that residuals are given of; None for all. The others end with the scene, or as far from
            these as the network sees.

    Returns:
        Residuals of what is wanted; zero for components beyond those that the network knows.

    Raises:
        ConfigError: another ensemble.
    """
    require_ensemble(ensemble)
    net = network_of(params)
    known = min(len(symbols), net.components)
    grid = np.zeros((net.components, *symbols.shape[1:]), np.float32)
    np.multiply(symbols[:known], np.float32(shown), out=grid[:known])
    window = Blocks.whole(symbols.shape[2:]) if wanted is None else wanted
    tiles = functools.partial(_restore_tiles, net, jax.device_put(params))
    residual = np.zeros((*symbols.shape[:2], *window.shape), np.float32)
    for index, view in enumerate(views_of(ensemble)):
        report = None if progress is None else _part_of(progress, index, ensemble)
        turned = tiles(_turn(grid, *view), _turned(window, symbols.shape[2:], *view), report)
        residual[:known] += _turn_back(turned, *view)[:known]
    residual[:known] /= np.float32(ensemble * shown)
    return residual


def _turn(grid: _Planes, flip_rows: bool, flip_cols: bool, transpose: bool) -> _Turned:
    """The symbols that the turned scene would have: odd frequencies along a flipped axis change sign."""
    if flip_rows:
        grid = grid[:, :, ::-1] * _ROW_SIGNS
    if flip_cols:
        grid = grid[..., ::-1] * _COL_SIGNS
    if transpose:
        grid = grid.swapaxes(2, 3)[:, _TRANSPOSED]
    return grid


def _turn_back(grid: _Planes, flip_rows: bool, flip_cols: bool, transpose: bool) -> _Turned:
    return _turn(_turn(grid, False, False, transpose), flip_rows, flip_cols, False)


def _turned(
    wanted: Blocks, shape: tuple[int, int], flip_rows: bool, flip_cols: bool, transpose: bool
) -> Blocks:
    """Where in the turned scene what is wanted lies."""
    rows, cols = (
        slice(n - side.stop, n - side.start) if flip else side
        for side, n, flip in zip(wanted, shape, (flip_rows, flip_cols), strict=True)
    )
    return Blocks(cols, rows) if transpose else Blocks(rows, cols)


def _part_of(progress: Progress, index: int, parts: int) -> Progress:
    return lambda done, count: progress(index * count + done, parts * count)


def _restore_tiles(
    net: DetailNetwork,
    params: dict[str, Any],
    grid: _Planes,
    wanted: Blocks,
    progress: Progress | None,
) -> _Turned:
    """The network over overlapping tiles of one shape; equal to the network over all at once."""
    reach = reach_of(net)
    most = (_TILE + 2 * reach) ** 2
    down, across = plan(grid.shape[2:], wanted, reach, frame_reach_of(net), most)
    out = np.empty((*grid.shape[:2], *wanted.shape), np.float32)
    tiles = [*itertools.product(down.spans, across.spans)]
    for index, spans in enumerate(tiles):
        tile, inside = _seen(grid, spans, (down.length, across.length))
        start = np.array([span.frame for span in spans])
        given = _apply(net, (down.frame, across.frame), params, tile, inside, start)
        (top, from_top), (left, from_left) = map(_places, spans, wanted)
        out[:, :, top, left] = np.asarray(given)[:, :, from_top, from_left]
        if progress is not None:
            progress(index + 1, len(tiles))
    return out


def _seen(
    grid: _Planes, spans: tuple[Span, Span], shape: tuple[int, int]
) -> tuple[_Turned, Float32[np.ndarray, "height width 1"]]:
    """What the network sees for a tile, the last symbols repeated beyond the window, and what is within."""
    rows, cols = (slice(each.start, each.start + n) for each, n in zip(spans, shape, strict=True))
    tile = grid[:, :, rows, cols]
    beyond = [(0, n - size) for n, size in zip(shape, tile.shape[2:], strict=True)]
    inside = np.pad(np.ones((*tile.shape[2:], 1), np.float32), (*beyond, (0, 0)))
    if tile.shape[2:] == shape:
        return tile, inside
    return np.pad(tile, ((0, 0), (0, 0), *beyond), mode="edge"), inside


def _places(span: Span, wanted: slice) -> tuple[slice, slice]:
    """Of what a tile gives along an axis: where it goes, and where in its frame it is."""
    start, length = span.wanted.start, span.wanted.stop - span.wanted.start
    there, here = start - wanted.start, start - span.start - span.frame
    return slice(there, there + length), slice(here, here + length)


@functools.partial(jax.jit, static_argnames=("net", "frame"))
def _apply(
    net: DetailNetwork,
    frame: tuple[int, int],
    params: dict[str, Any],
    symbols: Float[Array, "k 16 rows cols"],
    inside: Float[Array, "rows cols 1"],
    start: Int[Array, " 2"],
) -> Float[Array, "k 16 height width"]:
    with jax.default_matmul_precision("highest"):
        matrix = jnp.asarray(BLOCK_MATRIX, jnp.float32)
        grid = symbols.transpose(2, 3, 1, 0)[None]
        found = residuals(net, params, grid, matrix, inside[None], Frame(start, frame))
        return found[0].transpose(3, 2, 0, 1)
