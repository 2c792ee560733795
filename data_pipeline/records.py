"""Training patches streamed from TFRecords with tf.data, in an order that is a function of the seed.

The stream's position is one integer, the step. Resuming skips whole records of the epoch under way
without decoding them, so it is exact and needs no saved iterator.
"""

import dataclasses
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

try:
    import tensorflow as tf
    import tensorflow_datasets as tfds
except ImportError as error:
    from data_pipeline.errors import DataError

    raise DataError("reading TFRecords needs TensorFlow: pip install 'btcnet_jax[data]'") from error

from data_pipeline.errors import DataError

# TFDS tells of its own deprecated calls there, at every record.
logging.getLogger("absl").setLevel(logging.ERROR)
# The accelerator belongs to jax.
tf.config.set_visible_devices([], "GPU")

_OPEN_SHARDS = 16


@dataclasses.dataclass(frozen=True, kw_only=True)
class RecordFolder:
    """A converted data set: one split's shards and how to read a record.

    Attributes:
      paths: of the shards.
      records: in each shard.
      features: decode a record to `patch` (rows, cols, bands), `minimum`, `maximum` and more.
      patch_shape: (rows, cols, bands) of a record's patch.
    """

    paths: tuple[str, ...]
    records: tuple[int, ...]
    features: Any
    patch_shape: tuple[int, int, int]


def open_records(folder: Path | str, dataset: str, split: str, *, bands: int) -> RecordFolder:
    """Finds a converted data set.

    Args:
      folder: what `convert --out` was given.
      dataset: its name, with a configuration behind a slash: "aviris", "whu_hi/long_kou".
      split: "train" or "test".
      bands: that the model takes.

    Raises:
      DataError: there is none, it is unfinished, the split is empty, or of another band count.
    """
    place = Path(folder) / dataset
    versions = sorted(path.parent for path in place.glob("*/dataset_info.json"))
    if not versions:
        raise DataError(f"{place}: no converted data set; make one with main.py convert")
    try:
        builder = tfds.builder_from_directory(str(versions[-1]))
        info = builder.info.splits[split]
        rows, cols, found = builder.info.features["patch"].shape
    except (KeyError, ValueError, json.JSONDecodeError) as error:
        raise DataError(f"{versions[-1]}: no {split} patches in it; convert again") from error
    if found != bands:
        raise DataError(
            f"{versions[-1]}: patches of {found} bands, the model {bands}; set --config.model.bands={found}"
        )
    return RecordFolder(
        paths=tuple(map(str, info.filepaths)),
        records=tuple(info.shard_lengths),
        features=builder.info.features,
        patch_shape=(rows, cols, found),
    )


class RecordStream:
    """Batches of random crops of records, endless and deterministic; resumes at any step.

    Attributes:
      position: the step of the batch that iterating gives next; may be set.

    Args:
      source: the training split.
      patch_rows: rows of a crop.
      patch_cols: columns of a crop.
      batch_images: crops of a batch on this host.
      seed: of order and crops, 0 or more.
      shuffle_records: how many records are held for shuffling; shards are shuffled besides.
      part: this host's index and the number of hosts; each reads its own shards.

    Raises:
      DataError: records smaller than a crop, fewer records than a batch, or than hosts' shards.
    """

    def __init__(
        self,
        source: RecordFolder,
        patch_rows: int,
        patch_cols: int,
        batch_images: int,
        seed: int,
        *,
        shuffle_records: int,
        part: tuple[int, int] = (0, 1),
    ) -> None:
        index, parts = part
        self._features = source.features
        self._paths = source.paths[index::parts]
        self._crop = (patch_rows, patch_cols)
        self._batch = batch_images
        self._seed = seed
        self._held = shuffle_records
        rows, cols, _ = source.patch_shape
        if rows < patch_rows or cols < patch_cols:
            raise DataError(
                f"records hold patches of {rows} x {cols}, less than {patch_rows} x {patch_cols}:"
                " lower --config.data.patch_rows/--config.data.patch_cols, or convert again"
            )
        # Every host must take as many steps an epoch as the others.
        shares = [sum(source.records[host::parts]) for host in range(parts)]
        if min(shares) < batch_images:
            raise DataError(
                f"{min(shares)} training records on a host are less than its batch of"
                f" {batch_images}: lower --config.data.images_per_batch, or convert more scenes"
            )
        self._steps = min(shares) // batch_images
        self.position = 0

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches in one pass over this host's records."""
        return self._steps

    def __iter__(self) -> Iterator[dict[str, np.ndarray]]:
        for batch in self._dataset(self.position).as_numpy_iterator():
            # Moved on before the batch is handed out: a position saved while it is in use is that
            # of the batch after it.
            self.position += 1
            yield batch

    def _dataset(self, position: int) -> tf.data.Dataset:
        epoch, step = divmod(position, self._steps)
        dataset = tf.data.Dataset.range(epoch, np.iinfo(np.int64).max).flat_map(
            lambda number: self._epoch(number, tf.where(number == epoch, step, 0))
        )
        options = tf.data.Options()
        options.deterministic = True
        return dataset.with_options(options).prefetch(tf.data.AUTOTUNE)

    def _epoch(self, epoch: tf.Tensor, skipped_steps: tf.Tensor) -> tf.data.Dataset:
        seed = tf.stack([tf.constant(self._seed, tf.int64), epoch])
        paths = tf.random.experimental.stateless_shuffle(tf.constant(self._paths), seed)
        records = tf.data.Dataset.from_tensor_slices(paths).interleave(
            tf.data.TFRecordDataset,
            cycle_length=min(len(self._paths), _OPEN_SHARDS),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        # Serialized records are shuffled and skipped: decoding comes after.
        records = records.shuffle(self._held, seed=self._seed + epoch)
        records = records.enumerate().take(self._steps * self._batch)
        records = records.skip(tf.cast(skipped_steps, tf.int64) * self._batch)
        crops = records.map(
            lambda index, record: self._read(record, seed + tf.stack([epoch * 2**32, index])),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        return crops.batch(self._batch, drop_remainder=True, num_parallel_calls=tf.data.AUTOTUNE)

    def _read(self, record: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        example = self._features.deserialize_example(record)
        patch = example["patch"]
        size = tf.constant([*self._crop, patch.shape[2]])
        room = tf.shape(patch) - size + 1
        corner = tf.random.stateless_uniform([3], seed, 0, tf.int32.max, tf.int32) % room
        return {
            "patches": tf.ensure_shape(
                tf.slice(patch, corner, size), (*self._crop, patch.shape[2])
            ),
            "minimum": example["minimum"],
            "maximum": example["maximum"],
        }


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
    records = tf.data.TFRecordDataset(list(source.paths)).map(source.features.deserialize_example)
    for example in records.take(count).as_numpy_iterator():
        rows, cols, _ = example["patch"].shape
        row, col = (rows - patch_rows) // 2, (cols - patch_cols) // 2
        patch = example["patch"][row : row + patch_rows, col : col + patch_cols]
        scalars = {name: example[name].reshape(1) for name in ("minimum", "maximum")}
        batches.append({"patches": patch[None], **scalars})
    return batches
