"""A short name for a model's exact weights, so that a file can say which model reads it."""

import hashlib
import json
from collections.abc import Mapping

import numpy as np
from flax.traverse_util import flatten_dict

from btcnet_jax.config import ModelConfig
from btcnet_jax.models.btcnet import Params

_BYTES = 8


def model_fingerprint(
    config: ModelConfig, params: Params, tables: Mapping[str, np.ndarray] | None = None
) -> bytes:
    """BLAKE2b (RFC 7693), 8 bytes, of the configuration and of every parameter's name, shape and value.

    Of the integer tables too, where a learned prior has some: files are coded with these.
    """
    digest = hashlib.blake2b(digest_size=_BYTES)
    digest.update(json.dumps(config.options(), sort_keys=True).encode())
    for path, leaf in sorted(flatten_dict(params).items()):
        _update(digest, path, np.asarray(leaf, dtype="<f4"))
    for name, table in sorted((tables or {}).items()):
        _update(digest, ("tables", name), np.asarray(table, dtype="<i4"))
    return digest.digest()


def _update(digest: "hashlib.blake2b", path: tuple[str, ...], values: np.ndarray) -> None:
    digest.update(json.dumps([path, values.shape]).encode())
    digest.update(values.tobytes())
