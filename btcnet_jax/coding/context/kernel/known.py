"""What is known of coefficients, made in Python: values, sums over earlier components, marks beside them.

What a context reads is added up where it will be read as soon as a coefficient is known: at high compression
four in five are zero, and leave nothing. What is read of a run then lies along it, one number a coefficient,
and any number of runs that lie together are one run.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int, Int8, Int32, Int64

from btcnet_jax.coding.context.fixed_point import LOG_ONE
from btcnet_jax.coding.context.kernel.arrays import CLIP
from btcnet_jax.coding.context.layout import BEFORE, MAX_COMPONENTS, GridLayout
from btcnet_jax.coding.context.levels import ComponentLevels

PATTERNS = 20
"""Patterns of a coefficient, at most: W and N in its plane, gradients of DC, lower positions of its block."""
# Sums of products of all positions, at each place: p + 5 patterns of each, up to a multiple of four.
_PRODUCTS = sum(4 * (p // 4) + 8 for p in range(16))
# Of more components sums of products of patterns, which are clipped, may not fit into 32 bits.
_MOST_SHORT = ((1 << 31) - 1) // CLIP**2
CARRIED = 24
"""Bits of a sum that stay where they are when those above are carried."""

LEAST_KEPT = BEFORE + 1
"""Components whose marks are kept at least: the one at hand and those before it that are read."""


class Known(NamedTuple):
    """Coefficients known so far, and sums over them, stored plane by plane as `GridLayout` has it.

    The cross term: with targets t and pattern vectors q of earlier components, the expectation of a coefficient
    of patterns x is sum(t <q, x>) / (sum <q, q> + 4): one step of kernel regression (Nadaraya 1964, Watson
    1964) with a linear kernel. Sums of products are all it needs: 0.9 KB for each place, or twice that of many
    components.

    Marks are kept of the last components alone, in turns.

    Attributes:
        values: the coefficients of all components and positions, behind BEFORE components of zeros. Those to
            come may stand there too: nothing reads them.
        products: of targets and patterns: of each position, place after place the sums of its patterns, of
            which those of W and N are the last.
        carries: what is above the first CARRIED bits of each; empty where all fit into 32.
        energy: squared patterns, of each position and place.
        targets: squared targets, likewise.
        classes: which weights each component takes.
        sent: the features of a scale that side information gives.
        states: of each plane, where its path has come to, if symbols are of two quantizers.
        rests: how far each coefficient was from its expectation, in 1/64 unit; empty without surprise.
        widths: likewise, how far it was expected to be.
        running: sums of both along each plane so far, older ones the less.
        kept: of how many components there are marks.
        west, north: of each coefficient, the one beside it.
        close, far: magnitudes around it in its plane so far; far ones hold close ones.
        lower: magnitudes of positions a frequency or two below it in its block.
        around: magnitudes in its plane: twice its own, and its four neighbors'.
        slopes: of each block, differences and curvature of DC, from W to E and from N to S.
        steep: magnitude of the differences.
        sums: magnitudes of its AC coefficients so far.
        spread: such sums of the component before, around it.
        block_energy, block_total: squares and magnitudes of its patterns so far, but for W and N.
        patterns: of each block: gradients, then lower positions; of DC its own. Those to come are zero.
    """

    values: Int32[np.ndarray, " planes_size"]
    products: Int32[np.ndarray, " products_size"]
    carries: Int32[np.ndarray, " products_size_or_none"]
    energy: Int64[np.ndarray, " positions_size"]
    targets: Int64[np.ndarray, " positions_size"]
    classes: Int64[np.ndarray, " components"]
    sent: Int64[np.ndarray, "components 3"]
    states: Int8[np.ndarray, " planes"]
    rests: Int32[np.ndarray, " planes_size_or_none"]
    widths: Int32[np.ndarray, " planes_size_or_none"]
    running: Int64[np.ndarray, "2 planes"]
    kept: int
    west: Int32[np.ndarray, " kept_planes_size"]
    north: Int32[np.ndarray, " kept_planes_size"]
    close: Int32[np.ndarray, " kept_planes_size"]
    far: Int32[np.ndarray, " kept_planes_size"]
    lower: Int32[np.ndarray, " kept_planes_size"]
    around: Int32[np.ndarray, " kept_planes_size"]
    slopes: Int32[np.ndarray, "4 kept_size"]
    steep: Int32[np.ndarray, " kept_size"]
    sums: Int32[np.ndarray, " kept_size"]
    spread: Int32[np.ndarray, " kept_size"]
    block_energy: Int32[np.ndarray, " kept_size"]
    block_total: Int32[np.ndarray, " kept_size"]
    patterns: Int32[np.ndarray, " kept_size_20"]

    @classmethod
    def nothing(
        cls,
        components: int,
        layout: GridLayout,
        levels: ComponentLevels,
        surprised: bool = False,
        kept: int = LEAST_KEPT,
    ) -> "Known":
        """Of so many components, with these levels, nothing.

        Raises:
            ValueError: no components, more than MAX_COMPONENTS, or another number of levels.
        """
        if not 1 <= components <= MAX_COMPONENTS or len(levels.dc) != components:
            raise ValueError(f"there must be levels of 1 to {MAX_COMPONENTS} components")
        half, size = LOG_ONE // 2, layout.size
        sent = [half * levels.dc, half * levels.ac, np.full_like(levels.dc, LOG_ONE)]
        values = 16 * (components + BEFORE) * size
        rests, widths = np.zeros((2, values if surprised else 0), np.int32)
        marks, blocks = (
            np.zeros((6, 16 * kept * size), np.int32),
            np.zeros((5, kept * size), np.int32),
        )
        return cls(
            np.zeros(values, np.int32),
            np.zeros(_PRODUCTS * size, np.int32),
            np.zeros(_PRODUCTS * size if components > _MOST_SHORT else 0, np.int32),
            np.zeros(16 * size, np.int64),
            np.zeros(16 * size, np.int64),
            levels.classes().astype(np.int64),
            np.stack(sent, axis=1).astype(np.int64),
            np.zeros(16 * components, np.int8),
            rests,
            widths,
            np.zeros((2, 16 * components), np.int64),
            kept,
            west=marks[0],
            north=marks[1],
            close=marks[2],
            far=marks[3],
            lower=marks[4],
            around=marks[5],
            slopes=np.zeros((4, kept * size), np.int32),
            steep=blocks[0],
            sums=blocks[1],
            spread=blocks[2],
            block_energy=blocks[3],
            block_total=blocks[4],
            patterns=np.zeros(PATTERNS * kept * size, np.int32),
        )

    def write(
        self, layout: GridLayout, symbols: Int[np.ndarray, "components 16 rows cols"]
    ) -> None:
        """Stores all components, which are to come for now."""
        stored = self.values.reshape(-1, 16, layout.size)[BEFORE:]
        stored[:, :, layout.inside] = symbols.reshape(len(symbols), 16, -1)

    def read(
        self, layout: GridLayout, first: int = 0, end: int | None = None
    ) -> Int32[np.ndarray, "some 16 rows cols"]:
        """What is stored of components."""
        components = self.values.reshape(-1, 16, layout.size)[BEFORE:][first:end]
        return components[:, :, layout.inside].reshape(-1, 16, layout.rows, layout.cols)
