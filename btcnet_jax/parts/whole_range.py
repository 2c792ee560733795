"""Front end of the networks: a scene mapped to [0, 1] by its own range, in whole strips."""

import numpy as np
from jaxtyping import Float, Num, Shaped

from btcnet_jax.container.compressed_file import CompressedFile
from btcnet_jax.errors import CubeError, FileFormatError
from btcnet_jax.parts.interface import Inverse
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.lines import line_blocks, padded_size
from btcnet_jax.scene.value_range import ValueRange, above_minimum, value_span

# Lines that are converted at a time, so that no float64 copy of a scene is made.
_LINES = 64


class WholeRange:
    """All bands alike, as the networks are trained.

    Args:
        bands: that the network was trained for.
    """

    def __init__(self, bands: int) -> None:
        self._bands = bands

    def facts(self, values: Shaped[np.ndarray, "..."]) -> SceneFacts:
        """What is known of a scene that the network can take.

        Raises:
            CubeError: it cannot; says why.
        """
        if values.ndim == 3 and values.shape[2] not in (0, self._bands):
            raise CubeError(
                f"the cube has {values.shape[2]} bands, but the model was trained for {self._bands}: "
                "use a model trained for this band count (train with --config.model.bands=...)"
            )
        return SceneFacts.of(values, constant_bands=False)

    def inverse(
        self, file: CompressedFile, facts: SceneFacts, latent: Num[np.ndarray, "..."]
    ) -> Inverse:
        """What the network restores is the normalized scene.

        Raises:
            FileFormatError: the file keeps bands apart, as no file of a network does.
        """
        if not facts.varying.all():
            raise FileFormatError("a network's file has no constant bands: the file is damaged")
        return lambda planes: planes


def normalize_and_pad(
    cube: Num[np.ndarray, "rows cols bands"], value_range: ValueRange, multiple: tuple[int, int]
) -> Float[np.ndarray, "padded_rows padded_cols bands"]:
    """Map to [0, 1] in float32; repeat the last line and sample up to multiples of `multiple`.

    Repeating keeps the padding inside the image's value range, so the quantizer's range is the image's.
    """
    rows, cols, bands = cube.shape
    padded = padded_size(rows, cols, multiple)
    span = value_span(value_range)
    normalized = np.empty((*padded, bands), np.float32)
    for lines in line_blocks(rows, _LINES):
        normalized[lines, :cols] = above_minimum(cube[lines], value_range) / span
    normalized[:rows, cols:] = normalized[:rows, cols - 1 : cols]
    normalized[rows:] = normalized[rows - 1 : rows]
    return normalized
