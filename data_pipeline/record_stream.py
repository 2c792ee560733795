"""Training patches streamed from TFRecords with tf.data, in an order that is a function of the seed.

The stream's position is one integer, the step. Resuming skips whole records of the epoch under way
without decoding them, so it is exact and needs no saved iterator.
"""

import os
from collections.abc import Iterator

import numpy as np

from btcnet_jax.errors import DataError
from data_pipeline.records import RecordFolder
from data_pipeline.tf_setup import tf

_OPEN_SHARDS = 16


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
        part: this host's index and the number of hosts. Each reads its own shards, or, where there
            are fewer shards than hosts, its own records of all shards.

    Raises:
        DataError: records smaller than a crop, or fewer of them on a host than a batch.
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
        _require_room(source, patch_rows, patch_cols)
        self._source, self._seed, self._held = source, seed, shuffle_records
        self._crop, self._batch, self._part = (patch_rows, patch_cols), batch_images, part
        self._apart = len(source.paths) >= part[1]
        # Every host must take as many steps an epoch as the others.
        fewest = min(self._shares())
        if fewest < batch_images:
            raise DataError(
                f"{fewest} training records on a host are less than its batch of"
                f" {batch_images}: lower --config.data.images_per_batch, or convert more scenes"
            )
        self._steps = fewest // batch_images
        self.position = 0

    def _shares(self) -> list[int]:
        """Records of each host."""
        hosts = range(self._part[1])
        if self._apart:
            return [sum(self._source.records[host :: len(hosts)]) for host in hosts]
        return [len(range(host, sum(self._source.records), len(hosts))) for host in hosts]

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
        batches = tf.data.Dataset.range(epoch, np.iinfo(np.int64).max).flat_map(
            lambda number: self._epoch(number, tf.where(number == epoch, step, 0))
        )
        # Outside of the epochs, so that decoding does not come to rest between them.
        batches = batches.map(self._read, num_parallel_calls=os.cpu_count())
        options = tf.data.Options()
        options.deterministic = True
        # Its search for the best number of threads costs a third of the speed on large records.
        options.autotune.enabled = False
        return batches.with_options(options).prefetch(2)

    def _epoch(self, epoch: tf.Tensor, skipped_steps: tf.Tensor) -> tf.data.Dataset:
        """Serialized records in batches, each with the seed of its crops."""
        seed = tf.stack([tf.constant(self._seed, tf.int64), epoch])
        records = self._serialized(seed).shuffle(self._held, seed=self._seed + epoch)
        batches = records.batch(self._batch, drop_remainder=True).enumerate().take(self._steps)
        batches = batches.skip(tf.cast(skipped_steps, tf.int64))
        return batches.map(lambda step, batch: (batch, seed + tf.stack([epoch * 2**32, step])))

    def _serialized(self, seed: tf.Tensor) -> tf.data.Dataset:
        """This host's records of one epoch, from several shards at a time."""
        host, hosts = self._part
        paths = tf.constant(self._source.paths[host::hosts] if self._apart else self._source.paths)
        shards = tf.data.Dataset.from_tensor_slices(
            tf.random.experimental.stateless_shuffle(paths, seed)
        )
        opened = min(paths.shape[0], _OPEN_SHARDS)
        records = shards.interleave(
            # Unbuffered: a record is many times a buffer's size, and a copy the more costs time.
            lambda path: tf.data.TFRecordDataset(path, buffer_size=0),
            cycle_length=opened,
            num_parallel_calls=min(opened, os.cpu_count() or 1),
        )
        return records if self._apart else records.shard(hosts, host)

    def _read(self, records: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        """Parses and crops a batch; together, since batching decoded patches would copy them again."""
        fields = {
            "patch": tf.io.FixedLenFeature([], tf.string),
            "minimum": tf.io.FixedLenFeature([], tf.float32),
            "maximum": tf.io.FixedLenFeature([], tf.float32),
        }
        batch = tf.io.parse_example(records, fields)
        dtype = self._source.features["patch"].dtype
        patches = tf.reshape(
            tf.io.decode_raw(batch.pop("patch"), dtype), (self._batch, *self._source.patch_shape)
        )
        return {"patches": self._cropped(patches, seed), **batch}

    def _cropped(self, patches: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        rows, cols, bands = self._source.patch_shape
        room = tf.constant([rows, cols]) - self._crop + 1
        if self._crop == (rows, cols):
            return patches
        drawn = tf.random.stateless_uniform([self._batch, 2], seed, 0, tf.int32.max, tf.int32)
        corners = tf.pad(drawn % room, [[0, 0], [0, 1]])
        crops = [tf.slice(patches[n], corners[n], (*self._crop, bands)) for n in range(self._batch)]
        return tf.stack(crops)


def _require_room(source: RecordFolder, patch_rows: int, patch_cols: int) -> None:
    rows, cols, _ = source.patch_shape
    if rows < patch_rows or cols < patch_cols:
        raise DataError(
            f"records hold patches of {rows} x {cols}, less than {patch_rows} x {patch_cols}:"
            " lower --config.data.patch_rows/--config.data.patch_cols, or convert again"
        )
