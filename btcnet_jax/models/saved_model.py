"""A model as it is used, wherever it was read from."""

from typing import Any, NamedTuple

import numpy as np

from btcnet_jax.config import ModelConfig


class SavedModel(NamedTuple):
    """A configuration, float32 parameters, and integer tables if it has its own."""

    config: ModelConfig
    params: dict[str, Any]
    tables: dict[str, np.ndarray]
