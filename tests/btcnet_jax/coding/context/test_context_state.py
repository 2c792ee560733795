"""What a coefficient's contexts are, checked one by one against their description."""

import numpy as np
import pytest

from btcnet_jax.coding.context import POSITIONS, ComponentLevels, ContextState
from btcnet_jax.coding.context.layout import GridLayout
from btcnet_jax.coding.context.regression import CLIP, PatternRegression
from btcnet_jax.coding.context.waves import count_times, waves

ROWS, COLS = 6, 8
LEVELS = ComponentLevels(np.array([9, 4, 1, -2, -3]), np.array([3, 0, -1, -4, -9]))


@pytest.fixture(scope="module")
def symbols():
    return np.random.default_rng(0).integers(-90, 91, (5, 16, ROWS, COLS))


def fill(symbols, last=(4, 15)):
    """A state that knows planes up to one, and the features of every coefficient of that plane."""
    state, at = ContextState(len(symbols), ROWS, COLS, LEVELS), np.arange(ROWS * COLS)
    for component in range(len(symbols)):
        for position in range(16):
            k, p = np.full_like(at, component), np.full_like(at, position)
            # The plane's own symbols become known while it is coded, one after another.
            state.symbols[component, position] = symbols[component, position]
            features = state.features(k, p, at, dc=position == 0)
            if (component, position) == last:
                return state, features
            state.commit(k, p, at, symbols[component, position].ravel(), features[2])


def octaves(magnitude):
    return 16 * np.log2(2 * magnitude + 1)


def test_factors_of_dc_are_neighbors(symbols):
    means = fill(symbols, (2, 0))[1][0].reshape(ROWS, COLS, -1)
    plane = symbols[2, 0]
    inside = [plane[3, 2], plane[2, 3], plane[2, 2], plane[2, 4], plane[3, 1], plane[1, 3]]
    assert means[3, 3, :6].tolist() == inside
    # Outside the plane: the nearest that is known, and zero at the very first.
    assert means[0, 0, :6].tolist() == [0] * 6
    assert means[0, 3, :6].tolist() == [plane[0, 2]] * 4 + [plane[0, 1], plane[0, 2]]
    assert means[3, 0, :6].tolist() == [plane[2, 0]] * 3 + [plane[2, 1], plane[2, 0], plane[1, 0]]


def test_factors_of_ac_are_gradients_and_neighbors(symbols):
    means = fill(symbols, (2, 7))[1][0].reshape(ROWS, COLS, -1)
    dc, own = symbols[2, 0], symbols[2, 7]
    here, east, west, north, south = dc[3, 3], dc[3, 4], dc[3, 2], dc[2, 3], dc[4, 3]
    gradients = [east - west, south - north, east + west - 2 * here, south + north - 2 * here]
    assert means[3, 3, :6].tolist() == [*gradients, own[3, 2], own[2, 3]]
    corner = dc[0, 0]
    assert means[0, 0, :6].tolist() == [dc[0, 1] - corner, dc[1, 0] - corner] * 2 + [0, 0]


def test_scales_of_dc_are_logarithms_of_magnitudes(symbols):
    state, (_, scales, _) = fill(symbols, (4, 0))
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
    found = scales.reshape(ROWS, COLS, -1)[3, 4]
    np.testing.assert_allclose(found[:8], octaves(np.array(expected)), atol=1)
    assert found[11:].tolist() == [8 * -3, 8 * -9, 16]
    assert state.symbols[3, 5, 2, 2] == symbols[3, 5, 2, 2]


@pytest.mark.parametrize("p", [6, 12])
def test_scales_of_ac_are_logarithms_of_magnitudes(symbols, p):
    _, (_, scales, _) = fill(symbols, (4, p))
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
    found = scales.reshape(ROWS, COLS, -1)[row, col]
    np.testing.assert_allclose(found[:8], octaves(np.array(expected)), atol=1)


def test_outside_the_plane_all_magnitudes_are_zero(symbols):
    ones = np.ones_like(symbols)
    for place, count in (((0, 0), 4), ((0, 3), 5), ((5, 7), 4), ((3, 7), 5), ((5, 3), 5)):
        scales = fill(ones, (4, 6))[1][1].reshape(ROWS, COLS, -1)[place]
        # Twice itself and the neighbors that there are.
        np.testing.assert_allclose(scales[5], octaves(count), atol=1)
        np.testing.assert_allclose(scales[7], octaves(15 * count), atol=1)


def test_symbols_to_come_do_not_count(symbols):
    """Written beforehand, as an encoder may do, they change nothing."""
    state, (means, scales, patterns) = fill(symbols, (2, 7))
    at = np.arange(ROWS * COLS)
    state.symbols[2, 8:] = 1000
    state.symbols[3:] = -1000
    # Nor does it matter what else is asked in one call.
    p = np.where(at % 2, 7, 15)
    again = state.features(np.full_like(at, 2), p, at, dc=False)
    for before, after in zip((means, scales, patterns), again, strict=True):
        np.testing.assert_array_equal(before[p == 7], after[p == 7])


def test_cross_term_is_kernel_regression():
    random = np.random.default_rng(2)
    patterns = random.integers(-3 * CLIP, 3 * CLIP, (9, 20)).clip(-CLIP, CLIP)
    targets = random.integers(-2 * CLIP, 2 * CLIP, 9)
    regression, p, at = PatternRegression(12), np.array([3]), np.array([7])
    for target, pattern in zip(targets[:8], patterns[:8], strict=True):
        regression.learn(p, at, np.array([target]), pattern[None])
    cross, energy = regression.expect(p, at, patterns[8:])
    clipped = targets[:8].clip(-CLIP, CLIP)
    numerator = 16 * sum(
        int(t) * int(q @ patterns[8]) for t, q in zip(clipped, patterns[:8], strict=True)
    )
    assert cross[0] == numerator // (int((patterns[:8] ** 2).sum()) + 4)
    assert energy[0] == (clipped**2).sum()
    regression.learn(p, at + 1, np.array([3]), np.eye(20, dtype=np.int64)[:1])
    assert regression.expect(p, at + 1, np.eye(20, dtype=np.int64)[:1])[0] == 16 * 3 // (1 + 4)
    # Other positions and places have learnt nothing.
    for elsewhere in ((np.array([4]), at), (p, np.array([6]))):
        assert regression.expect(*elsewhere, patterns[8:])[0][0] == 0


def test_dc_goes_with_gradients_by_its_difference_to_the_neighbors(symbols):
    """Planes that double the one before are foreseen better than their neighbors alone can tell."""
    slope = np.arange(ROWS)[:, None] ** 2 + 3 * np.arange(COLS)
    doubling = np.zeros_like(symbols)
    doubling[:, 0] = slope * 2 ** np.arange(5)[:, None, None]
    means = fill(doubling, (4, 0))[1][0].reshape(ROWS, COLS, -1)
    w, n, cross = means[3, 3, 0], means[3, 3, 1], means[3, 3, 6]
    difference = 2 * doubling[4, 0, 3, 3] - w - n
    assert abs(cross / 16 - difference) < 0.05 * abs(difference)


@pytest.mark.parametrize("shape", [(3, 5, 7), (1, 1, 1), (2, 1, 6), (2, 6, 1), (26, 2, 2)])
def test_every_coefficient_is_coded_once_after_all_that_it_reads(shape):
    components, rows, cols = shape
    when = np.full((components, 16, rows * cols), -1)
    for number, (time, wave) in enumerate(waves(*shape)):
        assert wave.dc == (wave.p == 0).all() == (wave.p == 0).any()
        assert (when[wave.k, wave.p, wave.at] == -1).all()
        when[wave.k, wave.p, wave.at] = number
        # No two of a wave share sums.
        assert len({*zip(wave.p, wave.at, strict=True)}) == len(wave.at)
        assert len({*zip(wave.k, wave.at, strict=True)}) == len(wave.at)
        assert time < count_times(*shape)
    assert (when >= 0).all()
    assert time == count_times(*shape) - 1
    when = when.reshape(components, 16, rows, cols)
    assert (when[:, 1:] > when[:, :-1]).all()
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1), (2, 1), (2, -1)):
        later = when[:, :, down:, max(right, 0) : cols + min(right, 0)]
        earlier = when[:, :, : rows - down, max(-right, 0) : cols - max(right, 0)]
        assert (later > earlier).all()
    # AC needs DC to the right and below; a component all of the one before, there too.
    for first, then in ((when[:, :1], when[:, 1:]), (when[:-1], when[1:, :1])):
        if first.size and then.size:
            first, then = first.max(axis=1), then.min(axis=1)
            assert (then[:, :, :-1] > first[:, :, 1:]).all()
            assert (then[:, :-1] > first[:, 1:]).all()
            assert (then > first).all()


def test_border_of_a_plane_is_never_read_as_another_place():
    layout = GridLayout(2, 3)
    stored = np.zeros((1, layout.size), np.int64)
    layout.interior(stored)[0] = 1 + np.arange(6).reshape(2, 3)
    near = {name: stored[0][layout.inside + step] for name, step in layout.offset.items()}
    assert near["E"].tolist() == [2, 3, 0, 5, 6, 0]
    assert near["WWW"].tolist() == [0] * 6
    assert near["NWW"].tolist() == [0, 0, 0, 0, 0, 1]
    assert near["S"].tolist() == [4, 5, 6, 0, 0, 0]
    assert near["NNE"].tolist() == [0] * 6
