"""A device without enough memory, told as what to change."""

import contextlib
from collections.abc import Iterator

import jax

from btcnet_jax.errors import TrainingError

_WORDS = ("RESOURCE_EXHAUSTED", "Out of memory", "out of memory")


@contextlib.contextmanager
def memory_shortage_named() -> Iterator[None]:
    """Work on the devices; JAX tells of their memory while compiling, running, or fetching results.

    Raises:
        TrainingError: there is not enough: names the options that need less.
    """
    try:
        yield
    except jax.errors.JaxRuntimeError as error:
        if not any(word in str(error) for word in _WORDS):
            raise
        raise TrainingError(
            "the device has not enough memory: lower --config.data.images_per_batch or "
            "--config.data.strips_per_image, or set --config.train.remat=true or "
            "--config.train.precision=bfloat16"
        ) from error
