"""TensorFlow and TFDS, quiet and without an accelerator: the only place to take them from."""

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path

from btcnet_jax.errors import DataError
from btcnet_jax.extras import missing_extra
from btcnet_jax.quiet_log import quiet_log

# TensorFlow reads it when it is imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

try:
    import tensorflow as tf
    import tensorflow_datasets as tfds
except ImportError as error:
    raise missing_extra("data", error) from None

# The accelerator belongs to jax.
tf.config.set_visible_devices([], "GPU")


@contextlib.contextmanager
def writing(out: Path) -> Iterator[None]:
    """Turns what a full disk and missing rights raise, here and in TensorFlow, into DataError."""
    try:
        yield
    except (OSError, tf.errors.OpError, RuntimeError) as error:
        # TFDS hides what TensorFlow raised as the cause of an error of its own.
        cause = error.__cause__ if isinstance(error, RuntimeError) else error
        if not isinstance(cause, (OSError, tf.errors.OpError)):
            raise
        reason = getattr(cause, "strerror", None) or getattr(cause, "message", None) or cause
        raise DataError(
            f"{out}: cannot be written ({' '.join(str(reason).split())}); check the rights and the"
            f" free space, then repeat the command: finished scenes are kept"
        ) from None


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silences TFDS: its log, what it prints, its progress bars."""
    tfds.disable_progress_bar()
    with quiet_log("absl"), contextlib.redirect_stdout(io.StringIO()):
        yield
