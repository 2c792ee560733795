"""Patches of one size in an order of their own, from which training batches are taken."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32, Num


class PatchKey(NamedTuple):
    """Which patch of a data set: its scene's name and its upper left corner."""

    scene: str
    row: int
    col: int


@runtime_checkable
class PatchSource(Protocol):
    """The patches of a split, in TFRecords or in scenes; numbered from 0 by `numbered`.

    Attributes:
        keys: which patches they are, in the order of their numbers.
        patch_shape: (rows, cols, bands) of every patch.
        dtype: of their samples.
        minimum, maximum: least and greatest sample of the scene of each patch.
    """

    keys: Sequence[PatchKey]
    patch_shape: tuple[int, int, int]
    dtype: np.dtype
    minimum: Float32[np.ndarray, " patches"]
    maximum: Float32[np.ndarray, " patches"]

    def read(
        self, number: int, corner: tuple[int, int], out: Num[np.ndarray, "rows cols bands"]
    ) -> None:
        """Copies a crop of a patch. Several threads may call it.

        Args:
            number: of the patch.
            corner: upper left corner (row, column) of the crop in the patch.
            out: filled; contiguous, of the source's dtype; its shape is the crop's.

        Raises:
            DataError: the patch cannot be read.
        """


def numbered(keys: Iterable[PatchKey], split: str) -> list[int]:
    """The places of keys in the order of their numbers, the same for the same set of patches.

    It is the order of hashes in which TFDS stores records, so that neighbors are of different scenes;
    told again here since it must not depend on shards, nor on TensorFlow.

    Args:
        keys: each once.
        split: "train" or "test".
    """
    hashes = [
        hashlib.md5(f"{split}{key.row}:{key.col}:{key.scene}".encode()).digest() for key in keys
    ]
    return sorted(range(len(hashes)), key=hashes.__getitem__)


def first_patches(
    source: PatchSource, patch_rows: int, patch_cols: int, count: int
) -> list[dict[str, np.ndarray]]:
    """The middles of the first patches as batches of one, for validation.

    Args:
        source: the test split.
        patch_rows: rows of a crop, at most a patch's.
        patch_cols: columns of a crop, at most a patch's.
        count: batches at the most.
    """
    rows, cols, bands = source.patch_shape
    corner = (rows - patch_rows) // 2, (cols - patch_cols) // 2
    batches = []
    for number in range(min(count, len(source.minimum))):
        patches = np.empty((1, patch_rows, patch_cols, bands), source.dtype)
        source.read(number, corner, patches[0])
        own = slice(number, number + 1)
        batches.append(
            {"patches": patches, "minimum": source.minimum[own], "maximum": source.maximum[own]}
        )
    return batches
