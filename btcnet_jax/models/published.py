"""Parameters under the names and layouts of the published PyTorch checkpoints, and back.

The published name of a leaf is a dotted path; each part maps to one of ours. Convolution weights are
(out, in, rows, cols) there and (rows, cols, in, out) here.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict

from btcnet_jax.config import UNQUANTIZED_BITS, ModelConfig
from btcnet_jax.errors import CheckpointError, ModelMismatchError
from btcnet_jax.models.btcnet import Params, param_shapes

# Whole paths first, since these parts would mean something else elsewhere.
_PREFIXES = {
    "encoder.weight": "encoder.kernel",
    "encoder.p_relu.weight": "encoder.slope",
    "decoder.spatial_restorer.upsampler.": "decoder.spatial_restorer.",
    "decoder.spectral_restorer.upsampler.": "decoder.spectral_restorer.",
    "decoder.spectral_restorer.skip_connection.": "decoder.spectral_skip.",
}
_PARTS = {
    "SESAM": "sesam",
    "SEFFM": "seffm",
    "module_q": "query",
    "module_k": "key",
    "module_v": "value",
    "layer_1": "branch_1",
    "layer_2": "branch_2",
    "0": "pointwise",
    "2": "spatial",
}


def read_state_dict(path: str | Path) -> dict[str, np.ndarray]:
    """The tensors of a PyTorch checkpoint file, float32, under their published names.

    A state dict wrapped under `state_dict` or `model`, and the prefix `module.` that data-parallel
    training adds, are accepted.

    Raises:
        CheckpointError: PyTorch is missing, or the file is missing, damaged or no state dict.
    """
    try:
        import torch
    except ImportError as error:
        raise CheckpointError("reading a .pth file needs PyTorch: pip install torch") from error
    if not Path(path).is_file():
        raise CheckpointError(f"{path}: no such file")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    # torch.load raises a dozen types, depending on where a damaged file stops making sense.
    except Exception as error:
        raise CheckpointError(f"{path} is damaged or no PyTorch state dict") from error
    state = next((state[k] for k in ("state_dict", "model") if _has(state, k)), state)
    if not isinstance(state, dict) or not all(map(torch.is_tensor, state.values())):
        raise CheckpointError(f"{path} holds no state dict of tensors")
    return {name.removeprefix("module."): leaf.float().numpy() for name, leaf in state.items()}


def our_name(published: str) -> tuple[str, ...]:
    """The path in our parameter tree of a published parameter name."""
    name = published
    for theirs, ours in _PREFIXES.items():
        if name.startswith(theirs):
            name = ours + name[len(theirs) :]
    parts = [_PARTS.get(part, part) for part in name.split(".")]
    if parts[-1] == "weight":
        parts[-1] = "scale" if parts[-2] == "layer_norm" else "kernel"
    return tuple(parts)


def published_name(ours: tuple[str, ...]) -> str:
    """The published name of a path in our parameter tree: the inverse of `our_name`."""
    theirs = {ours: theirs for theirs, ours in _PARTS.items()}
    parts = [theirs.get(part, part) for part in ours]
    if parts[-1] in ("kernel", "scale") and parts[0] != "encoder":
        parts[-1] = "weight"
    name = ".".join(parts)
    for theirs_prefix, our_prefix in reversed(_PREFIXES.items()):
        if name.startswith(our_prefix):
            return theirs_prefix + name[len(our_prefix) :]
    return name


def to_published(params: Params) -> dict[str, np.ndarray]:
    """Our parameters as a state dict of float32 arrays in PyTorch's layout."""
    flat = flatten_dict(params)
    return {published_name(path): _to_torch_layout(np.asarray(leaf)) for path, leaf in flat.items()}


def from_published(state: Mapping[str, np.ndarray], bits: int) -> tuple[ModelConfig, Params]:
    """A published state dict as a configuration and our parameters (float32).

    Args:
        state: published name to array, PyTorch's layout.
        bits: of the quantizer, 2..8 or 32; the weights do not tell.

    Raises:
        ModelMismatchError: a parameter is missing, unknown or of the wrong shape; names the first.
    """
    config = infer_config(state, bits)
    wanted = flatten_dict(param_shapes(config))
    given = {our_name(name): _to_our_layout(np.asarray(leaf)) for name, leaf in state.items()}
    for path, shape in wanted.items():
        if path not in given:
            raise ModelMismatchError(
                f"the checkpoint lacks {published_name(path)}: not BTC-Net V2?"
            )
        if given[path].shape != shape.shape:
            raise ModelMismatchError(
                f"{published_name(path)} has shape {given[path].shape} (rows, cols, in, out), "
                f"but {shape.shape} fits the other parameters"
            )
    unknown = sorted(set(given) - set(wanted))
    if unknown:
        raise ModelMismatchError(
            f"the checkpoint holds {published_name(unknown[0])}, which BTC-Net V2 does not have"
        )
    return config, unflatten_dict({path: given[path].astype(np.float32) for path in wanted})


def infer_config(state: Mapping[str, np.ndarray], bits: int = UNQUANTIZED_BITS) -> ModelConfig:
    """The configuration a published state dict's shapes belong to.

    Raises:
        ModelMismatchError: a parameter that tells the sizes is missing or not a convolution.
        ConfigError: `bits` is not 2..8 or 32.
    """
    channels, bands, _, scale = _conv_shape(state, "encoder.weight")
    features = _conv_shape(state, "decoder.detail_restorer.conv_feature.weight")[0]
    branch = "decoder.detail_restorer.dram_down_1.SEFFM.layer_1.0.weight"
    config = ModelConfig(
        bands=bands,
        latent_channels=channels,
        bits=bits,
        features=features,
        gamma=_conv_shape(state, branch)[0] // max(features, 1),
        scale=scale,
    )
    config.validate()
    return config


def _has(state: object, name: str) -> bool:
    return isinstance(state, dict) and isinstance(state.get(name), dict)


def _conv_shape(state: Mapping[str, np.ndarray], name: str) -> tuple[int, ...]:
    if name not in state or np.ndim(state[name]) != 4:
        raise ModelMismatchError(f"the checkpoint has no convolution {name}: not BTC-Net V2?")
    return tuple(int(n) for n in np.shape(state[name]))


def _to_our_layout(leaf: np.ndarray) -> np.ndarray:
    return leaf.transpose(2, 3, 1, 0) if leaf.ndim == 4 else leaf


def _to_torch_layout(leaf: np.ndarray) -> np.ndarray:
    return leaf.transpose(3, 2, 0, 1) if leaf.ndim == 4 else leaf
