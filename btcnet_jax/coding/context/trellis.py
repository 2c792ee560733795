"""Dependent quantization: two quantizers, and the state that says which one a symbol is of.

Symbols stand in half steps. Quantizer 0 holds the even ones, quantizer 1 the odd ones and zero: each is
coarser than what both hold together, and a search for the path of least error and code length finds values
that a single quantizer of that density could not offer. An *index* numbers the symbols of a quantizer: s / 2 of
the even ones, (|s| + 1) // 2 with the sign of s of the odd ones. Its parity leads from state to state, along
each plane from state 0 on, in the order in which the plane is coded.

Source: Marcellin & Fischer 1990, trellis coded quantization; the 8 states are those of JPEG 2000, part 2
(ISO/IEC 15444-2, annex on TCQ), whose subsets D0, D2 and D1, D3 are told here by the parity of the index, as
VVC has it (Schwarz et al. 2021, "Quantization and entropy coding in the Versatile Video Coding standard").
"""

import numpy as np
from jaxtyping import Int, Int8

STATES = 8
QUANTIZER = np.array([0, 1, 0, 1, 0, 1, 0, 1], np.int64)
"""Quantizer of each state."""
NEXT = np.array([[0, 1], [2, 3], [5, 4], [7, 6], [1, 0], [3, 2], [4, 5], [6, 7]], np.int64)
"""State after each state, behind an index that is even or odd."""
PREVIOUS = np.array([[s for s in range(STATES) if to in NEXT[s]] for to in range(STATES)], np.int64)
"""The two states that lead to each state. Both are of one quantizer, and lead there by different parities."""
ODD = np.array([[list(NEXT[s]).index(to) for s in PREVIOUS[to]] for to in range(STATES)], np.int64)
"""Whether they do so by an odd index."""

PER_STEP = 2
"""Symbols are in steps over this."""
QUANTIZERS = 2
ZONES = 4
"""Where zero lies from the rounded expectation: at 0, +1, -1 or further. Its cell and, of quantizer 1, its
distance from others are unlike the rest."""


def quantizers_of(
    symbols: Int[np.ndarray, "components 16 rows cols"],
) -> Int8[np.ndarray, "components 16 rows cols"]:
    """Which quantizer each symbol is of, along the path of its plane."""
    rows, cols = symbols.shape[2:]
    planes = symbols.reshape(-1, rows * cols)
    row, col = np.divmod(np.arange(rows * cols), cols)
    quantizers, states = np.zeros(planes.shape, np.int8), np.zeros(len(planes), np.int64)
    for place in np.lexsort((row, 2 * row + col)):
        quantizers[:, place] = QUANTIZER[states]
        half = np.abs(planes[:, place]) + QUANTIZER[states]
        states = NEXT[states, half // 2 & 1]
    return quantizers.reshape(symbols.shape)
