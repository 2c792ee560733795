"""Writes records whose bytes are the same in every process."""

from collections.abc import Iterable, Iterator
from typing import Any

from data_pipeline.tf_setup import tf, tfds


class SortedExampleWriter(tfds.core.ExampleWriter):
    """TFDS's writer, each record's features in the order of their names.

    Protocol buffers leave the order of a map open, and it does change from process to process.
    """

    def write(self, path: Any, examples: Iterable[tuple[Any, bytes]]) -> Any:
        """Write one shard; arguments and result are TFDS's."""
        return super().write(path, _sorted(examples))


def _sorted(examples: Iterable[tuple[Any, bytes]]) -> Iterator[tuple[Any, bytes]]:
    for key, record in examples:
        example = tf.train.Example.FromString(record)
        yield key, example.SerializeToString(deterministic=True)
