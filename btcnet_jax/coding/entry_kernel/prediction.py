"""`entry_prediction` in 64 bits. Functions that tell whether it was well say False where these are too few."""

import numpy as np

from btcnet_jax.coding.context.kernel.compiling import inner, shared
from btcnet_jax.coding.entry_kernel.arrays import Predictors
from btcnet_jax.coding.entry_prediction import (
    FAST,
    FLOOR,
    MISSED,
    ONE,
    RIDGE,
    SLOW,
    TRUST,
    WEIGHT_ONE_BITS,
)

# Bounds within which no sum below leaves 64 bits; features and values, weights, what numerators may be.
MOST_VALUE = 1 << 28
_MOST_WEIGHT = 1 << 32
_MOST_NUMERATOR = 2.0**61
# Of an exact sum beside one in floating point, as a share of its terms: far more than these round.
_DOUBT = 2.0**-40
# Digits of a difference between predictions, by which a product of a weight is taken piece by piece.
_DIGIT_BITS, _DIGITS = 10, 3


@shared
def start_row(state: Predictors) -> None:
    """Nothing of a row is known."""
    state.weights[:] = 0
    state.weights[:, 0] = 1 << WEIGHT_ONE_BITS
    state.moments[:] = 0
    state.gram[:] = 0
    state.missed[:] = ONE**2
    state.features[:] = 0
    state.predicted[:] = 0


@inner
def scaled(symbol: int, shift: int) -> int:
    """In 1/ONE of steps that are 2**shift times finer; MOST_VALUE where it is that or more."""
    if shift < 0:
        return symbol * ONE >> -shift
    if abs(symbol) >= MOST_VALUE // ONE >> shift:
        return MOST_VALUE
    return symbol * ONE << shift


@shared
def look(
    state: Predictors,
    symbols: np.ndarray,
    left: np.ndarray,
    exponents: np.ndarray,
    row: int,
    band: int,
) -> bool:
    """The features of an entry behind the first of its row."""
    f, own, first = state.features, symbols[row], min(row, 2)
    finer = exponents[band - 1] - exponents[band]
    before = scaled(own[band - 1], finer)
    at = max(band - 2, 0)
    second = scaled(own[at], exponents[at] - exponents[band])
    at = max(band - 3, 0)
    third = scaled(own[at], exponents[at] - exponents[band])
    fits = max(abs(before), abs(second), abs(third)) < MOST_VALUE
    f[0], f[1], count = before, before - second, 2
    for other in range(first):
        last = scaled(symbols[other, band - 1], finer)
        change = symbols[other, band] * ONE - last
        fits &= max(abs(last), abs(change)) < MOST_VALUE
        if other == 0:
            f[2] = 0 if abs(last) <= ONE else before * change // last
            f[3], count = second - third, 4
        else:
            f[count] = change
            count += 1
    if first == 0:
        f[2], count = second - third, 3
    for above in range(first):
        f[count] = left[row - 1 - above, band]
        count += 1
    for j in range(count):
        fits &= abs(f[j]) < MOST_VALUE
    return fits


@inner
def _product(state: Predictors, which: int, count: int) -> int:
    total = 0
    for j in range(count):
        total += state.weights[which, j] * state.features[j]
    return total >> WEIGHT_ONE_BITS


@shared
def predict(state: Predictors, own: int, count: int) -> bool:
    """Predictions of an entry, whose features are there."""
    predicted = state.predicted
    predicted[0] = state.features[0]
    predicted[1] = _product(state, 0, own)
    predicted[2] = _product(state, 1, count)
    return max(abs(predicted[1]), abs(predicted[2])) < MOST_VALUE


@shared
def mean_prediction(state: Predictors) -> int:
    """The mean of the predictions by what each has missed of late, rounded down."""
    predicted, sum_of_weights = state.predicted, 0
    for j in range(3):
        sum_of_weights += _trust(state.missed[j])
    # Sum of w p over sum of w, as p[0] and a long division of the sum of w (p - p[0]), which has 80 bits.
    rest = quotient = 0
    for digit in range(_DIGITS):
        below = _DIGIT_BITS * (_DIGITS - 1 - digit)
        total = rest << _DIGIT_BITS
        for j in range(1, 3):
            part = (predicted[j] - predicted[0]) >> below
            if digit:
                part &= (1 << _DIGIT_BITS) - 1
            total += _trust(state.missed[j]) * part
        part = total // sum_of_weights
        rest = total - part * sum_of_weights
        quotient = (quotient << _DIGIT_BITS) + part
    return predicted[0] + quotient


@inner
def _trust(missed: int) -> int:
    return max(1, TRUST // (missed + FLOOR))


@shared
def learn(state: Predictors, own: int, count: int, value: int) -> bool:
    """What the entry should have been."""
    fits = _learn_squares(state, 0, own, FAST, value)
    fits &= _learn_squares(state, 1, count, SLOW, value)
    for j in range(3):
        missed, far = state.missed[j], value - state.predicted[j]
        fits &= abs(far) < MOST_VALUE
        square = min(far * far, 100 * missed + 10 * ONE**2)
        state.missed[j] = missed + ((square - missed) >> MISSED)
    return fits


@shared
def _learn_squares(state: Predictors, which: int, count: int, shift: int, value: int) -> bool:
    weights, moments, gram = state.weights[which], state.moments[which], state.gram[which]
    features, fits = state.features, True
    for i in range(count):
        row, feature = gram[i], features[i]
        for j in range(count):
            row[j] += feature * features[j] - (row[j] >> shift)
        moments[i] += feature * value - (moments[i] >> shift)
        wanted = moments[i] + (0 if i else RIDGE)
        # Exact if it fits, which the same sum in floating point tells: integers go round.
        numerator = (wanted << WEIGHT_ONE_BITS) - RIDGE * weights[i]
        near = np.float64(wanted) * 2.0**WEIGHT_ONE_BITS - np.float64(RIDGE) * weights[i]
        terms = abs(np.float64(wanted)) * 2.0**WEIGHT_ONE_BITS + abs(near)
        for j in range(count):
            numerator -= row[j] * weights[j]
            term = np.float64(row[j]) * np.float64(weights[j])
            near -= term
            terms += abs(term)
        fits &= abs(near) + terms * _DOUBT < _MOST_NUMERATOR
        weights[i] += numerator // (row[i] + RIDGE)
        fits &= abs(weights[i]) < _MOST_WEIGHT
    return fits
