"""Quantized errors to bits and back: adaptive binary contexts before the range coder."""

from btcnet_jax.coding.bounded.arrays import ACTIVITIES, NODES, RATES, WIDEST, State
from btcnet_jax.coding.context.kernel.arrays import DAMAGED, Stream
from btcnet_jax.coding.context.kernel.compiling import inner, shared
from btcnet_jax.coding.context.kernel.range_coding import narrow, share
from btcnet_jax.coding.precision import PRECISION

_WHOLE = 1 << PRECISION
_LEAST = 1 << 7
_RATE_BITS = 16
# Bits that are coded at once as they are.
_RAW = 16
# Classes of activity are exact below 8, then four an octave; above 20 lower bits are coded as they are.
_FINEST, _LARGE = 8, 20
_ESCAPE_BITS = 6


@shared
def _bit(state: State, stream: Stream, context: int, node: int, bit: int, decoding: bool) -> int:
    """Codes a bit in its context, which learns from it."""
    odds, seen = state.odds, state.seen[context, node]
    fast, slow = odds[context, node, 0], odds[context, node, 1]
    one = min(max((fast + slow) >> 1, _LEAST), _WHOLE - _LEAST)
    if decoding:
        bit = 1 if share(stream) < one else 0
    if bit:
        narrow(stream, 0, one, decoding)
        odds[context, node, 0] = fast + (((_WHOLE - fast) * RATES[seen, 0]) >> _RATE_BITS)
        odds[context, node, 1] = slow + (((_WHOLE - slow) * RATES[seen, 1]) >> _RATE_BITS)
    else:
        narrow(stream, one, _WHOLE - one, decoding)
        odds[context, node, 0] = fast - ((fast * RATES[seen, 0]) >> _RATE_BITS)
        odds[context, node, 1] = slow - ((slow * RATES[seen, 1]) >> _RATE_BITS)
    state.seen[context, node] = min(seen + 1, 255)
    return bit


@shared
def _raw(stream: Stream, bits: int, value: int, decoding: bool) -> int:
    """Codes up to 64 bits as they are, the upper ones first."""
    found = 0
    while bits > 0:
        some = min(bits, _RAW)
        bits -= some
        part = (value >> bits) & ((1 << some) - 1)
        step = PRECISION - some
        if decoding:
            part = share(stream) >> step
        narrow(stream, part << step, 1 << step, decoding)
        found = (found << some) + part
    return found


@inner
def sign(value: int) -> int:
    """-1, 0 or 1."""
    return 1 if value > 0 else (-1 if value < 0 else 0)


@inner
def _activity(state: State, number: int, row: int, col: int) -> int:
    """About 16 times the mean magnitude of the errors around a sample."""
    own, before = state.signed[number & 1], state.signed[1 - (number & 1)]
    total = 2 * (abs(own[row, col - 1]) + abs(own[row - 1, col]))
    total += abs(own[row - 1, col - 1]) + abs(own[row - 1, col + 1])
    if number == 0:
        return 3 * total
    total = 2 * (total + abs(own[row, col - 2]))
    total += 2 * abs(before[row, col]) + abs(before[row, col + 1]) + abs(before[row + 1, col])
    return total + abs(before[row, col - 1]) + abs(before[row - 1, col])


@shared
def code_error(
    state: State,
    stream: Stream,
    number: int,
    row: int,
    col: int,
    signs: int,
    value: int,
    decoding: bool,
) -> int:
    """Codes the quantized error of a sample.

    Args:
        number: of the band.
        row, col: of the sample in its padded plane.
        signs: context of the sign, 0 to 26.
        value: of an encoder.
    """
    around = _activity(state, number, row, col)
    octave = shift = 0
    while around >> octave >= _FINEST:
        octave += 1
    while around >> shift > _LARGE:
        shift += 1
    context = min(_FINEST // 2 * octave + (around >> octave), ACTIVITIES - 1)
    magnitude, node = abs(value), 0
    upper = magnitude >> shift
    while node < NODES - 1 and _bit(state, stream, context, node, int(upper > node), decoding):
        node += 1
    if node == NODES - 1:
        upper = node + _code_escape(stream, upper - node, decoding)
    elif decoding:
        upper = node
    lower = _raw(stream, shift, magnitude & ((1 << shift) - 1), decoding)
    magnitude = (upper << shift) + lower
    if magnitude == 0:
        return 0
    negative = _bit(state, stream, ACTIVITIES + signs, 0, int(value < 0), decoding)
    return -magnitude if negative else magnitude


@shared
def _code_escape(stream: Stream, more: int, decoding: bool) -> int:
    """Codes what magnitudes are beyond the last node: the count of bits, then the bits."""
    bits = 0
    while not decoding and more >> bits:
        bits += 1
    bits = _raw(stream, _ESCAPE_BITS, bits, decoding)
    if bits > WIDEST:
        stream.counts[DAMAGED] = 1
        bits = 0
    return _raw(stream, bits, more, decoding)
