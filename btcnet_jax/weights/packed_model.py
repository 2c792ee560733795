"""A trained model in one file: the decoder's weights in float16, the encoder's and the prior's in float32.

The encoder is small, and of a rounded one a share of the symbols would be others. What float16 holds,
float32 holds exactly, so the packed weights are the same everywhere; rounding makes them another model,
with a fingerprint of its own.
"""

from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict

from btcnet_jax.coding.precision import PRECISION
from btcnet_jax.config import ModelConfig
from btcnet_jax.config.model import CONTEXTS, LEARNED
from btcnet_jax.errors import CheckpointError
from btcnet_jax.models.btcnet import Params, param_shapes
from btcnet_jax.models.fingerprint import model_fingerprint
from btcnet_jax.models.param_difference import first_difference
from btcnet_jax.models.saved_model import SavedModel
from btcnet_jax.weights.coding_tables import CONTEXT_TABLES, SHIFTS
from btcnet_jax.weights.packed_file import PackedText, config_of, read_packed, write_packed

_ROUNDED = "decoder"
# Of a V1 network's block there are 34.
_ARRAYS_A_BLOCK = 30
_PARAMS, _TABLES = "params/", "tables/"


class Rounded(NamedTuple):
    """A model as it is packed.

    Attributes:
        model: with the decoder's weights rounded.
        greatest: by how much a weight has changed at most.
        share: the same out of the greatest weight of its array, at most.
    """

    model: SavedModel
    greatest: float
    share: float


def round_model(saved: SavedModel) -> Rounded:
    """The model whose decoder's weights float16 holds; of one that was packed before, the same.

    Raises:
        CheckpointError: a weight is not finite, or too large for float16.
    """
    params: Params = jax.tree.map(lambda leaf: np.asarray(leaf, np.float32), saved.params)
    greatest = share = 0.0
    before = flatten_dict(params[_ROUNDED])
    after = {}
    for path, values in before.items():
        # Written so that NaN fails too.
        if not (np.abs(values) <= np.finfo(np.float16).max).all():
            raise CheckpointError(
                f"the model's {_ROUNDED}/{'/'.join(path)} holds values that float16 cannot: its training "
                "failed, or it cannot be packed"
            )
        after[path] = values.astype(np.float16).astype(np.float32)
        change = float(np.abs(after[path] - values).max(initial=0))
        greatest = max(greatest, change)
        share = max(share, change / max(float(np.abs(values).max(initial=0)), 1e-30))
    rounded = {**params, _ROUNDED: unflatten_dict(after)}
    return Rounded(SavedModel(saved.config, rounded, saved.tables), greatest, share)


def save_packed(path: Path, model: SavedModel, card: dict[str, Any]) -> bytes:
    """Writes a model that `round_model` gave; returns its fingerprint.

    Raises:
        BtcnetError: the path cannot be written.
    """
    fingerprint = model_fingerprint(model.config, model.params, model.tables)
    arrays = {}
    for names, leaf in flatten_dict(model.params).items():
        kind = "<f2" if names[0] == _ROUNDED else "<f4"
        arrays[_PARAMS + "/".join(names)] = np.asarray(leaf, kind)
    arrays |= {_TABLES + name: np.asarray(table, "<i4") for name, table in model.tables.items()}
    write_packed(path, PackedText(fingerprint, model.config.options(), card), arrays)
    return fingerprint


def load_packed(path: Path) -> SavedModel:
    """The model of a packed file, checked to the last value.

    Raises:
        CheckpointError: no such file, not a packed model, damaged, altered, or of a newer format.
        ConfigError: its configuration does not fit this version.
    """
    text, arrays = read_packed(path)
    config = config_of(text, path)
    layers, tables = {}, {}
    for name, values in arrays.items():
        if name.startswith(_PARAMS) and values.dtype.kind == "f":
            layers[tuple(name.removeprefix(_PARAMS).split("/"))] = values.astype(np.float32)
        elif name.startswith(_TABLES) and values.dtype.kind == "i":
            tables[name.removeprefix(_TABLES)] = values
        else:
            raise CheckpointError(f"{path}: its part {name[:60]!r} is not known here")
    params = unflatten_dict(layers)
    difference = _difference(config, params, len(arrays))
    if difference:
        raise CheckpointError(f"{path} is of another network than it says: {difference}")
    if not _tables_fit(config, tables):
        raise CheckpointError(f"{path}: its tables are missing or cannot be coded with")
    if model_fingerprint(config, params, tables) != text.fingerprint:
        raise CheckpointError(f"{path} was altered or is damaged: get or pack it again")
    return SavedModel(config, params, tables)


def _difference(config: ModelConfig, params: Params, arrays: int) -> str | None:
    # A made-up configuration must neither be traced for ever nor end in a stack trace.
    if config.architecture == "v1" and config.v1.blocks * _ARRAYS_A_BLOCK > arrays:
        return f"it has no {config.v1.blocks} blocks"
    try:
        needed = param_shapes(config)
    except (ValueError, TypeError, ArithmeticError, MemoryError) as error:
        return f"no network has such sizes ({type(error).__name__})"
    return first_difference(params, needed)


def _tables_fit(config: ModelConfig, tables: dict[str, np.ndarray]) -> bool:
    if config.quantizer != LEARNED:
        return not tables
    if config.coding == CONTEXTS:
        return _contexts_fit(config, tables)
    leading = (config.rate_levels, config.latent_channels)
    if set(tables) != {"frequencies", "first"} or tables["first"].shape != leading:
        return False
    frequencies = tables["frequencies"]
    if frequencies.ndim != 3 or frequencies.shape[:2] != leading or frequencies.shape[2] < 2:
        return False
    listed = frequencies.min() >= 0 and frequencies[..., :2].min() >= 1
    return bool(listed and (frequencies.sum(axis=-1, dtype=np.int64) == 1 << PRECISION).all())


def _contexts_fit(config: ModelConfig, tables: dict[str, np.ndarray]) -> bool:
    # Here, for a training knows of models where no coder is installed.
    from btcnet_jax.coding.context import ContextWeights

    if set(tables) - {SHIFTS} != {"layout", *CONTEXT_TABLES}:
        return False
    layout = tables["layout"]
    if layout.shape != (config.latent_channels, 3):
        return False
    components = config.decoder.core_channels or config.latent_channels
    places = {(int(component), int(frequency)) for component, frequency, _ in layout}
    try:
        ContextWeights.of_arrays(tables)
    except ValueError:
        return False
    return (
        len(places) == len(layout)
        and all(0 <= k < components and 0 <= f < config.scale**2 for k, f in places)
        and bool((np.abs(layout[:, 2]) == 1).all())
    )
