"""The codec: a scene to the bytes of one file and back; every codec of the house behind one interface."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Shaped

from btcnet_jax.codec.bound import Bound
from btcnet_jax.codec.build import DEFAULT_BPPPB, bounded_codec, load, universal_codec
from btcnet_jax.codec.codec import Codec
from btcnet_jax.codec.open_file import OpenFile, codec_of, open_file
from btcnet_jax.codec.target import Level, Psnr, Rate, Sam, Target
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.limits import Limits
from btcnet_jax.progress import Progress
from btcnet_jax.scene import Scene

if TYPE_CHECKING:
    from btcnet_jax.codec.build_network import network_codec

__all__ = [
    "DEFAULT_BPPPB",
    "Bound",
    "Codec",
    "Level",
    "Limits",
    "OpenFile",
    "Psnr",
    "Rate",
    "Sam",
    "Target",
    "bounded_codec",
    "codec_of",
    "compress",
    "decompress",
    "load",
    "network_codec",
    "open_file",
    "universal_codec",
]


def __getattr__(name: str) -> Any:
    # When it is first used: with it come JAX and Flax, which facts of a file and its encoder do without.
    if name != "network_codec":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from btcnet_jax.codec.build_network import network_codec

    return network_codec


def compress(
    scene: Scene | Shaped[np.ndarray, "..."],
    target: Target | None = None,
    progress: Progress | None = None,
    *,
    optimize: str | None = None,
    effort: str | None = None,
    quantization: str | None = None,
) -> bytes:
    """The bytes of a file of the universal codec, or of the bounded one where the target is a `Bound`.

    See `Codec.compress`, for what follows `progress` `load`.
    """
    model = "bounded" if isinstance(target, Bound) else None
    codec = load(model, optimize=optimize, effort=effort, quantization=quantization)
    return codec.compress(scene, target, progress)


def decompress(
    data: bytes,
    model: str | Path | None = None,
    progress: Progress | None = None,
    *,
    limits: Limits | None = None,
) -> Scene:
    """The scene of a file, by the codec that wrote it; see `open_file` for `model`, `limits` and the errors."""
    return OpenFile(read_compressed(data, limits), model).decompress(progress)
