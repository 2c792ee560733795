"""A whole split, each patch once and in order, for measuring."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from data_pipeline.patch_source import PatchSource


class SplitPatches:
    """This host's share of a split; iterating reads it from the beginning.

    A patch is a dict of `patch` (rows, cols, bands), `number`, its place in the split, and `scene`, `row` and
    `col` of its upper left corner.

    Args:
        source: the split.
        part: this host's index and the number of hosts, which take turns.
    """

    def __init__(self, source: PatchSource, part: tuple[int, int] = (0, 1)) -> None:
        self._source = source
        host, hosts = part
        self._numbers = range(host, len(source.keys), hosts)

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the patches.

        Raises:
            DataError: a patch cannot be read.
        """
        for number in self._numbers:
            patch = np.empty(self._source.patch_shape, self._source.dtype)
            self._source.read(number, (0, 0), patch)
            yield {"patch": patch, "number": number, **self._source.keys[number]._asdict()}
