"""One way to code a scene by KLT and JPEG 2000: bands weighted so, so many components, so fine."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float64, Int16

from btcnet_benchmark.codecs.jpeg2000 import decode_planes, encode_planes
from btcnet_benchmark.codecs.klt import SpectralKlt, fit_klt
from btcnet_benchmark.codecs.scene_header import admissible
from btcnet_jax.coding.spectral_basis import encode_basis, regressors
from btcnet_jax.cost import Stage, Tally, least_squares
from btcnet_jax.scene.facts import SceneFacts

_PEAK = 32767
# Lifting steps and scaling of the 9/7 filters, rows and columns, all levels (ISO/IEC 15444-1, annex F).
_WAVELET = 2 * 5 * 4 / 3
# Operations of a sample of a plane: to 16 bits (mean, peak and rounding), and its energy.
_SCALING, _ENERGY = 5, 5
# Of a sample of the scene: its error squared and summed, and before that rounded and clipped.
_ERROR, _ADMISSIBLE = 3, 3


@dataclass(frozen=True, eq=False)
class Trial:
    """A coded scene and what it costs.

    Attributes:
        basis: the coded synthesis matrix.
        stream: the coded planes; empty without components.
        planes: the components as the decoder has them.
        matrix: the synthesis matrix as the decoder has it.
    """

    basis: bytes
    stream: bytes
    planes: Int16[np.ndarray, "pixels components"]
    matrix: Float64[np.ndarray, "rows varying"]

    @property
    def components(self) -> int:
        """How many components there are."""
        return self.planes.shape[1]

    @property
    def size(self) -> int:
        """Bytes of the parts; headers aside."""
        return len(self.basis) + len(self.stream)


class SceneAnalysis:
    """The varying bands of a scene, their transform, and trials of coding them.

    Args:
        facts: of the scene.
        pixels: its varying bands, float64 (pixels, varying).
        weights: importance of an error in each band; see `fit_klt`.
    """

    def __init__(
        self,
        facts: SceneFacts,
        pixels: Float64[np.ndarray, "pixels varying"],
        weights: Float64[np.ndarray, " varying"],
    ) -> None:
        self.facts, self.pixels = facts, pixels
        self._weights = weights
        self._tally, self._counted = Tally(), set[int]()
        self._planes: dict[int, Int16[np.ndarray, "rows cols components"]] = {}

    @property
    def max_components(self) -> int:
        """As many as the samples can span."""
        return min(len(self.pixels) - 1, self.pixels.shape[1])

    def watch(self, tally: Tally) -> None:
        """Counts trials from here on in a tally, as if nothing had been tried before."""
        self._tally, self._counted = tally, set()

    def operations(self, components: int) -> dict[Stage, float]:
        """What a trial takes. JPEG 2000's own quantizer and entropy coder are not in it.

        The matrix is fitted to decoded planes: so the wavelet is counted there and back.
        """
        pixels, bands = self.pixels.shape
        rows, samples = components + 1, float(pixels * components)
        fit = pixels * rows * (rows / 2 + bands + 2) + least_squares(rows, bands)
        return {
            Stage.PROJECTION: samples * (bands + _SCALING),
            Stage.TRANSFORM: 2 * _WAVELET * samples,
            Stage.MATRIX: fit + pixels * bands * (rows + _ERROR) + _ENERGY * samples,
        }

    def judging(self, components: int) -> float:
        """Operations of `band_mse`."""
        return float(self.pixels.size * (components + 1 + _ADMISSIBLE + _ERROR))

    def try_coding(self, components: int, level: float) -> Trial:
        """Codes the scene.

        Args:
            components: 0 to `max_components`.
            level: quality of the planes; see `encode_planes`.

        The matrix that the decoder gets is not the transform's own: it is fitted to the decoded
        planes band by band (least squares), which takes what quantization has done to them into
        account and costs no byte.
        """
        planes = self._make_planes(components)
        stream = encode_planes(planes, level) if components else b""
        decoded = decode_planes(stream, planes.shape) if components else planes
        decoded = decoded.reshape(len(self.pixels), components)
        columns = regressors(decoded)
        matrix = _fit(columns, self.pixels)
        self._count(components)
        rmse = np.sqrt(np.square(columns @ matrix - self.pixels).mean(axis=0))
        basis = encode_basis(matrix, decoded, self._step_scale(rmse))
        return Trial(basis.data, stream, decoded, basis.matrix)

    def band_mse(self, trial: Trial) -> Float64[np.ndarray, " varying"]:
        """Mean squared error of each varying band of the restored scene."""
        self._tally.add(Stage.SELECTION, self.judging(trial.components))
        restored = admissible(regressors(trial.planes) @ trial.matrix, self.facts)
        return np.square(restored - self.pixels).mean(axis=0)

    def _count(self, components: int) -> None:
        for stage, operations in self.operations(components).items():
            # Planes are made once for each number of components.
            if stage != Stage.PROJECTION or components not in self._counted:
                self._tally.add(stage, operations)
        self._counted.add(components)

    @cached_property
    def _klt(self) -> SpectralKlt:
        return fit_klt(self.pixels, self._weights)

    def _make_planes(self, components: int) -> Int16[np.ndarray, "rows cols components"]:
        """Components in one common unit that fills 16 bits, so that an error counts alike in all."""
        if components not in self._planes:
            shape = (*self.facts.shape[:2], components)
            values = self._klt.components(self.pixels, components)
            peak = np.abs(values).max(initial=0)
            scaled = np.rint(values * (_PEAK / peak if peak else 0.0))
            self._planes[components] = scaled.astype(np.int16).reshape(shape)
        return self._planes[components]

    def _step_scale(self, rmse: Float64[np.ndarray, " varying"]) -> Float64[np.ndarray, " varying"]:
        """Errors that the steps of the basis follow: of each band as far as weights differ."""
        mean = np.sqrt(np.square(rmse * self._weights).mean())
        return np.maximum(mean, np.finfo(np.float64).tiny) / self._weights


def _fit(
    columns: Float64[np.ndarray, "pixels rows"], pixels: Float64[np.ndarray, "pixels varying"]
) -> Float64[np.ndarray, "rows varying"]:
    """Least squares by normal equations of columns of length one: safe where some are all zero."""
    lengths = np.sqrt(np.square(columns).sum(axis=0))
    scale = 1 / np.where(lengths > 0, lengths, 1.0)
    gram = columns.T @ columns * np.outer(scale, scale)
    moments = (columns.T @ pixels) * scale[:, None]
    return np.linalg.lstsq(gram, moments, rcond=1e-12)[0] * scale[:, None]
