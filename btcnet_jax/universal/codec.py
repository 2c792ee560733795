"""The universal codec: any cube to the bytes of one file and back, with weights that ship."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float64, Int, Num, Shaped

from btcnet_jax.codec.step_search import Encoded, SceneEncoder, multiply_adds
from btcnet_jax.coding.context import ComponentLevels, ContextCoder, judge_all
from btcnet_jax.coding.spectral_basis import decode_basis
from btcnet_jax.container.container import Section, write_container
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import ConfigError
from btcnet_jax.metrics import bits_per_sample
from btcnet_jax.parts.block_transform import BLOCK, SIDE, join_blocks, to_samples
from btcnet_jax.parts.details import restore_details
from btcnet_jax.parts.samples import find_varying, read_samples
from btcnet_jax.parts.synthesis_matrix import energy_planes
from btcnet_jax.scene.value_range import check_cube, denormalize
from btcnet_jax.universal.file_layout import OpenFile, SceneFacts, open_file
from btcnet_jax.weights.weight_file import UniversalWeights, load_weights

Progress = Callable[[int, int], None]

DEFAULT_BPPPB = 0.1
"""Rate where none is asked for, in bits a pixel and band."""

# Rows of blocks that are restored at a time.
_ROWS = 16


class UniversalCodec:
    """One set of weights for scenes of any sensor, any number of bands, any size.

    A file is the scene's own spectral transform, coded, and quantized coefficients of 4 x 4 blocks of
    its components; their symbols are coded by integer contexts, the same on every machine. The decoder
    adds details that a network restores from the symbols.

    Args:
        weights: of contexts and network.

    Attributes:
        fingerprint: 8 bytes that name the weights.
    """

    def __init__(self, weights: UniversalWeights) -> None:
        self.fingerprint = weights.fingerprint
        self._coder = ContextCoder(weights.context)
        self._detail = weights.detail

    @classmethod
    def load(cls, path: Path | None = None) -> "UniversalCodec":
        """The codec of a file of weights; without a path of those that ship.

        Raises:
            CheckpointError: the file is missing or damaged.
        """
        return cls(load_weights(path))

    def compress(
        self,
        cube: Shaped[np.ndarray, "..."],
        bpppb: float = DEFAULT_BPPPB,
        progress: Progress | None = None,
        *,
        or_smallest: bool = False,
    ) -> bytes:
        """The bytes of the largest file within a rate, nearly.

        Args:
            cube: (rows, cols, bands), integers or floats of up to 64 bits; finite, not constant.
            bpppb: bits a pixel and band that the whole file may take.
            progress: called with parts of the work done and in all; several times from the start.
            or_smallest: where no file is within the rate, give the smallest instead of an error.

        Raises:
            CubeError: the cube cannot be compressed; says why.
            ConfigError: no file is within the rate, or the rate is not above zero.
        """
        if not 0 < bpppb < math.inf:
            raise ConfigError(f"a rate of {bpppb} bpppb cannot be met: give one above zero")
        facts = _describe(cube)
        data = self._fill(cube, facts, math.floor(bpppb * cube.size / 8), progress)
        rate = bits_per_sample(len(data), *cube.shape)
        if rate > bpppb and not or_smallest:
            raise ConfigError(
                f"the smallest file of this cube takes {rate:.4f} bpppb, above {bpppb:g}: "
                "give a higher rate (--bpppb)"
            )
        return data

    def decompress(
        self, data: bytes, progress: Progress | None = None, ensemble: int = 1
    ) -> Num[np.ndarray, "rows cols bands"]:
        """The restored cube, in the original's type.

        Args:
            data: a whole compressed file.
            progress: called with parts of the network's work done and in all.
            ensemble: 1, 2, 4 or 8 views that the network averages over: slower, a little better.

        Raises:
            FileFormatError: not a compressed file, truncated, altered, or of a newer version.
            ModelMismatchError: the file was written by a trained model, or with other weights.
            ConfigError: another ensemble.
        """
        file = open_file(data, self.fingerprint)
        facts = file.facts
        cube = np.empty(facts.shape, facts.dtype)
        cube[..., ~facts.varying] = facts.values[~facts.varying]
        if facts.varying.any():
            symbols = self._read_symbols(file)
            bands = int(facts.varying.sum())
            basis = file.payload(SectionKind.BASIS)
            matrix = decode_basis(basis, energy_planes(symbols), bands)
            details = restore_details(self._detail, symbols, ensemble=ensemble, progress=progress)
            _synthesize(symbols, details, matrix, facts, cube)
        return cube

    def prepare(self, rows: int, cols: int) -> None:
        """Compile the network for cubes of this size; without it the first decoding compiles."""
        grid = -(-rows // SIDE), -(-cols // SIDE)
        restore_details(self._detail, np.zeros((1, BLOCK, *grid), np.int32))

    def encoder_macs_per_sample(self, data: bytes) -> float:
        """Multiply-adds a pixel and band of the analysis that made a file.

        That is the search for weights and transform on a sample, projection and block transform, and the
        fit of the matrix for one step; symbols, their contexts and the search for the rate aside.

        Raises:
            FileFormatError, ModelMismatchError: as of `decompress`.
        """
        file = open_file(data, self.fingerprint)
        rows, cols = file.facts.grid
        bands = int(file.facts.varying.sum())
        return multiply_adds(rows * cols, bands, file.components) * bands / file.facts.shape[2]

    def bits_by_place(self, data: bytes) -> Float64[np.ndarray, "rows cols"]:
        """Bits that the symbols of each block of 4 x 4 pixels take of a file.

        Raises:
            FileFormatError, ModelMismatchError: as of `decompress`.
        """
        file = open_file(data, self.fingerprint)
        if not file.facts.varying.any():
            return np.zeros(file.facts.grid)
        symbols = self._read_symbols(file)
        levels = ComponentLevels.from_bytes(file.payload(SectionKind.QUANTIZER), file.components)
        return judge_all(self._coder, symbols, levels)[2].sum(axis=(0, 1))

    def _fill(
        self,
        cube: Num[np.ndarray, "rows cols bands"],
        facts: SceneFacts,
        budget: int,
        progress: Progress | None,
    ) -> bytes:
        """The largest file of at most `budget` bytes, nearly, or the smallest."""
        if not facts.varying.any():
            return write_container(facts.sections(self.fingerprint, 1))
        samples = read_samples(cube, facts.value_range, facts.varying)
        fixed = len(self._pack(facts, None))
        encoder = SceneEncoder(self._coder, samples, float(budget - fixed), progress)
        encoded, excess = encoder.encode(), 1.0
        while len(data := self._pack(facts, encoded)) > budget and not encoded.empty:
            # Sizes before coding are estimates: a file that turns out too large is made anew.
            excess *= max(len(data) / max(budget, 1), 1.005)
            encoded = encoder.attempt(encoded.step * excess)
        return data

    def _pack(self, facts: SceneFacts, encoded: Encoded | None) -> bytes:
        """The file; without what was encoded, one of empty sections."""
        levels, basis, symbols, components = b"", b"", b"", 1
        if encoded is not None:
            levels, basis = encoded.coded_levels, encoded.basis
            symbols = self._coder.encode(encoded.symbols, encoded.levels)
            components = len(encoded.symbols)
        return write_container(
            [
                *facts.sections(self.fingerprint, components),
                Section(SectionKind.QUANTIZER, levels),
                Section(SectionKind.BASIS, basis),
                Section(SectionKind.SYMBOLS, symbols),
            ]
        )

    def _read_symbols(self, file: OpenFile) -> Int[np.ndarray, "components 16 rows cols"]:
        levels = ComponentLevels.from_bytes(file.payload(SectionKind.QUANTIZER), file.components)
        shape = (file.components, *file.facts.grid)
        return self._coder.decode(file.payload(SectionKind.SYMBOLS), shape, levels)


def _describe(cube: Shaped[np.ndarray, "..."]) -> SceneFacts:
    value_range = check_cube(cube, cube.shape[2] if cube.ndim == 3 else 0)
    rows, cols, bands = cube.shape
    return SceneFacts((rows, cols, bands), cube.dtype, value_range, find_varying(cube), cube[0, 0])


def _synthesize(
    symbols: Int[np.ndarray, "components 16 rows cols"],
    details: Float[np.ndarray, "components 16 rows cols"],
    matrix: Float64[np.ndarray, "1+components varying"],
    facts: SceneFacts,
    cube: Num[np.ndarray, "lines columns bands"],
) -> None:
    """Fills in the varying bands, some rows of blocks at a time."""
    components, block, rows, cols = symbols.shape
    for row in range(0, rows, _ROWS):
        part = np.s_[:, :, row : row + _ROWS]
        steps = (symbols[part] + details[part]).reshape(components, block, -1).astype(np.float64)
        planes = join_blocks(to_samples(steps), cols)
        lines = cube[row * SIDE : (row + _ROWS) * SIDE]
        values = planes[: len(lines), : lines.shape[1]] @ matrix[1:] + matrix[0]
        lines[..., facts.varying] = denormalize(values, facts.value_range, facts.dtype)
