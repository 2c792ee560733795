"""Turn a published PyTorch checkpoint (.pth, a state dict) into a model folder.

example:
  main.py import btcnet_v2.pth runs/published --bits 8

Needs PyTorch: pip install torch. Only tensors are loaded; code in the file is never run.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("checkpoint", type=Path, help="the .pth file")
    parser.add_argument("folder", type=Path, help="the model folder to make")
    parser.add_argument("--bits", type=int, default=8, help="quantizer: 2 to 8, or 32 for none (8)")


def run(arguments: argparse.Namespace) -> int:
    """Import, and say what the model is."""
    from btcnet_jax import checkpoints
    from btcnet_jax.config import Config
    from btcnet_jax.errors import CheckpointError
    from btcnet_jax.extras import require_extra
    from btcnet_jax.models.btcnet import count_params
    from btcnet_jax.models.published import from_published, read_state_dict

    require_extra("train", "orbax.checkpoint")
    if checkpoints.latest_step(arguments.folder) is not None:
        raise CheckpointError(f"{arguments.folder} holds a model already: name a new folder")
    model, params = from_published(read_state_dict(arguments.checkpoint), arguments.bits)
    config = Config(workdir=str(arguments.folder), model=model)
    with checkpoints.CheckpointWriter(arguments.folder, keep=1) as writer:
        writer.save(0, {"params": params}, config.to_dict(), None)
    print(f"{arguments.folder}: {model.bands} bands, {count_params(params):,} parameters")
    return 0
