"""Work that Apache Beam's workers do, each item on its own: the options of a run, and the run.

Items are of paths, so every worker must see files and folders under the same names: one machine, or a file
system that all share.
"""

import contextlib
import io
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from btcnet_jax.errors import DataError
from btcnet_jax.extras import require_extra

_LOOK_EVERY_S = 0.5
_Item = TypeVar("_Item")


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


def run_each(
    items: Sequence[_Item],
    work: Callable[[_Item], None],
    options: Any,
    *,
    is_done: Callable[[_Item], bool],
    told: Callable[[_Item], None],
) -> None:
    """Does the work on each item, which leaves something that can be looked for.

    Args:
        items: that Beam can send to a worker.
        work: a function of a module, which Beam can send as well; or `functools.partial` of one.
        options: of `beam_options`.
        is_done: whether the work on an item has left what it is for, wherever that was done.
        told: called with each item once that is so.
    """
    import apache_beam

    with _watching(items, is_done, told), apache_beam.Pipeline(options=options) as pipeline:
        _ = (
            pipeline
            | "Items" >> apache_beam.Create(list(items))
            | "EachOnItsOwn" >> apache_beam.Reshuffle()
            | "Work" >> apache_beam.Map(work)
        )


@contextlib.contextmanager
def _watching(
    items: Sequence[_Item], is_done: Callable[[_Item], bool], told: Callable[[_Item], None]
) -> Iterator[None]:
    """Tells items as they are done."""
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(items, is_done, told, over), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _watch(
    items: Sequence[_Item],
    is_done: Callable[[_Item], bool],
    told: Callable[[_Item], None],
    over: threading.Event,
) -> None:
    left, last = list(items), False
    while left and not last:
        last = over.wait(_LOOK_EVERY_S)
        for item in [item for item in left if is_done(item)]:
            left.remove(item)
            told(item)


def _require_beam() -> None:
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)  # It tells of clients of Google's that are not needed here.
    try:
        require_extra("beam")
    finally:
        logging.disable(before)
