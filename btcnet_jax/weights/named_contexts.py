"""Contexts in files of their own, by the fingerprint that files of the codec name them by.

Those that shipped before the ones that ship now, whose files are read for ever; and those of dependent
quantization. Each file holds arrays `format` and `context/...`. There is no network in it, for any restores any
file.
"""

from btcnet_jax.coding.context import ContextWeights
from btcnet_jax.errors import CheckpointError
from btcnet_jax.weights.universal_arrays import read_arrays
from btcnet_jax.weights.weight_file import contexts_of

EARLIER = frozenset(map(bytes.fromhex, ["7ef9269da5f13dbd", "1d80804a43c0c974"]))
"""Of contexts that shipped before: of scalar quantization, and of dependent that does not know surprise."""
DEPENDENT = bytes.fromhex("d515c114582ec3e1")
"""Of dependent quantization."""


def named_contexts(fingerprint: bytes) -> ContextWeights:
    """The contexts of a fingerprint in `EARLIER`, or `DEPENDENT`.

    Raises:
        CheckpointError: their file is missing or damaged.
    """
    name, arrays = read_arrays(shipped=f"contexts_{fingerprint.hex()}.npz")
    try:
        return contexts_of(arrays)
    except (KeyError, ValueError) as error:
        raise CheckpointError(f"{name}: arrays are missing or of another shape") from error
