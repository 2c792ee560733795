"""Tell what a compressed file, a model folder or a cube holds.

example:
  main.py info scene.btcn
  main.py info runs/tiny
  main.py info scene.mat
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from btcnet_cli.cube_facts import cube_facts
from btcnet_cli.cube_options import add_cube_options
from btcnet_cli.report import about

if TYPE_CHECKING:
    import numpy as np


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("path", type=Path, help="a .btcn file, a model folder or a cube")
    add_cube_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print a name and a value a line."""
    path = arguments.path
    if path.is_dir():
        facts = _model_facts(path)
    elif _is_compressed(path):
        facts = _file_facts(path)
    else:
        facts = cube_facts(path, arguments.variable, arguments.axes)
    width = max(map(len, facts))
    for name, value in facts.items():
        print(f"{name:{width}}  {value}")
    return 0


def _is_compressed(path: Path) -> bool:
    from btcnet_jax.container.container import MAGIC

    if path.suffix == ".btcn" or not path.is_file():
        return path.suffix == ".btcn"
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _file_facts(path: Path) -> dict[str, Any]:
    # What is read here takes no JAX, so that a file is told about at once.
    from btcnet_cli.cube_facts import info_facts
    from btcnet_jax.container.compressed_file import read_compressed
    from btcnet_jax.container.header import EntropyModelId
    from btcnet_jax.container.scene_sections import read_facts, read_info
    from btcnet_jax.files import read_file
    from btcnet_jax.metrics import bits_per_sample
    from btcnet_jax.parts.file_facts import latent_facts
    from btcnet_jax.scene import SceneInfo

    data = read_file(path)
    with about(path):
        file = read_compressed(data)
        facts = latent_facts(file)
        known = SceneInfo(**read_info(file))
        missing = read_facts(file).missing
    header = file.header
    shape = (header.rows, header.cols, header.bands)
    return {
        "file": f"{path}, {len(data)} bytes, {bits_per_sample(len(data), *shape):.4f} bpppb",
        "cube": f"{' x '.join(map(str, shape))} (rows x columns x bands), {header.dtype}",
        "values": f"{header.minimum} to {header.maximum}",
        **facts,
        **info_facts(known),
        **({} if missing is None else {"no data": _share(missing.count(), shape)}),
        "entropy model": EntropyModelId(header.entropy_model).name.lower().replace("_", " "),
        "sections": ", ".join(f"{kind.name} {len(data)}" for kind, data in file.sections.items()),
    }


def _model_facts(path: Path) -> dict[str, Any]:
    from btcnet_jax import checkpoints
    from btcnet_jax.config import flatten
    from btcnet_jax.models.btcnet import count_params, encoder_cost
    from btcnet_jax.models.fingerprint import model_fingerprint

    step = checkpoints.read_checkpoint(path).step
    config, params, tables = checkpoints.load_model(path)
    options = {"architecture": config.architecture, "quantizer": config.quantizer}
    options |= flatten(config.options())
    return {
        "model": f"{path}, step {step}, {model_fingerprint(config, params, tables).hex()}",
        **{name.replace("_", " "): value for name, value in options.items()},
        "rate levels": config.rate_levels,
        "decoder.context": config.decoder.context,
        "parameters": f"{count_params(params):,}",
        "encoder": encoder_cost(config),
        **_table_facts(tables),
    }


def _table_facts(tables: "dict[str, np.ndarray]") -> dict[str, Any]:
    if not tables:
        return {}
    levels, channels, alphabet = tables["frequencies"].shape
    return {"tables": f"{levels * channels} of integers, of up to {alphabet - 1} symbols"}


def _share(samples: int, shape: tuple[int, ...]) -> str:
    return f"{100 * samples / (shape[0] * shape[1] * shape[2]):.4g} % of the samples"
