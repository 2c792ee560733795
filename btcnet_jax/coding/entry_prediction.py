"""Entries of a synthesis matrix predicted from the bands before and the rows above, in integers.

Three predictors, and their mean by what each has missed of late:

- the entry of the band before;
- least squares on it, on the last difference, and on the entry before times the relative change of the means:
  what darkens a band, such as absorption, darkens all rows alike;
- least squares on these, on one more difference, on the change of the first component and on what was left of
  the two rows above.

Least squares forget (recursive least squares, Haykin, Adaptive Filter Theory, ch. 13) and start from the entry
before. Their equations are solved by one sweep of Gauss and Seidel an entry, which follows closely enough.
All is exact: Python's integers have no bounds.
"""

from collections.abc import Sequence
from operator import mul

ONE = 64
"""Predictions and what is left are in 1/64 steps."""

WEIGHT_ONE_BITS = 12
# Of the equations' diagonal, so that weights stay at their start while little is known.
RIDGE = 16 * ONE**2
SLOW, FAST = 5, 3
# Added to the mean square that a predictor has missed: three tenths of a step squared.
FLOOR = 3 * ONE**2 // 10
MISSED = 2
TRUST = 1 << 60


class LeastSquares:
    """Weights of features, the first of which is the prediction where nothing else is known.

    Args:
        features: how many.
        shift: each entry's sums keep all but 2**-shift of those before.
    """

    def __init__(self, features: int, shift: int) -> None:
        self._shift = shift
        self._weights = [1 << WEIGHT_ONE_BITS] + [0] * (features - 1)
        self._gram = [[0] * features for _ in range(features)]
        self._moments = [0] * features

    def predict(self, features: Sequence[int]) -> int:
        """From features in 1/ONE steps."""
        return sum(map(mul, self._weights, features)) >> WEIGHT_ONE_BITS

    def learn(self, features: Sequence[int], value: int) -> None:
        """What it should have been."""
        shift, weights, gram, moments = self._shift, self._weights, self._gram, self._moments
        for index, feature in enumerate(features):
            gram[index] = row = [
                old - (old >> shift) + feature * other
                for old, other in zip(gram[index], features, strict=True)
            ]
            moments[index] += feature * value - (moments[index] >> shift)
            wanted = moments[index] + (0 if index else RIDGE)
            wanted = (wanted << WEIGHT_ONE_BITS) - sum(map(mul, row, weights))
            # Rows further down are of the entry before, which differs by little.
            weights[index] += (wanted - RIDGE * weights[index]) // (row[index] + RIDGE)


class RowPredictor:
    """Predicts the entries of one row, band by band.

    Args:
        exponents: of the bands: steps are 2**exponent.
        first: symbols of the first two rows, as far as they are above this one.
        left: what predictions left of the two rows above, the nearest first, in 1/ONE steps.
    """

    def __init__(
        self,
        exponents: Sequence[int],
        first: Sequence[Sequence[int]],
        left: Sequence[Sequence[int]],
    ) -> None:
        self._exponents, self._first, self._left = exponents, first, left
        # The predictor of few features takes the first of those that the other one takes.
        self._own = 2 + min(len(first), 1)
        self._few = LeastSquares(self._own, FAST)
        self._many = LeastSquares(3 + 2 * len(first), SLOW)
        self._missed = [ONE**2] * 3
        self._features = [0] * (3 + 2 * len(first))
        self._predicted = [0] * 3

    def predict(self, row: Sequence[int], band: int) -> int:
        """The entry of a band in 1/ONE of its steps, from those of the row before it."""
        if band:
            self._features = self._look(row, band)
        features = self._features
        few, many = self._few.predict(features[: self._own]), self._many.predict(features)
        self._predicted = [features[0], few, many]
        weights = [max(1, TRUST // (missed + FLOOR)) for missed in self._missed]
        return sum(map(mul, weights, self._predicted)) // sum(weights)

    def learn(self, symbol: int) -> None:
        """The entry that `predict` was asked for."""
        value = symbol * ONE
        self._few.learn(self._features[: self._own], value)
        self._many.learn(self._features, value)
        for index, predicted in enumerate(self._predicted):
            missed = self._missed[index]
            # One far value must not count for ever.
            square = min((value - predicted) ** 2, 100 * missed + 10 * ONE**2)
            self._missed[index] = missed + ((square - missed) >> MISSED)

    def _look(self, row: Sequence[int], band: int) -> list[int]:
        """The entry before, its difference, the change of the means; one more difference, the rows above."""
        exponents = self._exponents
        finer = exponents[band - 1] - exponents[band]
        before = _scaled(row[band - 1], finer)
        second, third = (
            _scaled(row[at], exponents[at] - exponents[band])
            for at in (max(band - 2, 0), max(band - 3, 0))
        )
        features = [before, before - second]
        lasts = [_scaled(other[band - 1], finer) for other in self._first]
        changes = [o[band] * ONE - last for o, last in zip(self._first, lasts, strict=True)]
        if lasts:
            dark = abs(lasts[0]) <= ONE
            features.append(0 if dark else before * changes[0] // lasts[0])
        return [*features, second - third, *changes[1:], *(left[band] for left in self._left)]


def _scaled(symbol: int, shift: int) -> int:
    """In 1/ONE of steps that are 2**shift times finer."""
    return symbol * ONE << shift if shift >= 0 else symbol * ONE >> -shift
