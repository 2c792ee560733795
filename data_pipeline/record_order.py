"""The order of patches in training, and where crops lie in them: functions of the seed alone.

Numbers come from Philox as it is, whose bits numpy promises to keep; of what its generators make of
them it does not. So two machines take the same batches.
"""

import functools

import numpy as np
from jaxtyping import Int64, UInt64

# Streams of random numbers that must not meet though they share seed and counter.
_ORDER, _PLACE = 0, 1


@functools.lru_cache(maxsize=2)
def epoch_order(seed: int, epoch: int, patches: int) -> Int64[np.ndarray, " patches"]:
    """All patches of a data set in the order of an epoch; kept, so not to be written to.

    Args:
        seed: of the stream, 0 or more.
        epoch: 0 or more.
        patches: how many there are.
    """
    return np.argsort(_bits(seed, _ORDER, epoch, patches), kind="stable").astype(np.int64)


def crop_corners(
    seed: int, step: int, crops: int, room: tuple[int, int]
) -> Int64[np.ndarray, "crops 2"]:
    """Upper left corners (row, column) of the crops of a step.

    Args:
        seed: of the stream, 0 or more.
        step: 0 or more.
        crops: of the batch of all hosts.
        room: how many places a crop has, in rows and in columns.
    """
    drawn = _bits(seed, _PLACE, step, 2 * crops).reshape(crops, 2)
    return (drawn % np.array(room, np.uint64)).astype(np.int64)


def _bits(seed: int, stream: int, counter: int, count: int) -> UInt64[np.ndarray, " count"]:
    return np.random.Philox(np.random.SeedSequence([seed, stream, counter])).random_raw(count)
