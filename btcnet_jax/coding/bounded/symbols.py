"""Quantized errors to bits and back: adaptive binary contexts before the range coder."""

import numpy as np

from btcnet_jax.coding.bounded.arrays import ACTIVITIES, NODES, PAD, RATES, SIGNED, WIDEST, Ints
from btcnet_jax.coding.context.kernel.arrays import DAMAGED, Stream
from btcnet_jax.coding.context.kernel.compiling import inner, shared
from btcnet_jax.coding.context.kernel.range_coding import below, narrow, share
from btcnet_jax.coding.precision import PRECISION

_WHOLE = 1 << PRECISION
_LEAST = 1 << 7
_RATE_BITS = 16
# Bits that are coded at once as they are.
_RAW = 16
# Classes of activity are exact below 8, then four an octave; above 20 lower bits are coded as they are.
_FINEST, _LARGE = 8, 20
_ESCAPE_BITS = 6
# Of activities below, classes are kept: to find one takes branches that no processor foresees.
_KEPT = 1 << 11


@inner
def _bit(odds: Ints, stream: Stream, bit: int, decoding: bool) -> int:
    """Codes a bit by the odds of its context, which learn from it."""
    fast, slow, seen = int(odds[0]), int(odds[1]), int(odds[2])
    one = min(max((fast + slow) >> 1, _LEAST), _WHOLE - _LEAST)
    if decoding:
        bit = 1 if below(stream, one) else 0
    if bit:
        narrow(stream, 0, one, decoding)
        odds[0] = fast + (((_WHOLE - fast) * RATES[seen, 0]) >> _RATE_BITS)
        odds[1] = slow + (((_WHOLE - slow) * RATES[seen, 1]) >> _RATE_BITS)
    else:
        narrow(stream, one, _WHOLE - one, decoding)
        odds[0] = fast - ((fast * RATES[seen, 0]) >> _RATE_BITS)
        odds[1] = slow - ((slow * RATES[seen, 1]) >> _RATE_BITS)
    odds[2] = min(seen + 1, 255)
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


@shared
def look_around(signed: Ints, number: int, row: int, around: Ints) -> None:
    """Of the activity of a line's samples, what is known before the line.

    Args:
        signed: errors of bands, as `State` has them.
        number: of the band.
        row: in its padded plane.
        around: takes it.
    """
    above, before = signed[number % SIGNED, row - 1], signed[(number + SIGNED - 1) % SIGNED]
    over, under = before[row - 1, PAD:], before[row + 1, PAD:]
    west, here, east = above[PAD - 1 :], above[PAD:], above[PAD + 1 :]
    left, beside, right = before[row, PAD - 1 :], before[row, PAD:], before[row, PAD + 1 :]
    for col in range(len(around)):
        total = 2 * abs(here[col]) + abs(west[col]) + abs(east[col])
        if number == 0:
            around[col] = 3 * total
            continue
        total = 2 * (total + abs(beside[col])) + abs(right[col]) + abs(under[col])
        around[col] = total + abs(left[col]) + abs(over[col])


@shared
def _class_of(around: int) -> tuple[int, int]:
    """Class of an activity, and how many lower bits of a magnitude are coded as they are."""
    octave = shift = 0
    while around >> octave >= _FINEST:
        octave += 1
    while around >> shift > _LARGE:
        shift += 1
    return min(_FINEST // 2 * octave + (around >> octave), ACTIVITIES - 1), shift


_CLASSES = np.array([_class_of.py_func(activity) for activity in range(_KEPT)], np.uint8)


@inner
def code_error(
    odds: Ints, stream: Stream, around: int, signs: int, value: int, decoding: bool
) -> int:
    """Codes the quantized error of a sample.

    Args:
        odds: of all contexts.
        around: about 16 times the mean magnitude of the errors around the sample.
        signs: context of the sign, 0 to 26.
        value: of an encoder.
    """
    if around < _KEPT:
        activity, shift = int(_CLASSES[around, 0]), int(_CLASSES[around, 1])
    else:
        activity, shift = _class_of(around)
    context = odds[activity]
    magnitude, node = abs(value), 0
    upper = magnitude >> shift
    while node < NODES - 1 and _bit(context[node], stream, int(upper > node), decoding):
        node += 1
    if node == NODES - 1:
        upper = node + _code_escape(stream, upper - node, decoding)
    elif decoding:
        upper = node
    if shift:
        lower = _raw(stream, shift, magnitude & ((1 << shift) - 1), decoding)
        magnitude = (upper << shift) + lower
    else:
        magnitude = upper
    if magnitude == 0:
        return 0
    negative = _bit(odds[ACTIVITIES + signs, 0], stream, int(value < 0), decoding)
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
