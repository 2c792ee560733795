"""Conversion by Apache Beam: parts cut and records written by many workers.

Scenes and parts are paths, so every worker must see the raw files and the output folder under the
same names: one machine, or a file system that all share.
"""

import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from btcnet_jax.errors import DataError
from data_pipeline.beam import run_each
from data_pipeline.builders.examples import part_examples
from data_pipeline.builders.inventory import Plan, PlannedScene
from data_pipeline.builders.parts import Part, finished_part, part_file, write_part


def write_parts(folder: Path, plan: Plan, options: Any, progress: Callable[[int], None]) -> None:
    """Cuts the scenes that have no finished part yet, each on one worker.

    A scene that cannot be used gets no part: whoever asks for it next says why.

    Args:
        folder: of all parts, seen by all workers.
        plan: of the conversion.
        options: Beam's.
        progress: called with the number of patches of each scene when it is finished.
    """
    scenes = [scene for scene in plan.scenes if finished_part(folder, scene, plan) is None]
    progress(sum(scene.patches for scene in plan.scenes if scene not in scenes))
    run_each(
        scenes,
        partial(_write_part, folder=folder, plan=plan),
        options,
        is_done=lambda scene: part_file(folder, scene).exists(),
        told=lambda scene: progress(scene.patches),
    )


def beam_examples(
    parts: Sequence[Part], split: str, patch_shape: tuple[int, int, int], dtype: np.dtype
) -> Any:
    """All examples of a split as a transform for TFDS to write; see `examples.part_examples`."""
    import apache_beam

    return (
        apache_beam.Create(list(parts))
        | "EachOnItsOwn" >> apache_beam.Reshuffle()
        | "Read" >> apache_beam.FlatMap(part_examples, split, patch_shape, dtype)
    )


def _write_part(scene: PlannedScene, folder: Path, plan: Plan) -> None:
    with contextlib.suppress(DataError):
        write_part(folder, scene, plan, lambda: None)
