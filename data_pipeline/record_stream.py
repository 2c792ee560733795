"""Training batches of the patches of a converted data set, in an order that is a function of the seed.

The stream's position is one integer, the step. Any batch can be read by it, so resuming is exact and
reads nothing of the batches before.
"""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from btcnet_jax.errors import DataError
from data_pipeline.heap import keep_large_buffers
from data_pipeline.patch_source import PatchSource
from data_pipeline.record_order import crop_corners, epoch_order

_AHEAD = 2  # Batches that are read while one is trained on.
_MOST_READERS = 16


class RecordStream:
    """Batches of random crops of patches, endless and deterministic; resumes at any step.

    An epoch takes each patch once, but for those that fill no batch: in the next epoch others.

    Attributes:
        position: the step of the batch that iterating gives next; may be set.

    Args:
        source: the training split, in TFRecords or in scenes; the same patches give the same batches.
        patch_rows: rows of a crop.
        patch_cols: columns of a crop.
        batch_images: crops of a batch; of all hosts together.
        seed: of order and crops, 0 or more.
        part: this host's index and the number of hosts. Each reads its part of the batch that one host
            alone would give, in their order.
        readers: threads that read; as many as there are cores, 16 at the most, if None.

    Raises:
        DataError: patches smaller than a crop, fewer of them than a batch, or a batch that the hosts
            cannot share equally.
    """

    def __init__(
        self,
        source: PatchSource,
        patch_rows: int,
        patch_cols: int,
        batch_images: int,
        seed: int,
        *,
        part: tuple[int, int] = (0, 1),
        readers: int | None = None,
    ) -> None:
        _require_room(source, patch_rows, patch_cols)
        _require_batch(len(source.minimum), batch_images, part[1])
        keep_large_buffers()
        self._source, self._seed, self._batch = source, seed, batch_images
        self._crop = (patch_rows, patch_cols)
        share = batch_images // part[1]
        self._own = slice(part[0] * share, (part[0] + 1) * share)
        self._readers = readers or min(os.cpu_count() or 1, _MOST_READERS)
        self.position = 0

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches in one pass over the patches; the same on all hosts."""
        return len(self._source.minimum) // self._batch

    def __iter__(self) -> Iterator[dict[str, np.ndarray]]:
        pool = ThreadPoolExecutor(self._readers, "records")
        try:
            step = self.position
            begun = deque(self._begin(pool, step + ahead) for ahead in range(_AHEAD))
            while True:
                batch, reads = begun.popleft()
                for read in reads:
                    read.result()
                begun.append(self._begin(pool, step + _AHEAD))
                step += 1
                # Moved on before the batch is handed out: a position saved while it is in use is that
                # of the batch after it.
                self.position = step
                yield batch
        finally:
            pool.shutdown(cancel_futures=True)

    def _begin(
        self, pool: ThreadPoolExecutor, step: int
    ) -> tuple[dict[str, np.ndarray], list[Future[None]]]:
        """The batch of a step, and the reads that are filling it."""
        source, (chosen, corners) = self._source, self._places(step)
        shape = (len(chosen), *self._crop, source.patch_shape[2])
        # Fresh each time: the device may still hold on to one that was handed out.
        patches = np.empty(shape, source.dtype)
        reads = [
            pool.submit(source.read, int(number), (int(row), int(col)), out)
            for number, (row, col), out in zip(chosen, corners, patches, strict=True)
        ]
        batch = {"minimum": source.minimum[chosen], "maximum": source.maximum[chosen]}
        return {"patches": patches, **batch}, reads

    def _places(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of this host's patches of a step, and the corners of their crops."""
        epoch, place = divmod(step, self.steps_per_epoch)
        order = epoch_order(self._seed, epoch, len(self._source.minimum))
        chosen = order[place * self._batch : (place + 1) * self._batch]
        rows, cols, _ = self._source.patch_shape
        room = rows - self._crop[0] + 1, cols - self._crop[1] + 1
        return chosen[self._own], crop_corners(self._seed, step, self._batch, room)[self._own]


def _require_room(source: PatchSource, patch_rows: int, patch_cols: int) -> None:
    rows, cols, _ = source.patch_shape
    if rows < patch_rows or cols < patch_cols:
        raise DataError(
            f"records hold patches of {rows} x {cols}, less than {patch_rows} x {patch_cols}:"
            " lower --config.data.patch_rows/--config.data.patch_cols, or convert again"
        )


def _require_batch(patches: int, batch_images: int, hosts: int) -> None:
    if patches < batch_images:
        raise DataError(
            f"{patches} training records are less than a batch of {batch_images}:"
            " lower --config.data.images_per_batch, or convert more scenes"
        )
    if batch_images % hosts:
        raise DataError(
            f"{hosts} hosts cannot share a batch of {batch_images} equally:"
            f" set --config.data.images_per_batch to a multiple of {hosts}"
        )
