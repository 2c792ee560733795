"""A model as it is used, wherever it was read from."""

from typing import NamedTuple

import numpy as np

from btcnet_jax.config import ModelConfig
from btcnet_jax.models.btcnet import Params


class SavedModel(NamedTuple):
    """A configuration, float32 parameters, and integer tables if it has its own."""

    config: ModelConfig
    params: Params
    tables: dict[str, np.ndarray]
