"""The universal codec's weights: one file, integers for the coder and float16 for the detail network.

An .npz: `format`; `context/mean_weights`, `context/scale_weights`, `context/frequencies` as integers;
`detail/LAYER/kernel` and `/bias` in float16, which float32 holds exactly: the weights are the same everywhere.
"""

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict

from btcnet_jax.coding.context import ContextWeights
from btcnet_jax.errors import CheckpointError
from btcnet_jax.files import write_atomically
from btcnet_jax.models.detail_net import detail_net_of
from btcnet_jax.weights.universal_arrays import FORMAT, read_arrays

_FINGERPRINT_BYTES = 8
_CONTEXT, _DETAIL = "context/", "detail/"


@dataclass(frozen=True, eq=False)
class UniversalWeights:
    """All that the universal codec has learnt.

    Attributes:
        context: integer weights and tables of the coder.
        detail: parameters of the detail network, float32.
        fingerprint: 8 bytes, BLAKE2b (RFC 7693) of every array's name, shape and values.
    """

    context: ContextWeights
    detail: dict[str, Any]
    fingerprint: bytes


def load_weights(path: Path | None = None) -> UniversalWeights:
    """Reads weights; without a path those that ship with the codec.

    Raises:
        CheckpointError: the file is missing, damaged, or of a newer format.
    """
    name, arrays = read_arrays(path)
    return _from_arrays(arrays, name)


def save_weights(path: Path, context: ContextWeights, detail: dict[str, Any]) -> None:
    """Writes weights, the network's rounded to float16; the same weights give the same bytes.

    Raises:
        BtcnetError: the path cannot be written.
        ValueError: a parameter is not finite, or too large for float16.
    """
    arrays: dict[str, Any] = {"format": np.int32(FORMAT)}
    arrays |= {_CONTEXT + key: values for key, values in _context_arrays(context).items()}
    for layers, values in sorted(flatten_dict(detail).items()):
        values = np.asarray(values)
        if not (np.abs(values) <= np.finfo(np.float16).max).all():  # NaN too
            raise ValueError(f"{'/'.join(layers)} holds values that float16 cannot")
        arrays[_DETAIL + "/".join(layers)] = values.astype(np.float16)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    write_atomically(path, buffer.getvalue())


def _from_arrays(arrays: dict[str, np.ndarray], name: str) -> UniversalWeights:
    try:
        context = ContextWeights(
            **{
                key: arrays[_CONTEXT + key].astype(np.int64)
                for key in ("mean_weights", "scale_weights", "frequencies")
            }
        )
        layers = {
            tuple(key.removeprefix(_DETAIL).split("/")): values.astype(np.float32)
            for key, values in arrays.items()
            if key.startswith(_DETAIL)
        }
        detail = unflatten_dict(layers)
        detail_net_of(detail)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{name}: arrays are missing or of another shape") from error
    return UniversalWeights(context, detail, _fingerprint(context, detail))


def _context_arrays(context: ContextWeights) -> dict[str, np.ndarray]:
    names = ("frequencies", "mean_weights", "scale_weights")
    return {name: np.asarray(getattr(context, name), "<i4") for name in names}


def _fingerprint(context: ContextWeights, detail: dict[str, Any]) -> bytes:
    digest = hashlib.blake2b(digest_size=_FINGERPRINT_BYTES)
    arrays = {_CONTEXT + name: values for name, values in _context_arrays(context).items()}
    arrays |= {
        _DETAIL + "/".join(path): np.asarray(values, "<f4")
        for path, values in flatten_dict(detail).items()
    }
    for name, values in sorted(arrays.items()):
        digest.update(json.dumps([name, values.shape]).encode())
        digest.update(values.tobytes())
    return digest.digest()
