"""Rows of integers coded around what their predictions say, with scales that learn."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from btcnet_jax.coding.entry_prediction import ONE, RowPredictor
from btcnet_jax.coding.entry_tables import ESCAPE, HALF, HIGHEST, LOWEST, entry_table
from btcnet_jax.coding.integer_coding import MAX_MAGNITUDE, Code, code_bits
from btcnet_jax.coding.range_coder import RangeTable
from btcnet_jax.errors import FileFormatError

LENGTH_BITS = 6
# Running means keep all but 2**-shift of those before, and are kept in as much finer units.
FAST, SLOW, COLUMN = 2, 5, 2
START = 4 * ONE
# Of the logarithms of the running means, of the row (fast, slow) and of the band; a constant: 1/256 octaves.
FAST_WEIGHT, SLOW_WEIGHT, COLUMN_WEIGHT, CONSTANT = 10, 5, 17, -2560
# Added to the means: zeros have a logarithm, and a little is no less than nothing.
FAST_LEAST, SLOW_LEAST, COLUMN_LEAST = 3, 6, 5
COLUMN_ONE, COLUMN_MOST = 16, 128


class EntryContext(NamedTuple):
    """What is known of an entry before it is.

    Attributes:
        predicted: in 1/ONE steps.
        center: the rounded prediction.
        mirror: -1 where the prediction is below its rounding, else 1: the table is for the other side.
        spare: so many lower bits of the difference are coded as they are.
        table: of the upper bits.
    """

    predicted: int
    center: int
    mirror: int
    spare: int
    table: RangeTable


Choose = Callable[[int, int, EntryContext], int]
"""Gives the entry of a row and a band that is to be coded; the one that decodes need not know any."""


class ScaleContext:
    """Scale of what predictions leave: of late in the row, for long, and of the band in the rows above.

    Args:
        bands: how many.
    """

    def __init__(self, bands: int) -> None:
        self._fast, self._slow = START << FAST, START << SLOW
        self._columns = [COLUMN_ONE << COLUMN] * bands

    def scale(self, band: int) -> int:
        """In quarter octaves of a step."""
        total = FAST_WEIGHT * _log((self._fast >> FAST) + FAST_LEAST)
        total += SLOW_WEIGHT * _log((self._slow >> SLOW) + SLOW_LEAST)
        total += COLUMN_WEIGHT * _log((self._columns[band] >> COLUMN) + COLUMN_LEAST)
        return max(LOWEST, (total + CONSTANT) >> 6)

    def learn(self, band: int, left: int) -> None:
        """What a prediction left, in 1/ONE steps."""
        fast, slow = self._fast >> FAST, self._slow >> SLOW
        mean, left = (fast + slow) >> 1, abs(left)
        # One far value, such as the first of a row, must not spoil the scale for the next ten.
        limited = min(left, 8 * mean + 4 * ONE)
        self._fast += limited - fast
        self._slow += limited - slow
        ratio = min(COLUMN_MOST, COLUMN_ONE * left // max(mean, ONE // 5))
        self._columns[band] += ratio - (self._columns[band] >> COLUMN)


def code_entries(
    code: Code, rows: int, exponents: Sequence[int], choose: Choose
) -> list[list[int]]:
    """Codes rows of integers and returns them: those chosen, or what was decoded.

    Args:
        code: to or from the range coder.
        rows: how many.
        exponents: of the bands: steps are 2**exponent.
        choose: of what is coded.

    Raises:
        FileFormatError: an integer above MAX_MAGNITUDE.
    """
    known: list[list[int]] = []
    left: list[list[int]] = []
    scales = ScaleContext(len(exponents))
    for row in range(rows):
        predictor = RowPredictor(exponents, known[:2], left[-1:-3:-1])
        entries: list[int] = []
        rest: list[int] = []
        for band in range(len(exponents)):
            context = _context(predictor.predict(entries, band), scales.scale(band))
            entry = _code_entry(code, choose(row, band, context), context)
            if abs(entry) > MAX_MAGNITUDE:
                raise FileFormatError("the coded integers are impossible: the file is damaged")
            predictor.learn(entry)
            entries.append(entry)
            rest.append(entry * ONE - context.predicted)
            scales.learn(band, rest[-1])
        known.append(entries)
        left.append(rest)
    return known


def _context(predicted: int, scale: int) -> EntryContext:
    quarters = (predicted + ONE // 8) // (ONE // 4)
    center = (quarters + 2) >> 2
    rest = quarters - 4 * center
    spare = max(0, (scale - HIGHEST + 3) >> 2)
    remainder = 0 if spare else abs(rest)
    table = entry_table(scale - 4 * spare, remainder)
    return EntryContext(predicted, center, -1 if rest < 0 else 1, spare, table)


def _code_entry(code: Code, entry: int, context: EntryContext) -> int:
    # With spare bits the middle of the upper part's cells is at the prediction.
    half, spare = 1 << context.spare >> 1, context.spare
    difference = (entry - context.center) * context.mirror + half
    upper = difference >> spare
    symbol = code(upper + HALF if -HALF <= upper < HALF else ESCAPE, context.table)
    if symbol == ESCAPE:
        difference = _code_far(code, difference)
    else:
        difference = ((symbol - HALF) << spare) + code_bits(code, difference, spare)
    return (difference - half) * context.mirror + context.center


def _code_far(code: Code, difference: int) -> int:
    """How many bits it has, then all but the first of them."""
    folded = 2 * difference + 1 if difference >= 0 else -2 * difference
    length = code_bits(code, folded.bit_length(), LENGTH_BITS)
    if not length:
        raise FileFormatError("the coded integers are impossible: the file is damaged")
    folded = 1 << (length - 1) | code_bits(code, folded, length - 1)
    return folded // 2 if folded % 2 else -(folded // 2)


def _log(value: int) -> int:
    """Binary logarithm in 1/16, rounded down."""
    return (value**16).bit_length() - 1
