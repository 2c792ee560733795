"""From components back to bands: the matrix that fits what quantization left, not the transform's own."""

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int

from btcnet_jax.coding.adaptive_basis import encode_adaptive_basis
from btcnet_jax.coding.spectral_basis import CodedBasis, row_energies
from btcnet_jax.cost import linear_solve
from btcnet_jax.parts.block_transform import SIDE
from btcnet_jax.parts.spectral_plan import SpectralPlan

# Of a component's energy: where symbols tell too little, its row stays near the transform's.
_RIDGE = 1e-3
# An entry is a coefficient too: its step, times its row's root of the energy, in steps of the planes. And the
# squared error, in squared steps of its own, that a bit of it is worth: 0.08 squared steps of the planes.
_ENTRY_STEP = 0.7
_BIT_WORTH = 0.08 / _ENTRY_STEP**2
# Of dependent quantization, whose steps are larger where its errors are as large.
_DEPENDENT_ENTRY_STEP = 0.6


def fit_matrix(
    symbols: Int[np.ndarray, "components 16 rows cols"],
    coefficients: Float32[np.ndarray, "projected 16 rows cols"],
    plan: SpectralPlan,
    step: float,
    mean: Float64[np.ndarray, " bands"],
    held: Bool[np.ndarray, "rows cols"] | None = None,
    per_step: int = 1,
) -> tuple[CodedBasis, float]:
    """The matrix of least squared error, quantized and coded.

    Bands are, but for what no component holds, linear in the projected components; so these are fitted
    to the symbols, in the domain of coefficients, and the transform leads from them to the bands.

    Args:
        symbols: as the decoder will have them, before it restores details.
        coefficients: before quantization, of the same components and more.
        plan: the transform.
        step: quantization step.
        mean: of each band.
        held: blocks that hold data, which alone are fitted to; None for all.
        per_step: symbols are in steps over this.

    Returns:
        Matrix and bytes; its first row is the bands' offset, then one row for each component. And the squared
        error of a sample that it leaves, as the plan counts errors, before details are restored.
    """
    projected, count, unit = len(coefficients), len(symbols), step / per_step
    energies = row_energies(symbols.reshape(count, -1).T)
    if held is not None:
        symbols, coefficients = symbols[:, :, held], coefficients[:, :, held]
    used = np.flatnonzero(symbols.reshape(count, -1).any(axis=1))
    columns = _with_ones(symbols[used])
    wanted = coefficients.reshape(projected, -1).astype(np.float64) / unit
    start = np.zeros((len(columns), projected))
    start[np.arange(len(used)) + 1, used] = 1
    fitted = _solved(columns @ columns.T, columns @ wanted.T, start)
    # In place, for each of these is as large as the scene is in float64 components.
    wanted -= fitted.T @ columns
    error = np.square(wanted, out=wanted).sum() * unit**2 / wanted.shape[1]
    error += plan.variances[projected:].sum()
    return _coded(fitted, used, energies, plan, step, mean, per_step), float(error)


class MatrixSums:
    """What `fit_matrix` needs of a scene, added up tile by tile.

    Args:
        components: of the symbols.
        projected: of the coefficients.
        per_step: symbols are in steps over this.
    """

    def __init__(self, components: int, projected: int, per_step: int = 1) -> None:
        self._per_step = per_step
        self._gram = np.zeros((1 + components, 1 + components))
        self._cross = np.zeros((1 + components, projected))
        self._energies = [0] * (1 + components)

    def add(
        self,
        symbols: Int[np.ndarray, "components 16 rows cols"],
        coefficients: Float32[np.ndarray, "projected 16 rows cols"],
        step: float,
        held: Bool[np.ndarray, "rows cols"] | None = None,
    ) -> None:
        """Add a tile; arguments as of `fit_matrix`."""
        own = row_energies(symbols.reshape(len(symbols), -1).T)
        self._energies = [sum(pair) for pair in zip(self._energies, own, strict=True)]
        if held is not None:
            symbols, coefficients = symbols[:, :, held], coefficients[:, :, held]
        columns = _with_ones(symbols)
        wanted = coefficients.reshape(len(coefficients), -1).astype(np.float64) / (
            step / self._per_step
        )
        self._gram += columns @ columns.T
        self._cross += columns @ wanted.T

    def merge(self, other: "MatrixSums") -> None:
        """Add those of other tiles."""
        self._gram += other._gram
        self._cross += other._cross
        self._energies = [sum(pair) for pair in zip(self._energies, other._energies, strict=True)]

    @property
    def empty(self) -> bool:
        """Whether every symbol is zero."""
        return not any(self._energies[1:])

    def fit(
        self, plan: SpectralPlan, step: float, mean: Float64[np.ndarray, " bands"]
    ) -> CodedBasis:
        """The matrix of all tiles."""
        used = np.flatnonzero(self._energies[1:])
        rows = np.append(0, used + 1)
        start = np.zeros((len(rows), self._cross.shape[1]))
        start[np.arange(len(used)) + 1, used] = 1
        fitted = _solved(self._gram[np.ix_(rows, rows)], self._cross[rows], start)
        return _coded(fitted, used, self._energies, plan, step, mean, self._per_step)


def _solved(
    gram: Float64[np.ndarray, "rows rows"],
    cross: Float64[np.ndarray, "rows projected"],
    start: Float64[np.ndarray, "rows projected"],
) -> Float64[np.ndarray, "rows projected"]:
    ridge = _RIDGE * np.diag(gram.diagonal())
    return np.asarray(start + np.linalg.solve(gram + ridge, cross - gram @ start))


def _coded(
    fitted: Float64[np.ndarray, "rows projected"],
    used: Int[np.ndarray, " used"],
    energies: list[int],
    plan: SpectralPlan,
    step: float,
    mean: Float64[np.ndarray, " bands"],
    per_step: int,
) -> CodedBasis:
    unit = step / per_step
    matrix = np.zeros((len(energies), len(mean)))
    matrix[np.append(0, used + 1)] = fitted @ plan.synthesis[: fitted.shape[1]] * unit
    matrix[0] += mean
    entry_step = _ENTRY_STEP if per_step == 1 else _DEPENDENT_ENTRY_STEP
    band_steps = entry_step * step / plan.weights
    return encode_adaptive_basis(matrix, energies, band_steps, _BIT_WORTH)


def fit_operations(components: int, projected: int, bands: int, coefficients: int) -> float:
    """Operations of `fit_matrix`, and of the levels of its symbols.

    Args:
        components: of the symbols.
        projected: components of the coefficients.
        bands: that vary.
        coefficients: of a component.
    """
    rows = components + 1
    sums = coefficients * rows * (rows / 2 + 2 * projected)
    # Unit, difference, square and sum of what is fitted; energies and levels of the symbols.
    each = 4 * projected + 8 * components
    return sums + coefficients * each + linear_solve(rows, projected) + rows * projected * bands


def _with_ones(
    symbols: Int[np.ndarray, "used 16 *places"],
) -> Float64[np.ndarray, "1+used coefficients"]:
    """The symbols after the coefficients of a plane of ones."""
    ones = np.zeros((1, *symbols.shape[1:]))
    ones[:, 0] = SIDE
    return np.concatenate([ones, symbols]).reshape(1 + len(symbols), -1)
