"""Codes lines of a band: predicts, quantizes, codes and learns, line by line, in both directions."""

from btcnet_jax.coding.bounded.arrays import (
    COUNT,
    LEAST_SAMPLES,
    PAD,
    RING,
    SERIAL,
    SIGNED,
    Band,
    Ints,
    State,
)
from btcnet_jax.coding.bounded.regression import forget, inherit, solve
from btcnet_jax.coding.bounded.sums import gather, learn
from btcnet_jax.coding.bounded.symbols import code_error, look_around, sign
from btcnet_jax.coding.context.kernel.arrays import DAMAGED, Stream
from btcnet_jax.coding.context.kernel.compiling import entry, inner, shared
from btcnet_jax.coding.context.kernel.range_coding import seal

_WEIGHT = 20
_HALF_WEIGHT = 1 << (_WEIGHT - 1)
_MOST_SUM = 1 << 40
_MOST_ERROR = 1 << 40
_MOST_NOISE = 1 << 20


@entry
def code_lines(
    state: State,
    stream: Stream,
    band: Band,
    values: Ints,
    missing: Ints,
    last: bool,
    decoding: bool,
    lines: tuple[int, int],
) -> bool:
    """Codes lines of one band of a tile, behind those above. Gives whether the stream is whole.

    Args:
        values: codes of the band's samples, 0 to `band.most`; become the restored ones.
        missing: 1 where a sample is not coded.
        last: whether no band follows in the stream, which is sealed behind the band's last line.
        lines: the first, and behind the last.
    """
    rows, cols = values.shape
    plane, errors = state.planes[band.number % RING], state.signed[band.number % SIGNED]
    noise = min((2 * band.bound + 1) >> band.shift, _MOST_NOISE) + 1
    noise = noise * noise // 12 + 1
    if lines[0] == 0:
        _begin(state, plane, errors, band.number, noise)
    every = -(-LEAST_SAMPLES // cols)
    for row in range(lines[0], lines[1]):
        gather(state, band.number, row)
        look_around(state.signed, band.number, row + PAD, state.around)
        _code_line(state, stream, band, values[row], missing[row], row + PAD, decoding)
        if stream.counts[DAMAGED]:
            return False
        learn(state.line, state.products)
        if (row + 1) % every == 0:
            solve(state.products, state.solving, state.weights, noise)
            forget(state.products)
    if lines[1] == rows:
        _repeat_last(plane)
        _repeat_last(errors)
        if last:
            seal(stream, decoding)
    return not stream.counts[DAMAGED]


@shared
def _begin(state: State, plane: Ints, errors: Ints, number: int, noise: int) -> None:
    """A band of which nothing is known yet, with what is left of those before."""
    _clear(plane)
    _clear(errors)
    if number:
        inherit(state.products)
        solve(state.products, state.solving, state.weights, noise)
    else:
        state.weights[0] = state.weights[SERIAL] = _HALF_WEIGHT


@shared
def _clear(plane: Ints) -> None:
    for row in range(plane.shape[0]):
        for col in range(plane.shape[1]):
            plane[row, col] = 0


@shared
def _repeat_last(plane: Ints) -> None:
    """Fills the lines below a band with its last."""
    rows, cols = plane.shape
    for row in range(rows - PAD, rows):
        for col in range(cols):
            plane[row, col] = plane[row - 1, col]


@shared
def _code_line(
    state: State, stream: Stream, band: Band, values: Ints, missing: Ints, row: int, decoding: bool
) -> None:
    """Codes a line; row counts the lines above the band."""
    here = state.planes[band.number % RING, row]
    wrong = state.signed[band.number % SIGNED, row]
    above = state.signed[band.number % SIGNED, row - 1]
    if row > PAD:
        for pad in range(PAD):
            here[pad], wrong[pad] = state.planes[band.number % RING, row - 1, PAD], above[PAD]
    next_but_one, next_to, target = state.line[1], state.line[0], state.line[COUNT]
    sums, around, odds = state.sums, state.around, state.odds
    first, second = state.weights[0], state.weights[1]
    beside, before = int(here[PAD - 1]), int(here[PAD - 2])
    cols, width = len(values), 2 * band.bound + 1
    near = 4 if band.number else 6
    far = 2 if band.number else 0
    west, west_but_one = wrong[PAD - 1], wrong[PAD - 2]
    for col in range(cols):
        at = col + PAD
        next_to[col], next_but_one[col] = beside, before
        guess, lean = _guess(band, int(sums[col]) + first * beside + second * before)
        error = 0
        if not missing[col]:
            if not decoding:
                error = values[col] - guess
                if band.bound:
                    error = (error + band.bound) // width
            signs = 9 * lean + 3 * sign(west) + sign(above[at]) + 13
            active = around[col] + near * abs(west) + far * abs(west_but_one)
            error = code_error(odds, stream, active, signs, error, decoding)
        restored = min(max(guess + error * width, 0), band.most)
        values[col] = restored
        west, west_but_one = min(max(error, -_MOST_ERROR), _MOST_ERROR), west
        wrong[at] = west
        before, beside = beside, (restored - band.mean) >> band.shift
        here[at] = target[col] = beside
    for at in range(cols + PAD, cols + 2 * PAD):
        here[at], wrong[at] = here[at - 1], wrong[at - 1]


@inner
def _guess(band: Band, total: int) -> tuple[int, int]:
    """What a sample's code is expected to be, and to which side of it, -1 to 1, the expectation leans."""
    total = min(max(total, -_MOST_SUM), _MOST_SUM)
    if band.shift > _WEIGHT:
        return min(max((total << (band.shift - _WEIGHT)) + band.mean, 0), band.most), 0
    bits = _WEIGHT - band.shift
    half = (1 << bits) >> 1
    guess = (total + half) >> bits
    rest, lean = 3 * (total - (guess << bits)), 0
    if band.bound == 0:
        lean = 1 if rest > half else (-1 if rest < -half else 0)
    return min(max(guess + band.mean, 0), band.most), lean
