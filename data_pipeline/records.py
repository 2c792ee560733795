"""Converted data sets: finding one, and reading its patches by number, without TensorFlow."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Num

from btcnet_jax.errors import DataError
from data_pipeline.patch_source import PatchKey, numbered
from data_pipeline.tfrecords import StoredPatch, is_whole, sealed_bytes, stored_patches


class RecordFolder:
    """The patches of one split of a converted data set; a `PatchSource`.

    Attributes:
        paths: of the files that hold them.
        keys, patch_shape, dtype, minimum, maximum: see `PatchSource`.

    Args:
        paths: of the files.
        split: "train" or "test".
        patch_shape: (rows, cols, bands) of a patch.
        dtype: of its samples.

    Raises:
        DataError: a file is not what `convert` writes.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        split: str,
        patch_shape: tuple[int, int, int],
        dtype: np.dtype,
    ) -> None:
        self.paths, self.patch_shape, self.dtype = tuple(paths), patch_shape, dtype
        size = int(np.prod(patch_shape)) * dtype.itemsize
        stored = [patch for path in paths for patch in stored_patches(path, size)]
        self._stored: list[StoredPatch] = [
            stored[place] for place in numbered((patch.key for patch in stored), split)
        ]
        self.keys: Sequence[PatchKey] = [patch.key for patch in self._stored]
        # A byte a record, so that threads share them without a lock; twice checked does no harm.
        self._whole = bytearray(len(self._stored))
        self.minimum = np.array([patch.minimum for patch in self._stored], np.float32)
        self.maximum = np.array([patch.maximum for patch in self._stored], np.float32)

    def read(
        self, number: int, corner: tuple[int, int], out: Num[np.ndarray, "rows cols bands"]
    ) -> None:
        """Reads the lines of a crop, and of narrower ones copies the columns; see `PatchSource`.

        The first crop of a record reads all of it, for its checksum; later ones themselves alone.
        """
        stored, (row, col) = self._stored[number], corner
        if not self._whole[number]:
            _require_whole(stored)
            self._whole[number] = True
        rows, cols, _ = out.shape
        width, bands = self.patch_shape[1:]
        lines = out if cols == width else np.empty((rows, width, bands), self.dtype)
        _read_into(stored.path, stored.offset + row * lines[0].nbytes, lines)
        if lines is not out:
            out[...] = lines[:, col : col + cols]


@dataclass(frozen=True, kw_only=True)
class RecordInfo:
    """What a converted data set says of itself.

    Attributes:
        records: patches by split.
        patch_shape: (rows, cols, bands) of a patch.
        dtype: of its samples, by name.
        scenes: how many the patches are of.
    """

    records: dict[str, int]
    patch_shape: tuple[int, int, int]
    dtype: str
    scenes: int


def described(folder: Path) -> RecordInfo:
    """What is known of a data set without its patches.

    Args:
        folder: of a version, the one that holds the files.

    Raises:
        DataError: it is unfinished or damaged.
    """
    try:
        told = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
        rows, cols, bands = map(int, told["patch_shape"])
        records = {str(split): int(count) for split, count in told["records"].items()}
        dtype, scenes = str(np.dtype(told["dtype"])), len(told["scenes"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise DataError(f"{folder}: no patches in it that are told of; convert again") from error
    return RecordInfo(records=records, patch_shape=(rows, cols, bands), dtype=dtype, scenes=scenes)


def find_dataset(folder: Path | str) -> str:
    """The name of the only data set that was converted into a folder.

    Raises:
        DataError: there is none, or more than one.
    """
    place = Path(folder)
    infos = [
        path for depth in ("*/*", "*/*/*") for path in place.glob(f"{depth}/dataset_info.json")
    ]
    names = sorted({path.parent.parent.relative_to(place).as_posix() for path in infos})
    if not names:
        raise DataError(f"{place}: no converted data set; make one with main.py convert")
    if len(names) > 1:
        raise DataError(f"{place}: holds {', '.join(names)}; choose one with --dataset")
    return names[0]


def open_records(
    folder: Path | str, dataset: str, split: str, *, bands: int | None = None
) -> RecordFolder:
    """Finds a converted data set.

    Args:
        folder: what `convert --out` was given.
        dataset: its name, with a configuration behind a slash: "aviris", "whu_hi/long_kou".
        split: "train" or "test".
        bands: that a model to train takes; None for any.

    Raises:
        DataError: there is none, it is unfinished or damaged, or of another band count.
    """
    place = Path(folder) / dataset
    # Written last, with the folder's own name.
    versions = sorted(path.parent for path in place.glob("[0-9]*/dataset_info.json"))
    if not versions:
        raise DataError(f"{place}: no converted data set; make one with main.py convert")
    found = versions[-1]
    try:
        told = json.loads((found / "metadata.json").read_text(encoding="utf-8"))
        rows, cols, kept = map(int, told["patch_shape"])
        dtype, count = np.dtype(told["dtype"]), int(told["records"][split])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise DataError(f"{found}: no {split} patches in it; convert again") from error
    if bands not in (None, kept):
        raise DataError(
            f"{found}: patches of {kept} bands, the model {bands}; set --config.model.bands={kept}"
        )
    paths = sorted(found.glob(f"*-{split}.tfrecord-*-of-*"))
    source = RecordFolder(paths, split, (rows, cols, kept), dtype)
    if len(source.minimum) != count or not count:
        raise DataError(
            f"{found}: its files hold {len(source.minimum)} of {count} {split} patches; convert again"
        )
    return source


def _require_whole(stored: StoredPatch) -> None:
    sealed = np.empty(sealed_bytes(stored), np.uint8)
    _read_into(stored.path, stored.content[0], sealed)
    if not is_whole(sealed):
        raise DataError(
            f"{stored.path}: the record of {stored.key.scene}, row {stored.key.row}, column"
            f" {stored.key.col} is damaged (its checksum is another); copy the file again, or convert anew"
        )


def _read_into(path: Path, offset: int, out: np.ndarray) -> None:
    """Fills an array with bytes of a file."""
    left = out.data.cast("B")
    try:
        # Opened anew, so that threads share no position and no file stays open. Unbuffered: one copy.
        with path.open("rb", buffering=0) as file:
            file.seek(offset)
            while left and (count := file.readinto(left)):
                left = left[count:]
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None
    if left:
        raise DataError(f"{path}: became shorter while it was read; convert again")
