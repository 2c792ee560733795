"""The arrays of the universal codec's weights file, read without what codes with them."""

import importlib.resources
import io
import zipfile
import zlib
from pathlib import Path

import numpy as np

from btcnet_jax.errors import CheckpointError

FORMAT = 2
_UNREADABLE = (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error)


SHIPPED = "universal.npz"
FULL_NETWORK = "decoder_full.npz"
"""Of the larger network, which restores any file too."""


def read_arrays(
    path: Path | None = None, shipped: str = SHIPPED
) -> tuple[str, dict[str, np.ndarray]]:
    """What messages call the file, and its arrays by name.

    Args:
        path: of the file; None for one that ships.
        shipped: the name of that one.

    Raises:
        CheckpointError: the file is missing, damaged, or of a newer format.
    """
    name = "the codec's own weights" if path is None else str(path)
    try:
        data = _shipped(shipped) if path is None else path.read_bytes()
    except (OSError, ModuleNotFoundError) as error:
        mend = "install the codec again" if path is None else "check the path"
        raise CheckpointError(f"cannot read {name} ({type(error).__name__}): {mend}") from error
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
        number = int(arrays["format"])
    except _UNREADABLE as error:
        raise CheckpointError(f"{name}: damaged, or no weights of the universal codec") from error
    if number > FORMAT:
        raise CheckpointError(
            f"{name}: format {number}, this version reads up to {FORMAT}: update btcnet_jax"
        )
    return name, arrays


def _shipped(name: str) -> bytes:
    return importlib.resources.files("btcnet_jax.weights").joinpath(name).read_bytes()
