"""The order of coding: waves of coefficients whose contexts are all known when their turn comes.

A place waits until the one two to its right in the row above is known: diagonals 2 row + col. A component's
AC starts when DC is known at the places to the right and below; the next component when all is. At one time
DC is coded before AC, so these are the least lags. A wave's components rise, then positions, then rows.
"""

from btcnet_jax.coding.context.layout import BEFORE

AC_LAG, COMPONENT_LAG = 2, 19
"""Times from a block's DC to its position 1, from where one position a time follows; to the next component."""


def count_times(components: int, rows: int, cols: int) -> int:
    """Points in time, each of up to two waves."""
    return COMPONENT_LAG * (components - 1) + AC_LAG + 14 + _diagonals(rows, cols)


def most_runs(components: int, rows: int, cols: int) -> int:
    """Diagonals of planes that are coded at one time, at most."""
    return 16 * min(components, _diagonals(rows, cols) // COMPONENT_LAG + 2)


def most_in_wave(components: int, rows: int, cols: int) -> int:
    """Coefficients that are coded at one time, at most."""
    return most_runs(components, rows, cols) * min(rows, (cols + 1) // 2)


def most_components(components: int, rows: int, cols: int) -> int:
    """Components that are read or coded at one time, at most."""
    read = BEFORE + 1
    return read + min(components, (AC_LAG + 14 + _diagonals(rows, cols)) // COMPONENT_LAG + 1)


def _diagonals(rows: int, cols: int) -> int:
    return 2 * (rows - 1) + cols
