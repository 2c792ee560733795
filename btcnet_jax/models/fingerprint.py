"""A short name for a model's exact weights, so that a file can say which model reads it."""

import hashlib
import json

import numpy as np
from flax.traverse_util import flatten_dict

from btcnet_jax.config import ModelConfig
from btcnet_jax.models.btcnet import Params

_BYTES = 8


def model_fingerprint(config: ModelConfig, params: Params) -> bytes:
    """BLAKE2b (RFC 7693), 8 bytes, of the configuration and of every parameter's name, shape and value."""
    digest = hashlib.blake2b(digest_size=_BYTES)
    digest.update(json.dumps(config.options(), sort_keys=True).encode())
    for path, leaf in sorted(flatten_dict(params).items()):
        values = np.asarray(leaf, dtype="<f4")
        digest.update(json.dumps([path, values.shape]).encode())
        digest.update(values.tobytes())
    return digest.digest()
