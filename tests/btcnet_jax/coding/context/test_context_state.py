"""What a coefficient's contexts are, checked one by one against their description."""

import numpy as np
import pytest

from btcnet_jax.coding.context import POSITIONS, ComponentLevels, features_of
from btcnet_jax.coding.context.kernel.arrays import CLIP
from btcnet_jax.coding.context.layout import NEIGHBORS, GridLayout

ROWS, COLS = 6, 8
LEVELS = ComponentLevels(np.array([9, 4, 1, -2, -3]), np.array([3, 0, -1, -4, -9]))


@pytest.fixture(scope="module")
def symbols():
    return np.random.default_rng(0).integers(-90, 91, (5, 16, ROWS, COLS))


def features(symbols, component, position):
    """Factors and logarithms of every coefficient of a plane."""
    means, scales = features_of(symbols, LEVELS)
    return means[component, position], scales[component, position]


def octaves(magnitude):
    return 16 * np.log2(2 * magnitude + 1)


def test_factors_of_dc_are_neighbors(symbols):
    means = features(symbols, 2, 0)[0]
    plane = symbols[2, 0]
    inside = [plane[3, 2], plane[2, 3], plane[2, 2], plane[2, 4], plane[3, 1], plane[1, 3]]
    assert means[3, 3, :6].tolist() == inside
    # Outside the plane: the nearest that is known, and zero at the very first.
    assert means[0, 0, :6].tolist() == [0] * 6
    assert means[0, 3, :6].tolist() == [plane[0, 2]] * 4 + [plane[0, 1], plane[0, 2]]
    assert means[3, 0, :6].tolist() == [plane[2, 0]] * 3 + [plane[2, 1], plane[2, 0], plane[1, 0]]


def test_factors_of_ac_are_gradients_and_neighbors(symbols):
    means = features(symbols, 2, 7)[0]
    dc, own = symbols[2, 0], symbols[2, 7]
    here, east, west, north, south = dc[3, 3], dc[3, 4], dc[3, 2], dc[2, 3], dc[4, 3]
    gradients = [east - west, south - north, east + west - 2 * here, south + north - 2 * here]
    assert means[3, 3, :6].tolist() == [*gradients, own[3, 2], own[2, 3]]
    corner = dc[0, 0]
    assert means[0, 0, :6].tolist() == [dc[0, 1] - corner, dc[1, 0] - corner] * 2 + [0, 0]


def test_scales_of_dc_are_logarithms_of_magnitudes(symbols):
    _, scales = features(symbols, 4, 0)
    z = np.abs(symbols[3, 1:]).sum(axis=0)
    dc = symbols[:, 0]
    before = [abs(dc[k, 3, 5] - dc[k, 3, 3]) + abs(dc[k, 4, 4] - dc[k, 2, 4]) for k in (3, 2, 1)]
    own = dc[4]
    w, n, nw, ne, ww, nn, nnw = (
        own[3 - down, 4 - right]
        for down, right in ((0, 1), (1, 0), (1, 1), (1, -1), (0, 2), (2, 0), (2, 1))
    )
    expected = [
        abs(w - ww) + abs(n - nn),
        abs(w - ww) + abs(n - nw) + abs(ne - n) + abs(nn - nnw),
        abs(w - nw) + abs(n - nw) + abs(n - ne),
        0,
        0,
        before[0],
        before[1] + before[2],
        2 * z[3, 4] + z[3, 3] + z[3, 5] + z[2, 4] + z[4, 4],
    ]
    found = scales[3, 4]
    np.testing.assert_allclose(found[:8], octaves(np.array(expected)), atol=1)
    assert found[11:].tolist() == [8 * -3, 8 * -9, 16]


@pytest.mark.parametrize("p", [6, 12])
def test_scales_of_ac_are_logarithms_of_magnitudes(symbols, p):
    _, scales = features(symbols, 4, p)
    z, dc = np.abs(symbols), symbols[4, 0]
    own, row, col = z[4, p], 3, 4
    close = 2 * own[3, 3] + 2 * own[2, 4] + own[2, 3] + own[2, 5]
    far = own[3, 2] + own[1, 4] + own[1, 3] + own[1, 5] + own[2, 2] + own[3, 1]
    around = [
        2 * q[3, 4] + q[3, 3] + q[3, 5] + q[2, 4] + q[4, 4] for q in (z[3, p], z[2, p], z[1, p])
    ]
    u, v = POSITIONS[p]
    lower = {(u - 1, v), (u, v - 1), (u - 1, v - 1), (u - 2, v), (u, v - 2)} - {(0, 0)}
    block = z[3, 1:].sum(axis=0)
    expected = [
        close,
        close + far,
        abs(dc[3, 5] - dc[3, 3]) + abs(dc[4, 4] - dc[2, 4]),
        z[4, 1:p, row, col].sum(),
        sum(z[4, POSITIONS.index(f), row, col] for f in lower if f in POSITIONS),
        around[0],
        around[1] + around[2],
        2 * block[3, 4] + block[3, 3] + block[3, 5] + block[2, 4] + block[4, 4],
    ]
    found = scales[row, col]
    np.testing.assert_allclose(found[:8], octaves(np.array(expected)), atol=1)


def test_outside_the_plane_all_magnitudes_are_zero(symbols):
    ones = np.ones_like(symbols)
    for place, count in (((0, 0), 4), ((0, 3), 5), ((5, 7), 4), ((3, 7), 5), ((5, 3), 5)):
        scales = features(ones, 4, 6)[1][place]
        # Twice itself and the neighbors that there are.
        np.testing.assert_allclose(scales[5], octaves(count), atol=1)
        np.testing.assert_allclose(scales[7], octaves(15 * count), atol=1)


def test_symbols_to_come_do_not_count(symbols):
    """Written beforehand, as an encoder does, they change nothing."""
    known = features(symbols, 2, 7)
    other = symbols.copy()
    other[2, 8:] = 1000
    other[3:] = -1000
    # Of the plane itself all that is coded after the last place of the diagonal 9.
    row, col = np.mgrid[:ROWS, :COLS]
    other[2, 7, 2 * row + col > 9] = 500
    again = features(other, 2, 7)
    for before, after in zip(known, again, strict=True):
        np.testing.assert_array_equal(before[2 * row + col <= 9], after[2 * row + col <= 9])


def test_cross_term_is_kernel_regression():
    """Of the first AC position of a single place, whose patterns are zero but for DC's gradients."""
    random = np.random.default_rng(2)
    symbols = random.integers(-3 * CLIP, 3 * CLIP, (5, 16, 2, 2))
    dc = symbols[:, 0]
    east, south = dc[:, 0, 1] - dc[:, 0, 0], dc[:, 1, 0] - dc[:, 0, 0]
    # The first place: outside the grid stands the place itself, and W and N are zero.
    patterns = np.stack([east, south, east, south], axis=1).clip(-CLIP, CLIP)
    targets = symbols[:, 1, 0, 0].clip(-CLIP, CLIP)
    numerator = 16 * int((targets[:4] * (patterns[:4] @ patterns[4])).sum())
    means, scales = features(symbols, 4, 1)
    assert means[0, 0, 6] == numerator // (int((patterns[:4] ** 2).sum()) + 4)
    assert scales[0, 0, 8] == pytest.approx(octaves(int((targets[:4] ** 2).sum())), abs=1)
    # Nothing is known of a first component.
    assert not features(symbols, 0, 1)[0][..., 6].any()


def test_cross_term_of_many_large_components_is_exact():
    """Sums of their products are beyond 32 bits, of either sign."""
    components = 140
    symbols = np.full((components, 16, 2, 2), CLIP)
    symbols[:, 0, 0, 0], symbols[:, 1] = -CLIP, -CLIP
    levels = ComponentLevels(np.full(components, 5), np.full(components, 5))
    crosses = features_of(symbols, levels)[0][-1, :3, 0, 0, 6]
    # Targets and patterns are all of one size: gradients, and of the third position the one before it.
    size = (components - 1) * CLIP**2
    for p, patterns, sign in ((1, 4, -1), (2, 5, 1)):
        energy = patterns * size
        assert crosses[p] == sign * 16 * energy * CLIP // (energy + 4)


def test_dc_goes_with_gradients_by_its_difference_to_the_neighbors(symbols):
    """Planes that double the one before are foreseen better than their neighbors alone can tell."""
    slope = np.arange(ROWS)[:, None] ** 2 + 3 * np.arange(COLS)
    doubling = np.zeros_like(symbols)
    doubling[:, 0] = slope * 2 ** np.arange(5)[:, None, None]
    means = features(doubling, 4, 0)[0]
    w, n, cross = means[3, 3, 0], means[3, 3, 1], means[3, 3, 6]
    difference = 2 * doubling[4, 0, 3, 3] - w - n
    assert abs(cross / 16 - difference) < 0.05 * abs(difference)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 3), (5, 2), (6, 8), (3, 12)])
def test_neighbors_are_a_distance_away_all_along_a_diagonal(shape):
    rows, cols = shape
    layout, grid = GridLayout(rows, cols), 1 + np.arange(rows * cols).reshape(rows, cols)
    stored, padded = np.zeros(layout.size, int), np.pad(grid, 3)
    stored[layout.inside] = grid.ravel()
    seen = 0
    for d in range(layout.diagonals):
        for row in range(layout.first[d], layout.end[d]):
            index, col = layout.starts[d] + row, d - 2 * row
            assert stored[index] == grid[row, col]
            seen += 1
            for offset, (down, right) in zip(layout.offsets[d], NEIGHBORS.values(), strict=True):
                # Outside the plane there are zeros, never another place.
                assert stored[index + offset] == padded[3 + row + down, 3 + col + right]
            for offset, (down, right) in zip(layout.opposite[d], NEIGHBORS.values(), strict=True):
                # Likewise the places whose neighbor it is: marks beside the plane fall on none.
                assert stored[index + offset] == padded[3 + row - down, 3 + col - right]
    assert seen == rows * cols
