"""The universal codec's weights: one file, integers for the coder and float16 for the detail network.

An .npz: `format`; the arrays of `ContextWeights` as integers, `context/mean_weights` and so on;
`detail/LAYER/kernel` and `/bias` in float16, which float32 holds exactly: the weights are the same everywhere.

How a file is read depends on the contexts alone, so their fingerprint is what it names: the same file decodes
with any network. Format 1 took the network into the fingerprint; contexts that were shipped so keep their name.
"""

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from btcnet_jax.coding.context import ContextWeights
from btcnet_jax.errors import CheckpointError
from btcnet_jax.files import write_atomically
from btcnet_jax.weights.universal_arrays import FORMAT, FULL_NETWORK, read_arrays

_FINGERPRINT_BYTES = 8
_NAMED_WITH_NETWORK = 1
_SHIPPED_WITH_NETWORK = {"acc1a0bc65699b3f": "7ef9269da5f13dbd"}
"""Fingerprints of contexts alone, and those that files have which name them and their first network."""
_CONTEXT, _DETAIL = "context/", "detail/"


@dataclass(frozen=True, eq=False)
class UniversalWeights:
    """All that the universal codec has learnt.

    Attributes:
        context: integer weights and tables of the coder.
        detail: parameters of the detail network, float32.
        fingerprint: 8 bytes that files name the contexts by: BLAKE2b (RFC 7693) of the name, shape and values
            of each of their arrays.
        network: 8 bytes, likewise of the network's arrays.
    """

    context: ContextWeights
    detail: dict[str, Any]
    fingerprint: bytes
    network: bytes


def load_weights(path: Path | None = None) -> UniversalWeights:
    """Reads weights; without a path those that ship with the codec.

    Raises:
        CheckpointError: the file is missing, damaged, or of a newer format.
    """
    name, arrays = read_arrays(path)
    return _from_arrays(arrays, name, ours=path is None)


def save_weights(path: Path, context: ContextWeights, detail: dict[str, Any]) -> None:
    """Writes weights, the network's rounded to float16; the same weights give the same bytes.

    Raises:
        BtcnetError: the path cannot be written.
        ValueError: a parameter is not finite, or too large for float16.
    """
    arrays: dict[str, Any] = {"format": np.int32(FORMAT)}
    arrays |= _named(_CONTEXT, context.arrays())
    _write(path, arrays | _halved(detail))


def save_network(path: Path, detail: dict[str, Any]) -> bytes:
    """Writes a network alone, rounded to float16, and gives the 8 bytes that name it.

    Raises:
        BtcnetError: the path cannot be written.
        ValueError: a parameter is not finite, or too large for float16.
    """
    arrays = _halved(detail)
    _write(path, {"format": np.int32(FORMAT)} | arrays)
    return _digest(_network_arrays(_detail_of(arrays)))


def load_full_network() -> tuple[dict[str, Any], bytes]:
    """Parameters, float32, of the larger network that ships, and the 8 bytes that name it.

    Raises:
        CheckpointError: its file is missing or damaged.
    """
    name, arrays = read_arrays(shipped=FULL_NETWORK)
    try:
        detail = _detail_of(arrays)
        _require_network(detail)
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{name}: arrays are missing or of another shape") from error
    return detail, _digest(_network_arrays(detail))


def _halved(detail: dict[str, Any]) -> dict[str, Any]:
    arrays: dict[str, Any] = {}
    for layer, values in _flat(detail):
        if not (np.abs(values) <= np.finfo(np.float16).max).all():  # NaN too
            raise ValueError(f"{layer} holds values that float16 cannot")
        arrays[_DETAIL + layer] = values.astype(np.float16)
    return arrays


def _detail_of(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    return _nested(
        {
            key.removeprefix(_DETAIL): values.astype(np.float32)
            for key, values in arrays.items()
            if key.startswith(_DETAIL)
        }
    )


def _write(path: Path, arrays: dict[str, Any]) -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    write_atomically(path, buffer.getvalue())


def _from_arrays(arrays: dict[str, np.ndarray], name: str, ours: bool) -> UniversalWeights:
    try:
        context = contexts_of(arrays)
        detail = _detail_of(arrays)
        if not ours:
            _require_network(detail)
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{name}: arrays are missing or of another shape") from error
    network = _network_arrays(detail)
    if int(arrays["format"]) == _NAMED_WITH_NETWORK:
        fingerprint = _digest(_named(_CONTEXT, context.arrays()) | network)
    else:
        fingerprint = fingerprint_of(context)
    return UniversalWeights(context, detail, fingerprint, _digest(network))


def save_contexts(folder: Path, context: ContextWeights) -> Path:
    """Writes contexts alone into a file that has their fingerprint in its name.

    Raises:
        BtcnetError: the folder cannot be written.
    """
    arrays: dict[str, Any] = {"format": np.int32(FORMAT)}
    arrays |= _named(_CONTEXT, context.arrays())
    path = folder / f"contexts_{fingerprint_of(context).hex()}.npz"
    _write(path, arrays)
    return path


def fingerprint_of(context: ContextWeights) -> bytes:
    """What files name contexts by; see `UniversalWeights`."""
    alone = _digest(_named(_CONTEXT, context.arrays()))
    return bytes.fromhex(_SHIPPED_WITH_NETWORK.get(alone.hex(), alone.hex()))


def contexts_of(arrays: dict[str, np.ndarray]) -> ContextWeights:
    """The contexts among the arrays of a file; KeyError or ValueError where they are none."""
    named = {key.removeprefix(_CONTEXT): values for key, values in arrays.items()}
    return ContextWeights.of_arrays(named)


def _network_arrays(detail: dict[str, Any]) -> dict[str, np.ndarray]:
    return _named(_DETAIL, {name: values.astype("<f4") for name, values in _flat(detail)})


# As Flax's `flatten_dict` and `unflatten_dict`; but Flax takes longer to import than a small scene to compress.
def _flat(layers: dict[str, Any], lead: str = "") -> Iterator[tuple[str, np.ndarray]]:
    """Arrays by the names of the layers that hold them, with slashes, in order."""
    for name, values in sorted(layers.items()):
        if isinstance(values, dict):
            yield from _flat(values, f"{lead}{name}/")
        else:
            yield lead + name, np.asarray(values)


def _nested(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Inverse of `_flat`."""
    layers: dict[str, Any] = {}
    for name, values in arrays.items():
        *path, last = name.split("/")
        inside = layers
        for part in path:
            inside = inside.setdefault(part, {})
        inside[last] = values
    return layers


def _require_network(detail: dict[str, Any]) -> None:
    """Raise KeyError or ValueError on parameters of no network; those that ship have passed this."""
    from btcnet_jax.models.detail_networks import require_network

    require_network(detail)


def _named(prefix: str, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {prefix + name: values for name, values in arrays.items()}


def _digest(arrays: dict[str, np.ndarray]) -> bytes:
    digest = hashlib.blake2b(digest_size=_FINGERPRINT_BYTES)
    for name, values in sorted(arrays.items()):
        digest.update(json.dumps([name, values.shape]).encode())
        digest.update(values.tobytes())
    return digest.digest()
