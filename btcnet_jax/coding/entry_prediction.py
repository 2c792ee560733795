"""Entries of a synthesis matrix predicted from the bands before and the rows above, in integers.

Three predictors, and their mean by what each has missed of late:

- the entry of the band before;
- least squares on it, on the last difference, and on the entry before times the relative change of the means: what
  darkens a band, such as absorption, darkens all rows alike;
- least squares on these, on one more difference, on the change of the first component and on what was left of the
  two rows above.

Least squares forget (recursive least squares, Haykin, Adaptive Filter Theory, ch. 13) and start from the entry
before. Their equations are solved by one sweep of Gauss and Seidel an entry, which follows closely enough.
All is exact: Python's integers have no bounds.
"""

from collections.abc import Sequence
from operator import mul

ONE = 64
"""Predictions and what is left are in 1/64 steps."""

_WEIGHT_ONE_BITS = 12
# Of the equations' diagonal, so that weights stay at their start while little is known.
_RIDGE = 16 * ONE**2
_SLOW, _FAST = 5, 3
# Added to the mean square that a predictor has missed: three tenths of a step squared.
_FLOOR = 3 * ONE**2 // 10
_MISSED = 2


class LeastSquares:
    """Weights of features, the first of which is the prediction where nothing else is known.

    Args:
        features: how many.
        shift: each entry's sums keep all but 2**-shift of those before.
    """

    def __init__(self, features: int, shift: int) -> None:
        self._shift = shift
        self._weights = [1 << _WEIGHT_ONE_BITS] + [0] * (features - 1)
        self._gram = [[0] * features for _ in range(features)]
        self._moments = [0] * features

    def predict(self, features: Sequence[int]) -> int:
        """From features in 1/ONE steps."""
        return sum(map(mul, self._weights, features)) >> _WEIGHT_ONE_BITS

    def learn(self, features: Sequence[int], value: int) -> None:
        """What it should have been."""
        shift, weights, gram, moments = self._shift, self._weights, self._gram, self._moments
        for index, feature in enumerate(features):
            gram[index] = row = [
                old - (old >> shift) + feature * other
                for old, other in zip(gram[index], features, strict=True)
            ]
            moments[index] += feature * value - (moments[index] >> shift)
            wanted = moments[index] + (0 if index else _RIDGE)
            wanted = (wanted << _WEIGHT_ONE_BITS) - sum(map(mul, row, weights))
            # Rows further down are of the entry before, which differs by little.
            weights[index] += (wanted - _RIDGE * weights[index]) // (row[index] + _RIDGE)


class RowPredictor:
    """Predicts the entries of one row, band by band.

    Args:
        exponents: of the bands: steps are 2**exponent.
        above: symbols of the rows above, from the first on.
        left: what predictions left of the rows above, in 1/ONE steps.
    """

    def __init__(
        self, exponents: Sequence[int], above: Sequence[Sequence[int]], left: Sequence[Sequence[int]]
    ) -> None:
        self._exponents, self._above, self._left = exponents, above, left[-1:-3:-1]
        count = min(len(above), 2)
        self._few = LeastSquares(2 + min(count, 1), _FAST)
        self._many = LeastSquares(3 + 2 * count, _SLOW)
        self._missed = [ONE**2] * 3
        self._features: list[int] = []
        self._known = 0
        self._predicted: list[int] = []

    def predict(self, row: Sequence[int], band: int) -> int:
        """The entry of a band in 1/ONE of its steps, from those of the row before it."""
        if not band:
            self._features = [0] * (3 + 2 * min(len(self._above), 2))
        else:
            self._features = self._look(row, band)
        own = 2 if not self._above else 3
        predicted = [self._features[0], self._few.predict(self._features[:own]), self._many.predict(self._features)]
        weights = [(1 << 60) // (missed + _FLOOR) for missed in self._missed]
        self._predicted = predicted
        return sum(map(mul, weights, predicted)) // sum(weights)

    def learn(self, symbol: int) -> None:
        """The entry that `predict` was asked for."""
        value, own = symbol * ONE, 2 if not self._above else 3
        self._few.learn(self._features[:own], value)
        self._many.learn(self._features, value)
        for index, predicted in enumerate(self._predicted):
            missed = self._missed[index]
            square = min((value - predicted) ** 2, 100 * missed + 10 * ONE**2)
            self._missed[index] = missed + ((square - missed) >> _MISSED)

    def _look(self, row: Sequence[int], band: int) -> list[int]:
        """The entry before, its last difference, the change of the means; then one more difference and rows above."""
        exponents = self._exponents
        before, second, third = (
            _scaled(row[at], exponents[at] - exponents[band]) for at in (band - 1, max(band - 2, 0), max(band - 3, 0))
        )
        features = [before, before - second]
        changes = []
        for other in self._above[:2]:
            last = _scaled(other[band - 1], exponents[band - 1] - exponents[band])
            changes.append((other[band] * ONE - last, last))
        if changes:
            change, last = changes[0]
            features.append(before * change // last if abs(last) > ONE else 0)
        features.append(second - third)
        features.extend(change for change, _ in changes[1:])
        features.extend(left[band] for left in self._left)
        return features


def _scaled(symbol: int, shift: int) -> int:
    """In 1/ONE of steps that are 2**shift times finer."""
    return symbol * ONE << shift if shift >= 0 else symbol * ONE >> -shift
