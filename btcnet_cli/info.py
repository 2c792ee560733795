"""Tell what a compressed file, a model or a cube holds.

example:
  main.py info scene.btcn
  main.py info runs/tiny
  main.py info btcnet-v2-aviris          # of those that main.py models lists
  main.py info scene.mat
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from btcnet_cli.cube_facts import cube_facts
from btcnet_cli.limit_options import add_limit_options, limits_of
from btcnet_cli.model_facts import is_model, model_facts
from btcnet_cli.report import about

if TYPE_CHECKING:
    from btcnet_jax.container.limits import Limits


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("path", type=Path, help="a .btcn file, a model or a cube")
    parser.add_argument("--variable", help="which array, in a file that holds several cubes")
    add_limit_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print a name and a value a line."""
    path = arguments.path
    if is_model(path):
        facts = model_facts(path)
    elif _is_compressed(path):
        facts = _file_facts(path, limits_of(arguments))
    else:
        facts = cube_facts(path, arguments.variable)
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


def _file_facts(path: Path, limits: "Limits") -> dict[str, Any]:
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
        file = read_compressed(data, limits)
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


def _share(samples: int, shape: tuple[int, ...]) -> str:
    return f"{100 * samples / (shape[0] * shape[1] * shape[2]):.4g} % of the samples"
