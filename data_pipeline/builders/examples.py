"""A part's patches as the examples that TFDS makes records of."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from data_pipeline.builders.parts import Part

Example = tuple[str, dict[str, Any]]
"""A key, unique in the data set, and the values of the builder's features."""


def part_examples(
    part: Part, split: str, patch_shape: tuple[int, int, int], dtype: np.dtype
) -> Iterator[Example]:
    """The examples of one split of a scene; `base.SceneBuilder` tells what they hold.

    Args:
        part: finished.
        split: "train" or "test".
        patch_shape: (rows, cols, bands) of a patch.
        dtype: of its samples.
    """
    scene = {
        "minimum": np.float32(part.statistics.minimum),
        "maximum": np.float32(part.statistics.maximum),
        "wavelengths": part.wavelengths,
        "scene": part.name,
    }
    for row, col, patch in part.read(split, patch_shape, dtype):
        yield f"{row}:{col}:{part.name}", {"patch": patch, "row": row, "col": col, **scene}
