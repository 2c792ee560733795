"""Loggers of other packages, silenced for a while."""

import contextlib
import logging
from collections.abc import Iterator


@contextlib.contextmanager
def quiet_log(logger: str, level: int = logging.ERROR) -> Iterator[None]:
    """Keep what is below `level` off a logger; afterwards it is as it was.

    Args:
        logger: its name, such as "absl", which Orbax and TensorFlow Datasets share.
        level: the least that is still told; `logging.CRITICAL` for what a command says itself.
    """
    silenced = logging.getLogger(logger)
    before = silenced.level
    silenced.setLevel(max(before, level))
    try:
        yield
    finally:
        silenced.setLevel(before)
