"""What the data are used for, on an original scene and on a restored one."""

from btcnet_benchmark.tasks.labels import read_labels
from btcnet_benchmark.tasks.pixels import NotApplicableError, PixelPairs, pair_pixels
from btcnet_benchmark.tasks.records import TaskResult, evaluate_tasks

__all__ = [
    "NotApplicableError",
    "PixelPairs",
    "TaskResult",
    "evaluate_tasks",
    "pair_pixels",
    "read_labels",
]
