"""The detail network on the symbols of a scene of any size, in overlapping tiles, for one view or several.

The network's result changes the restored picture only, never how bytes are read, so the last digits may differ
between machines. It runs in float32 at the highest precision all the same.
"""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float32, Int

from btcnet_jax.coding.context import POSITIONS
from btcnet_jax.models.detail_networks import DetailNetwork, network_of, reach_of, residuals
from btcnet_jax.parts.block_transform import BLOCK_MATRIX
from btcnet_jax.parts.ensembles import require_ensemble, views_of
from btcnet_jax.progress import Progress

# Blocks a side, beside the overlap: what a network computes on takes some 0.6 GB.
_TILE = 128
# Sides of tiles are rounded up to this, so that few shapes are compiled.
_ROUND = 8

_ROW_SIGNS, _COL_SIGNS = ((-1.0) ** np.array(axis) for axis in zip(*POSITIONS, strict=True))
_TRANSPOSED = np.array([POSITIONS.index((v, u)) for u, v in POSITIONS])

# As the network takes it; of a turned scene.
_Grid = Float32[np.ndarray, "rows cols 16 k"]
_Turned = Float32[np.ndarray, "height width 16 k"]


def restore_details(
    params: dict[str, Any],
    symbols: Int[np.ndarray, "components 16 rows cols"],
    *,
    ensemble: int = 1,
    progress: Progress | None = None,
    shown: float = 1.0,
) -> Float32[np.ndarray, "components 16 rows cols"]:
    """What to add to the symbols, in their units, for coefficients nearer to those before quantization.

    Args:
        params: of the detail network, float32 (`UniversalWeights.detail`).
        symbols: quantized coefficients, positions by rising frequency; components by falling variance.
        ensemble: 1, 2, 4 or 8 views to average over: half a turn, flips, transposes. Costs as many times.
        progress: called with the tiles done and all tiles.
        shown: times the symbols that the network is shown, which knows them in steps.

    Returns:
        Residuals; zero for components beyond those that the network knows.

    Raises:
        ConfigError: another ensemble.
    """
    require_ensemble(ensemble)
    net = network_of(params)
    known = min(len(symbols), net.components)
    grid = np.zeros((*symbols.shape[2:], len(POSITIONS), net.components), np.float32)
    grid[..., :known] = symbols[:known].transpose(2, 3, 1, 0) * np.float32(shown)
    tiles = functools.partial(_restore_tiles, net, jax.device_put(params))
    total = np.zeros_like(grid)
    for index, view in enumerate(views_of(ensemble)):
        report = None if progress is None else _part_of(progress, index, ensemble)
        total += _turn_back(tiles(_turn(grid, *view), report), *view)
    residual = np.zeros(symbols.shape, np.float32)
    scale = np.float32(ensemble * shown)
    residual[:known] = (total / scale)[..., :known].transpose(3, 2, 0, 1)
    return residual


def _turn(grid: _Grid, flip_rows: bool, flip_cols: bool, transpose: bool) -> _Turned:
    """The symbols that the turned scene would have: odd frequencies along a flipped axis change sign."""
    if flip_rows:
        grid = grid[::-1] * _ROW_SIGNS[:, None]
    if flip_cols:
        grid = grid[:, ::-1] * _COL_SIGNS[:, None]
    if transpose:
        grid = grid.swapaxes(0, 1)[:, :, _TRANSPOSED]
    return np.ascontiguousarray(grid, np.float32)


def _turn_back(grid: _Grid, flip_rows: bool, flip_cols: bool, transpose: bool) -> _Turned:
    return _turn(_turn(grid, False, False, transpose), flip_rows, flip_cols, False)


def _part_of(progress: Progress, index: int, parts: int) -> Progress:
    return lambda done, count: progress(index * count + done, parts * count)


def _restore_tiles(
    net: DetailNetwork,
    params: dict[str, Any],
    grid: _Grid,
    progress: Progress | None,
) -> _Grid:
    """The network over overlapping tiles of one shape; equal to the network over all at once."""
    halo = reach_of(net)
    plans = [_plan(length, halo) for length in grid.shape[:2]]
    pads = [
        (lead, tiles * step + lead - length)
        for (tiles, step, lead), length in zip(plans, grid.shape[:2], strict=True)
    ]
    padded = np.pad(grid, (*pads, (0, 0), (0, 0)), mode="edge")
    inside = np.pad(np.ones((*grid.shape[:2], 1), np.float32), (*pads, (0, 0)))
    (down, high, top), (across, wide, left) = plans
    out = np.empty((down * high, across * wide, *grid.shape[2:]), np.float32)
    for index in range(down * across):
        row, col = index // across * high, index % across * wide
        window = np.s_[row : row + high + 2 * top, col : col + wide + 2 * left]
        tile = np.asarray(_apply(net, params, padded[window], inside[window]))
        out[row : row + high, col : col + wide] = tile[top : top + high, left : left + wide]
        if progress is not None:
            progress(index + 1, down * across)
    return out[: grid.shape[0], : grid.shape[1]]


def _plan(length: int, halo: int) -> tuple[int, int, int]:
    """(tiles, blocks that each one gives, overlap at each side) along an axis."""
    if length <= _TILE + 2 * halo:
        return 1, length + -length % _ROUND, 0
    tiles = -(-length // _TILE)
    step = -(-length // tiles)
    return tiles, step + -step % _ROUND, halo


@functools.partial(jax.jit, static_argnames="net")
def _apply(
    net: DetailNetwork,
    params: dict[str, Any],
    symbols: Float[Array, "rows cols 16 k"],
    inside: Float[Array, "rows cols 1"],
) -> Float[Array, "rows cols 16 k"]:
    with jax.default_matmul_precision("highest"):
        matrix = jnp.asarray(BLOCK_MATRIX, jnp.float32)
        return residuals(net, params, symbols[None], matrix, inside[None])[0]
