"""Which codec a command uses: a trained model that --model names, or else the universal codec."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from btcnet_jax.errors import ConfigError, ModelMismatchError

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Num, Shaped

    from btcnet_jax.codec import Codec
    from btcnet_jax.parts.network import Progress
    from btcnet_jax.universal import UniversalCodec

    AnyCodec = Codec | UniversalCodec


def add_model_option(parser: argparse.ArgumentParser) -> None:
    """Declare --model."""
    parser.add_argument(
        "--model",
        type=Path,
        help="folder of a trained model; without it the universal codec, for any sensor",
    )


def load_codec(model: Path | None) -> "AnyCodec":
    """The codec of a trained model's folder, or the universal one.

    Raises:
        CheckpointError: the model or the weights cannot be read.
    """
    from btcnet_jax.codec import Codec
    from btcnet_jax.universal import UniversalCodec

    return UniversalCodec.load() if model is None else Codec.load(model)


def compress_as_asked(
    codec: "AnyCodec", cube: "Shaped[np.ndarray, '...']", arguments: argparse.Namespace
) -> bytes:
    """The file at the rate or the level of the command line.

    Raises:
        CubeError: the cube cannot be compressed with this codec.
        ConfigError: the model has no such level, or none within the rate; no file is within the rate.
    """
    from btcnet_jax.universal import DEFAULT_BPPPB, UniversalCodec

    if isinstance(codec, UniversalCodec):
        require_no_level(arguments)
        return codec.compress(cube, arguments.bpppb or DEFAULT_BPPPB)
    if arguments.bpppb is not None:
        return codec.compress_within(cube, arguments.bpppb)
    return codec.compress(cube, arguments.level)


def require_no_level(arguments: argparse.Namespace) -> None:
    """Refuse --level without a model.

    Raises:
        ConfigError: it was given.
    """
    if arguments.model is None and arguments.level is not None:
        raise ConfigError("--level is of a trained model: name it with --model, or give --bpppb")


def decompress_as_asked(
    data: bytes, arguments: argparse.Namespace, progress: "Progress"
) -> "Num[np.ndarray, '...']":
    """The cube of a file, by the codec that its header names.

    Raises:
        FileFormatError: the file is damaged.
        ModelMismatchError: it needs another model, or none.
        ConfigError: --ensemble for a trained model.
    """
    from btcnet_jax.codec.codec import read_header
    from btcnet_jax.container.container import read_container
    from btcnet_jax.universal import UniversalCodec, is_universal

    header = read_header(read_container(data))
    if is_universal(header):
        if arguments.model is not None:
            raise ModelMismatchError("the universal codec wrote the file: leave out --model")
        return UniversalCodec.load().decompress(data, progress, arguments.ensemble or 1)
    if arguments.ensemble is not None:
        raise ConfigError("--ensemble is of the universal codec; a trained model wrote this file")
    if arguments.model is None:
        raise ModelMismatchError(
            f"the trained model {header.fingerprint.hex()} wrote the file: name it with --model"
        )
    from btcnet_jax.codec import Codec

    return Codec.load(arguments.model).decompress(data, progress)
