"""Measures the files of trials: what a decoder gives of them, against the scene they were made of."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from btcnet_jax.codec.encoders import Judge
from btcnet_jax.codec.evaluation import evaluate_restored, measure_stream, present_bands
from btcnet_jax.codec.restoring import Restoration
from btcnet_jax.codec.spool import SpooledFile
from btcnet_jax.container.compressed_file import CompressedFile, open_compressed
from btcnet_jax.container.limits import Limits
from btcnet_jax.errors import CubeError
from btcnet_jax.metrics import Quality
from btcnet_jax.progress import Progress
from btcnet_jax.scene import Scene, SceneSource
from btcnet_jax.scene.facts import SceneFacts

Restore = Callable[[bytes | CompressedFile, Progress | None], Restoration]
"""How a file is restored; the progress is of that."""
LargeJudge = Callable[[SpooledFile, Progress | None], Quality]
"""Restores a file whose tiles lie on disk and measures it against the scene."""

_NO_DATA = "no sample of this cube is data: there is no quality to aim at"


def scene_judge(scene: Scene, restore: Restore) -> Judge:
    """Measures files of a scene in memory.

    Raises:
        CubeError: none of its samples is data.
    """
    if not scene.valid().any():
        raise CubeError(_NO_DATA)
    return lambda data, progress: (
        evaluate_restored(scene, restore(data, progress).scene().values).quality
    )


def source_judge(
    source: SceneSource, facts: SceneFacts, restore: Restore, folder: Path | None
) -> LargeJudge:
    """Measures files of a scene that is never held; a copy of the file is on disk meanwhile.

    Args:
        source: the scene.
        facts: of it.
        restore: its files.
        folder: on whose disk the copy is; None for the system's own.

    Raises:
        CubeError: none of its samples is data.
    """
    present = present_bands(facts)
    if not present.any():
        raise CubeError(_NO_DATA)

    def judge(file: SpooledFile, progress: Progress | None) -> Quality:
        with tempfile.TemporaryFile(dir=folder) as copy:
            file.write_to(copy)
            compressed = open_compressed(copy, Limits.none())
            return measure_stream(source, restore(compressed, progress).stream(), present)

    return judge
