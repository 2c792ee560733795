"""Conversion by Apache Beam: parts cut and records written by many workers.

Scenes and parts are paths, so every worker must see the raw files and the output folder under the
same names: one machine, or a file system that all share.
"""

import contextlib
import io
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from btcnet_jax.errors import DataError
from btcnet_jax.extras import require_extra
from data_pipeline.builders.examples import part_examples
from data_pipeline.builders.inventory import Plan, PlannedScene
from data_pipeline.builders.parts import Part, finished_part, part_file, write_part

_LOOK_EVERY_S = 0.5


def beam_options(words: Sequence[str]) -> Any:
    """Beam's pipeline options from words such as "runner=FlinkRunner" or "direct_num_workers=4".

    Raises:
        DataError: a word is no option of Beam's.
        MissingExtraError: Beam cannot be imported.
    """
    _require_beam()
    from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions
    from apache_beam.runners.runner import create_runner

    logging.getLogger("apache_beam").setLevel(logging.ERROR)
    arguments = [f"--{word.removeprefix('--')}" for word in words]
    # First, so that a user who wants to read the workers' log can say so.
    options = PipelineOptions(["--default_sdk_harness_log_level=ERROR", *arguments])
    try:
        # Beam's parser prints its whole usage before it gives up.
        with contextlib.redirect_stderr(io.StringIO()):
            known = options.get_all_options()
    except SystemExit:
        raise DataError(f"--beam {' '.join(words)}: a value is not of its option's type") from None
    unknown = [word for word in words if word.partition("=")[0].strip("-") not in known]
    if unknown:
        raise DataError(f"--beam {unknown[0]}: Apache Beam has no such pipeline option")
    runner = options.view_as(StandardOptions).runner
    try:
        create_runner(runner)
    except (ValueError, ImportError) as error:
        raise DataError(f"--beam runner={runner}: {str(error).splitlines()[0]}") from None
    return options


def write_parts(folder: Path, plan: Plan, options: Any, progress: Callable[[int], None]) -> None:
    """Cuts the scenes that have no finished part yet, each on one worker.

    A scene that cannot be used gets no part: whoever asks for it next says why.

    Args:
        folder: of all parts, seen by all workers.
        plan: of the conversion.
        options: Beam's.
        progress: called with the number of patches of each scene when it is finished.
    """
    import apache_beam

    scenes = [scene for scene in plan.scenes if finished_part(folder, scene, plan) is None]
    progress(sum(scene.patches for scene in plan.scenes if scene not in scenes))
    with _watching(folder, scenes, progress), apache_beam.Pipeline(options=options) as pipeline:
        _ = (
            pipeline
            | "Scenes" >> apache_beam.Create(scenes)
            | "EachOnItsOwn" >> apache_beam.Reshuffle()
            | "Cut" >> apache_beam.Map(_write_part, folder, plan)
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


@contextlib.contextmanager
def _watching(
    folder: Path, scenes: Sequence[PlannedScene], progress: Callable[[int], None]
) -> Iterator[None]:
    """Reports scenes as their parts appear in the folder, wherever they are made."""
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(folder, scenes, progress, done), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _watch(
    folder: Path,
    scenes: Sequence[PlannedScene],
    progress: Callable[[int], None],
    done: threading.Event,
) -> None:
    left, last = list(scenes), False
    while left and not last:
        last = done.wait(_LOOK_EVERY_S)
        for scene in [scene for scene in left if part_file(folder, scene).exists()]:
            left.remove(scene)
            progress(scene.patches)


def _require_beam() -> None:
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)  # It tells of clients of Google's that are not needed here.
    try:
        require_extra("beam")
    finally:
        logging.disable(before)
