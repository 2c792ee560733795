"""Front end of the networks: a scene mapped to [0, 1] by its own range, in whole strips."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, Num

from btcnet_jax.coding.band_scales import ScaleSymbols
from btcnet_jax.container.compressed_file import CompressedFile
from btcnet_jax.container.container import Section
from btcnet_jax.errors import CubeError, FileFormatError
from btcnet_jax.parts.filling import fill_missing
from btcnet_jax.parts.interface import Inverse
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.lines import line_blocks, padded_size
from btcnet_jax.scene.missing_samples import Missing
from btcnet_jax.scene.scene import Scene
from btcnet_jax.scene.value_range import ValueRange, above_minimum, value_span, within_range

# Lines that are converted at a time, so that no float64 copy of a scene is made.
_LINES = 64


class Normalized(NamedTuple):
    """A scene as a network sees it.

    Attributes:
        planes: whole strips.
        scales: of the bands, where each is in units of its own; else None.
    """

    planes: Float[np.ndarray, "padded_rows padded_cols bands"]
    scales: ScaleSymbols | None = None


class WholeRange:
    """All bands alike, as published.

    Args:
        bands: that the network was trained for.
    """

    exact = False

    def __init__(self, bands: int) -> None:
        self._bands = bands

    def facts(self, scene: Scene) -> SceneFacts:
        """What is known of a scene that the network can take.

        Raises:
            CubeError: it cannot; says why.
        """
        self._require_bands(scene.values.shape[2])
        return SceneFacts.of(scene, constant_bands=False)

    def _require_bands(self, bands: int) -> None:
        if bands != self._bands:
            raise CubeError(
                f"the cube has {bands} bands, but the model was trained for {self._bands}: "
                "use a model trained for this band count (train with --config.model.bands=...)"
            )

    def normalize(
        self,
        values: Num[np.ndarray, "rows cols bands"],
        facts: SceneFacts,
        multiple: tuple[int, int],
    ) -> Normalized:
        """What the network sees.

        Args:
            values: of a scene.
            facts: of it.
            multiple: what rows and columns are padded to multiples of.
        """
        return Normalized(normalize_and_pad(values, facts.value_range, multiple, facts.missing))

    def sections(self, scales: ScaleSymbols | None) -> list[Section]:
        """What a file needs to undo it: nothing, for the header tells the range."""
        return []

    def inverse(
        self,
        file: CompressedFile,
        facts: SceneFacts,
        latent: Num[np.ndarray, "..."],
        bands: Int[np.ndarray, " some"],
    ) -> Inverse:
        """What the network restores is the normalized scene.

        Raises:
            FileFormatError: the file keeps bands apart, as no file of a network does.
        """
        if not facts.varying.all():
            raise FileFormatError("a network's file has no constant bands: the file is damaged")
        return lambda planes: planes if len(bands) == facts.shape[2] else planes[..., bands]


def normalize_and_pad(
    cube: Num[np.ndarray, "rows cols bands"],
    value_range: ValueRange,
    multiple: tuple[int, int],
    missing: Missing | None = None,
) -> Float[np.ndarray, "padded_rows padded_cols bands"]:
    """Map to [0, 1] in float32; repeat the last line and sample up to multiples of `multiple`.

    Repeating keeps the padding inside the image's value range, so the quantizer's range is the image's.
    """
    rows, cols, bands = cube.shape
    padded = padded_size(rows, cols, multiple)
    span = value_span(value_range)
    normalized = np.empty((*padded, bands), np.float32)
    for lines in line_blocks(rows, _LINES):
        block = cube[lines] if missing is None else within_range(cube[lines], value_range)
        normalized[lines, :cols] = above_minimum(block, value_range) / span
    if missing is not None:
        fill_missing(normalized[:rows, :cols], missing, np.ones(bands, dtype=bool))
    normalized[:rows, cols:] = normalized[:rows, cols - 1 : cols]
    normalized[rows:] = normalized[rows - 1 : rows]
    return normalized
