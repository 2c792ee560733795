"""A whole split of a converted data set, each record once and in order, for measuring."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from btcnet_jax.errors import DataError
from btcnet_jax.quiet_log import quiet_log
from data_pipeline.records import RecordFolder
from data_pipeline.tf_setup import tf

_SAID = ("scene", "row", "col")


class SplitPatches:
    """This host's share of a split; iterating reads it from the beginning.

    A patch is a dict of `patch` (rows, cols, bands), `number`, its place in the split, and, where records
    say it, `scene`, `row` and `col` of its upper left corner.

    Args:
        source: the split.
        part: this host's index and the number of hosts. Each reads its own shards, or, where there are
            fewer shards than hosts, its own records of all shards.
    """

    def __init__(self, source: RecordFolder, part: tuple[int, int] = (0, 1)) -> None:
        self._source = source
        host, hosts = part
        firsts = [0, *itertools.accumulate(source.records)][:-1]
        shards = list(zip(source.paths, firsts, source.records, strict=True))
        apart = len(shards) >= hosts
        self._shards = shards[host::hosts] if apart else shards
        self._every = (0, 1) if apart else part

    def __len__(self) -> int:
        return sum(len(range(*self._own(first, count))) for _, first, count in self._shards)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the patches.

        Raises:
            DataError: a shard is missing, damaged or holds fewer records than it should.
        """
        for path, first, count in self._shards:
            numbers = range(*self._own(first, count))
            read = 0
            try:
                for example in self._read(path, numbers.start - first, numbers.step):
                    yield self._patch(example, numbers[read])
                    read += 1
            except (tf.errors.OpError, IndexError) as error:
                raise DataError(_damaged(path)) from error
            if read != len(numbers):
                raise DataError(_damaged(path))

    def _own(self, first: int, count: int) -> tuple[int, int, int]:
        """Numbers of this host's records in a shard: first, end, step."""
        host, hosts = self._every
        return first + (host - first) % hosts, first + count, hosts

    def _read(self, path: str, skipped: int, step: int) -> Iterator[dict[str, Any]]:
        # TFDS tells of its own deprecated calls there.
        with quiet_log("absl"):
            records = tf.data.TFRecordDataset(path, buffer_size=0).skip(skipped).shard(step, 0)
            examples = records.map(self._source.features.deserialize_example)
        yield from examples.prefetch(2).as_numpy_iterator()

    def _patch(self, example: dict[str, Any], number: int) -> dict[str, Any]:
        said = {name: _plain(example[name]) for name in _SAID if name in example}
        return {"patch": example["patch"], "number": number, **said}


def _plain(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else np.asarray(value).item()


def _damaged(path: str) -> str:
    return f"{path}: missing, cut short or damaged; remove {Path(path).parent} and convert again"
