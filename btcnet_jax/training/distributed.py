"""Several processes that train together: they meet, one of them speaks, and they stop together."""

import contextlib
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import jax
import numpy as np
from jax.experimental import multihost_utils

from btcnet_jax.config import HardwareConfig
from btcnet_jax.config.hardware import AUTOMATIC
from btcnet_jax.errors import TrainingError

MEETING_SECONDS = 300
_BAD_INPUT = 2
_IDLE, _WORKING, _FAILED = range(3)
T = TypeVar("T")


def join(hardware: HardwareConfig, seconds: int = MEETING_SECONDS) -> None:
    """Meet the other processes; alone, nothing happens. Before anything asks for a device.

    Where they do not all meet in time, this process says so in one line and ends with status 2.

    Args:
        hardware: says where they meet, and which this is.
        seconds: how long to wait for the others.

    Raises:
        TrainingError: no cluster that tells where they meet, or the address cannot be used.
    """
    if not hardware.coordinator:
        return
    named = {
        "coordinator_address": hardware.coordinator,
        "num_processes": hardware.processes,
        "process_id": hardware.process,
        "cluster_detection_method": "deactivate",
    }
    options = {} if hardware.coordinator == AUTOMATIC else named
    # JAX itself would end the process with a stack trace, which nothing in Python can catch.
    watchdog = threading.Timer(seconds, _give_up, (hardware, seconds))
    watchdog.daemon = True
    watchdog.start()
    try:
        jax.distributed.initialize(initialization_timeout=seconds + 60, **options)  # type: ignore[arg-type]
    except Exception as error:
        raise TrainingError(_cannot_join(hardware, error)) from error
    finally:
        watchdog.cancel()


def is_first() -> bool:
    """Whether this process prints, logs, draws and locks for all."""
    return jax.process_index() == 0


def greatest(number: int) -> int:
    """The greatest of a number over the processes; all of them must call this."""
    if jax.process_count() == 1:
        return number
    return int(np.max(multihost_utils.process_allgather(np.int32(number))))


def step_together(work: Callable[[], T | None]) -> tuple[T | None, bool]:
    """Each process's own work of one step, of which they wait for each other; all of them must call this.

    Args:
        work: gives None where this process has no more to do.

    Returns:
        What the work gave, and whether that of any process gave something.

    Raises:
        TrainingError: another process failed. What this one's work raises passes, once all know.
    """
    try:
        own = work()
    except BaseException:
        greatest(_FAILED)
        raise
    state = greatest(_IDLE if own is None else _WORKING)
    if state == _FAILED:
        raise TrainingError("another process failed: it says why itself")
    return own, state == _WORKING


def gathered(items: list[Any]) -> list[Any]:
    """The items of all processes, of what JSON holds, one process after another; all must call this."""
    if jax.process_count() == 1:
        return items
    text = json.dumps(items).encode()
    # Arrays of one size are exchanged; JSON does not mind blanks at its end.
    text = text.ljust(greatest(len(text)))
    parts = multihost_utils.process_allgather(np.frombuffer(text, np.uint8))
    return [item for part in parts for item in json.loads(part.tobytes())]


@contextlib.contextmanager
def all_or_none() -> Iterator[None]:
    """Work before the training in which one process may fail: then all stop, instead of waiting for it.

    Raises:
        TrainingError: another process failed; it says why itself.
    """
    try:
        yield
    except BaseException:
        greatest(1)
        raise
    if greatest(0):
        raise TrainingError("another process could not start: it says why itself")


def _cannot_join(hardware: HardwareConfig, error: Exception) -> str:
    reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
    if hardware.coordinator == AUTOMATIC:
        return (
            "hardware.coordinator is auto, but nothing here tells of a cluster (a TPU pod, Slurm, "
            f"Open MPI, Kubernetes): set it to HOST:PORT of process 0 ({reason})"
        )
    return f"cannot meet the other processes at {hardware.coordinator}: {reason}"


def _give_up(hardware: HardwareConfig, seconds: int) -> None:
    where = "" if hardware.coordinator == AUTOMATIC else f" at {hardware.coordinator}"
    count = "the" if hardware.coordinator == AUTOMATIC else f"the {hardware.processes}"
    print(
        f"btcnet: {count} processes did not all meet{where} within {seconds} s: start the same "
        "command for each, with its own --config.hardware.process, and let them reach that address",
        file=sys.stderr,
        flush=True,
    )
    os._exit(_BAD_INPUT)
