"""Spectral KLT and multi-component JPEG 2000, the strongest classical codec of a hyperspectral scene."""

import hashlib
import io

import numpy as np
from jaxtyping import Float64, Num, Shaped

from btcnet_benchmark.codecs.jpeg2000 import decode_planes
from btcnet_benchmark.codecs.klt_search import search_components
from btcnet_benchmark.codecs.klt_trial import SceneAnalysis, Trial
from btcnet_benchmark.codecs.scene_header import (
    CHECKSUM_BYTES,
    facts_of,
    pack_facts,
    read_facts,
    restore,
    sealed,
    unsealed,
    without_gaps,
)
from btcnet_jax.codec.target import Rate, Target
from btcnet_jax.coding.spectral_basis import decode_basis, regressors
from btcnet_jax.coding.varint import encode_varint, read_varint
from btcnet_jax.cost import Stage, Tally, eigendecomposition
from btcnet_jax.errors import ConfigError, FileFormatError
from btcnet_jax.progress import Progress
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.scene import Scene

# Passes of weighting: the first brings most of the gain, the second some tenths of a dB.
_PASSES = 2
# Operations a sample: bands that vary, finite samples, integers not too large, range; then mean,
# deviation and its weight.
_READING, _DEVIATIONS = 8, 3


class KltJpeg2000:
    """Principal components of the scene's own covariance, coded as one JPEG 2000 stream.

    The number of components is the one of highest PSNR (the published mean over bands) at the
    target, all bytes counted: header, band means, basis and planes.

    Args:
        weighted: False minimizes the squared error over all bands, as the literature does. True
            weights each band by the inverse of the error that remains in it, for the published PSNR is
            a mean of logarithms: about 1 dB more on most real scenes, while RMSE grows by some 10 % and
            the spectral angle by some 7 %.

    Decoding is float64 arithmetic: a sample half way between two integers may be rounded differently
    by another machine.

    Source: Du & Fowler 2007, IEEE GRSL 4(2); ISO/IEC 15444-1 (codestream). The basis is fitted and
    coded as in `btcnet_jax.coding.spectral_basis`.
    """

    fixed_rate = False

    def __init__(self, *, weighted: bool = False) -> None:
        self.name = "KLT+JPEG2000w" if weighted else "KLT+JPEG2000"
        self._weighted = weighted
        self._seen: tuple[bytes, SceneAnalysis] | None = None

    def describe(self) -> str:
        """What the codec is, in one line."""
        goal = "PSNR per band" if self._weighted else "squared error"
        return (
            f"spectral KLT of the scene, multi-component JPEG 2000, basis in the file; for {goal};"
            " missing samples filled with the nearest of the line, which they are is not in the file"
        )

    def prepare(self, rows: int, cols: int) -> None:
        """Nothing: there is nothing to compile."""

    def require(self, target: Target) -> None:
        """Refuse another target than a rate.

        Raises:
            ConfigError: of a level or bound.
        """
        if not isinstance(target, Rate):
            raise _no_rate()

    def compress(
        self,
        scene: Scene | Shaped[np.ndarray, "..."],
        target: Target | None = None,
        progress: Progress | None = None,
        *,
        tally: Tally | None = None,
    ) -> bytes:
        """The scene as a file of at most the target rate, or the smallest one if none is that small.

        The smallest one has no components: it restores the mean of each band.

        Args:
            scene: any integer or float type; bands may be constant or NaN throughout. Missing samples
                of a `Scene` are filled by `fill_missing`, so that they cost next to nothing; the file
                does not tell which they are, which is in this codec's favor. Of samples alone, all
                are data.
            target: a rate, over all bands of the scene.
            progress: not called.
            tally: counts all but JPEG 2000's own quantizer and entropy coder.

        Raises:
            CubeError: a band with some NaN or infinite samples, or integers beyond 2**53.
            ConfigError: a level or bound.
        """
        if not isinstance(target, Rate):
            raise _no_rate()
        cube = without_gaps(scene) if isinstance(scene, Scene) else scene
        analysis = self._analyze(cube)
        header = pack_facts(analysis.facts)
        budget = target.file_bytes(cube.size) - len(header) - CHECKSUM_BYTES - 4
        body, tally = header, tally or Tally()
        tally.add(Stage.READING, _READING * cube.size)
        if analysis.facts.varying.any():
            body += _pack(self._best_trial(analysis, budget, target.bpppb, tally))
        return sealed(body)

    def decompress(self, data: bytes, progress: Progress | None = None) -> Scene:
        """The restored scene, its samples in the source's own type and within the source's range.

        Raises:
            FileFormatError: the bytes are damaged or not this codec's.
        """
        file = io.BytesIO(unsealed(data))
        facts = read_facts(file)
        pixels = facts.shape[0] * facts.shape[1]
        if not facts.varying.any():
            return Scene(values=restore(np.empty((pixels, 0)), facts))
        return Scene(values=restore(_restore(file, facts), facts))

    def rate_map(self, data: bytes) -> None:
        """None: a wavelet coefficient belongs to many tiles."""

    def _analyze(self, cube: Num[np.ndarray, "rows cols bands"]) -> SceneAnalysis:
        """The analysis of the last scene is kept: a sweep of rates asks for it again and again."""
        cube = np.ascontiguousarray(cube)
        key = hashlib.sha256(cube.data).digest() + repr((cube.shape, cube.dtype)).encode()
        if self._seen is None or self._seen[0] != key:
            facts = facts_of(cube)
            pixels = cube.reshape(-1, cube.shape[2])[:, facts.varying].astype(np.float64)
            self._seen = key, SceneAnalysis(facts, pixels, np.ones(pixels.shape[1]))
        return self._seen[1]

    def _best_trial(
        self, analysis: SceneAnalysis, budget: int, target: float, tally: Tally
    ) -> Trial:
        passes = _PASSES if self._weighted else 0
        _count_axes(analysis, tally)
        # Of 100 x 100 pixels, about what the rates of the literature need; the search corrects it.
        found = search_components(analysis, budget, start=int(8 + 100 * target))
        once = analysis.operations(found.components) | {Stage.SELECTION: 0.0}
        for _ in range(passes):
            # The trial that gives the weights of the next is part of what the file takes.
            once[Stage.SELECTION] += analysis.judging(found.components)
            errors = np.sqrt(analysis.band_mse(found))
            heavier = SceneAnalysis(analysis.facts, analysis.pixels, _inverse(errors))
            _count_axes(heavier, tally)
            found = search_components(heavier, budget, start=found.components)
            for stage, operations in heavier.operations(found.components).items():
                once[stage] += operations
        tally.settle(once)
        return found


def _count_axes(analysis: SceneAnalysis, tally: Tally) -> None:
    """Counts the transform of an analysis, and from here on its trials, though it may be known by now."""
    pixels, bands = analysis.pixels.shape
    tally.add(Stage.STATISTICS, pixels * bands * ((bands + 1) / 2 + _DEVIATIONS))
    tally.add(Stage.EIGENVECTORS, eigendecomposition(bands))
    analysis.watch(tally)


def _no_rate() -> ConfigError:
    return ConfigError("KLT and JPEG 2000 have no levels and keep no bound: give a rate")


def _inverse(errors: Float64[np.ndarray, " bands"]) -> Float64[np.ndarray, " bands"]:
    """Weights of mean one; a band without error is taken for one of little error."""
    weights = 1 / np.maximum(errors, 1e-3 * errors.max() + 1e-300)
    return weights / weights.mean()


def _pack(trial: Trial) -> bytes:
    sizes = encode_varint(trial.components) + encode_varint(len(trial.basis))
    return sizes + trial.basis + trial.stream


def _restore(file: io.BytesIO, facts: SceneFacts) -> Float64[np.ndarray, "pixels varying"]:
    components, size = read_varint(file)[0], read_varint(file)[0]
    rows, cols, bands = facts.shape
    if components > bands:
        raise FileFormatError("there are more components than bands: the file is damaged")
    basis, stream = file.read(size), file.read()
    shape = rows, cols, components
    decoded = decode_planes(stream, shape) if components else np.zeros(shape, np.int16)
    planes = decoded.reshape(rows * cols, components)
    return regressors(planes) @ decode_basis(basis, components, int(facts.varying.sum()))
