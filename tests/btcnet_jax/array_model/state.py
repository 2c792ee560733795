"""Coefficients known so far, and the features that they make of those that come next."""

import numpy as np
from jaxtyping import Int

from array_model.features import ac_surroundings, dc_surroundings
from array_model.fixed_point import LOG_ONE, log2_fixed
from array_model.layout import MAX_COMPONENTS
from array_model.planes import SymbolPlanes
from array_model.regression import CLIP, PatternRegression
from btcnet_jax.coding.context.levels import ComponentLevels

_DC_PATTERNS = 5


class ContextState:
    """Coefficients known so far and sums over them.

    Args:
        components: how many.
        rows, cols: of the grid of blocks.
        levels: of the components.

    Attributes:
        levels: of the components.
        symbols: (components, 16, rows, cols), int32, zero where not known. It may be written: features read
            it, so an encoder can try symbols out before it commits them.

    Raises:
        ValueError: no components, more than MAX_COMPONENTS, or another number of levels.
    """

    def __init__(self, components: int, rows: int, cols: int, levels: ComponentLevels) -> None:
        if not 1 <= components <= MAX_COMPONENTS or len(levels.dc) != components:
            raise ValueError(f"there must be levels of 1 to {MAX_COMPONENTS} components")
        self.levels = levels
        self._planes = SymbolPlanes(components, rows, cols)
        self._regression = PatternRegression(rows * cols)
        self.symbols = self._planes.symbols

    def features(
        self,
        k: Int[np.ndarray, "n"],
        p: Int[np.ndarray, "n"],
        at: Int[np.ndarray, "n"],
        *,
        dc: bool,
    ) -> tuple[
        Int[np.ndarray, "n 7"],
        Int[np.ndarray, "n 14"],
        Int[np.ndarray, "n patterns"],
    ]:
        """Features of coefficients that are all DC, or all AC.

        Args:
            k, p, at: component, position and place (row by row) of each.
            dc: whether p is 0 throughout, or nowhere.

        Returns:
            Factors of the expectation, in steps, the last (the cross term) in 1/16; logarithms in 1/16;
            and the patterns that `commit` needs.
        """
        near = (
            dc_surroundings(self._planes, k, at) if dc else ac_surroundings(self._planes, k, p, at)
        )
        # Row by coefficient: the regression reads and writes all patterns of one at a time.
        patterns = np.ascontiguousarray(np.clip(near.patterns, -CLIP, CLIP).T, np.int64)
        cross, targets = self._regression.expect(p, at, patterns)
        known = [*near.magnitudes, targets, np.abs(cross), np.abs(patterns).sum(axis=1)]
        half = LOG_ONE // 2
        sent = [
            half * self.levels.dc.take(k),
            half * self.levels.ac.take(k),
            np.full_like(at, LOG_ONE),
        ]
        scales = np.concatenate([log2_fixed(np.stack(known)), np.stack(sent).astype(np.int32)])
        return np.concatenate([near.factors, cross[None]]).T, scales.T, patterns

    def commit(
        self,
        k: Int[np.ndarray, "n"],
        p: Int[np.ndarray, "n"],
        at: Int[np.ndarray, "n"],
        values: Int[np.ndarray, "n"],
        patterns: Int[np.ndarray, "n patterns"],
    ) -> None:
        """Enters coefficients that are now known, all DC or all AC: no position and place, and no component
        and place, twice in one call.

        Args:
            k, p, at: as in `features`.
            values: within +-MAX_MAGNITUDE.
            patterns: what `features` gave.
        """
        self._planes.enter(k, p, at, values)
        if patterns.shape[1] == _DC_PATTERNS:
            # DC is expected from its neighbors; what goes with gradients is the difference to them.
            values = 2 * values - self._planes.dc(k, "W", at) - self._planes.dc(k, "N", at)
        self._regression.learn(p, at, values, patterns)
