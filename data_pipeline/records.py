"""Converted data sets: finding one, what its records hold, and patches of it for validation."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np

from btcnet_jax.errors import DataError
from btcnet_jax.quiet_log import quiet_log
from data_pipeline.heap import keep_large_buffers
from data_pipeline.tf_setup import tf, tfds


@dataclasses.dataclass(frozen=True, kw_only=True)
class RecordFolder:
    """A converted data set: one split's shards and how to read a record.

    Attributes:
        paths: of the shards.
        records: in each shard.
        features: decode a record to `patch` (rows, cols, bands), `minimum`, `maximum` and more.
        patch_shape: (rows, cols, bands) of a record's patch.
        dtype: of its samples.
    """

    paths: tuple[str, ...]
    records: tuple[int, ...]
    features: Any
    patch_shape: tuple[int, int, int]
    dtype: np.dtype


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
        DataError: there is none, it is unfinished, the split is empty, or of another band count.
    """
    place = Path(folder) / dataset
    versions = sorted(path.parent for path in place.glob("*/dataset_info.json"))
    if not versions:
        raise DataError(f"{place}: no converted data set; make one with main.py convert")
    keep_large_buffers()
    try:
        with quiet_log("absl"):
            builder = tfds.builder_from_directory(str(versions[-1]))
            info = builder.info.splits[split]
            rows, cols, found = builder.info.features["patch"].shape
            dtype = np.dtype(builder.info.features["patch"].np_dtype)
    except (KeyError, ValueError, json.JSONDecodeError) as error:
        raise DataError(f"{versions[-1]}: no {split} patches in it; convert again") from error
    if bands not in (None, found):
        raise DataError(
            f"{versions[-1]}: patches of {found} bands, the model {bands}; set --config.model.bands={found}"
        )
    return RecordFolder(
        paths=tuple(map(str, info.filepaths)),
        records=tuple(info.shard_lengths),
        features=builder.info.features,
        patch_shape=(rows, cols, found),
        dtype=dtype,
    )


def first_patches(
    source: RecordFolder, patch_rows: int, patch_cols: int, count: int
) -> list[dict[str, np.ndarray]]:
    """The middles of the first records as batches of one patch, for validation.

    Args:
        source: the test split.
        patch_rows: rows of a patch, at most a record's.
        patch_cols: columns of a patch, at most a record's.
        count: batches at the most.
    """
    batches = []
    paths = list(source.paths)
    # TFDS tells of its own deprecated calls there.
    with quiet_log("absl"):
        records = tf.data.TFRecordDataset(paths).map(source.features.deserialize_example)
    for example in records.take(count).as_numpy_iterator():
        rows, cols, _ = example["patch"].shape
        row, col = (rows - patch_rows) // 2, (cols - patch_cols) // 2
        patch = example["patch"][row : row + patch_rows, col : col + patch_cols]
        scalars = {name: example[name].reshape(1) for name in ("minimum", "maximum")}
        batches.append({"patches": patch[None], **scalars})
    return batches
