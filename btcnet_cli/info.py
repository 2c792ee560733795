"""Tell what a compressed file, a model, a cube or a converted data set holds.

example:
  main.py info scene.btcn
  main.py info runs/tiny
  main.py info btcnet-v2-aviris          # of those that main.py models lists
  main.py info scene.mat
  main.py info records                  # what main.py convert wrote
  main.py info scene.btcn --json -
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from btcnet_cli.cube_facts import cube_facts
from btcnet_cli.cube_options import add_cube_options
from btcnet_cli.evaluate_pair import is_compressed
from btcnet_cli.json_option import add_json_option, require_json_place, write_json
from btcnet_cli.limit_options import add_limit_options, limits_of
from btcnet_cli.model_facts import is_model, model_facts
from btcnet_cli.plan_facts import is_plan, plan_facts, plan_numbers
from btcnet_cli.record_facts import is_records, record_facts
from btcnet_cli.report import about
from btcnet_cli.streams import is_standard, real_file, words_aside

if TYPE_CHECKING:
    from btcnet_jax.container.header import Header
    from btcnet_jax.container.limits import Limits


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "path", type=Path, help="a .btcn file, a plan, a model, a cube, records, or -"
    )
    add_json_option(parser, "it")
    add_cube_options(parser)
    add_limit_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print a name and a value a line."""
    with words_aside(arguments.json):
        require_json_place(arguments.json, arguments.path)
        facts, numbers = _facts(arguments)
        width = max(map(len, facts))
        for name, value in facts.items():
            print(f"{name:{width}}  {value}")
        told = {name: str(value) for name, value in facts.items()}
        write_json(arguments.json, {"told": told, "numbers": numbers})
    return 0


def _facts(arguments: argparse.Namespace) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is known in words, and what of it a program may want as numbers."""
    path = arguments.path
    if is_records(path):
        return record_facts(path), {}
    if not is_standard(path) and is_model(path):
        return model_facts(path), {}
    with real_file(path) as file:
        if is_plan(file):
            from btcnet_jax.codec.plan_file import read_plan

            made = read_plan(file)
            return {"plan": str(path), **plan_facts(made)}, plan_numbers(made)
        if is_compressed(file):
            return _file_facts(file, path, limits_of(arguments))
        return cube_facts(file, arguments.variable, arguments.axes)


def _type_in_words(dtype: str) -> str:
    """As numpy prints it, so that a file and its cube are told alike."""
    order = ", big-endian" if dtype.startswith(">") else ""
    return f"{np.dtype(dtype).newbyteorder('=')}{order}"


def _file_facts(path: Path, shown: Path, limits: "Limits") -> tuple[dict[str, Any], dict[str, Any]]:
    # What is read here takes no JAX, so that a file is told about at once.
    from btcnet_cli.cube_facts import info_facts
    from btcnet_jax.container.compressed_file import read_compressed
    from btcnet_jax.container.header import CoderId, EntropyModelId
    from btcnet_jax.container.scene_sections import read_facts, read_info
    from btcnet_jax.container.sections import SectionKind
    from btcnet_jax.files import read_file
    from btcnet_jax.metrics import bits_per_sample
    from btcnet_jax.parts.bounds import read_bounds
    from btcnet_jax.parts.file_facts import latent_facts, optimized_for
    from btcnet_jax.scene import SceneInfo

    data = read_file(path)
    with about(path):
        file = read_compressed(data, limits)
        facts = latent_facts(file)
        known = SceneInfo(**read_info(file))
        missing = read_facts(file).missing
    header = file.header
    shape = (header.rows, header.cols, header.bands)
    rate = bits_per_sample(len(data), *shape)
    numbers = {
        **{"file_bytes": len(data), "bpppb": rate, "shape": shape, "dtype": header.dtype},
        **{"minimum": header.minimum, "maximum": header.maximum},
        "samples_missing": 0 if missing is None else missing.count(),
        "sections": file.lengths(),
    }
    if header.is_universal:
        numbers["optimized_for"] = optimized_for(header)
    if SectionKind.BOUNDS in file.sections:
        numbers["max_error_per_band"] = read_bounds(file).errors.tolist()
    return {
        "file": f"{shown}, {len(data)} bytes, {rate:.4f} bpppb",
        "cube": f"{' x '.join(map(str, shape))} (rows x columns x bands), {_type_in_words(header.dtype)}",
        "values": f"{header.minimum} to {header.maximum}",
        **facts,
        **_named(header),
        **info_facts(known),
        **({} if missing is None else {"no data": _share(missing.count(), shape)}),
        "entropy model": EntropyModelId(header.entropy_model).name.lower().replace("_", " "),
        "coder": CoderId(header.coder).name.lower(),
        "sections": ", ".join(f"{name} {length}" for name, length in file.lengths().items()),
    }, numbers


def _named(header: "Header") -> dict[str, str]:
    """The trained model that wrote a file, by its name too where it is known here."""
    if header.is_universal or header.is_bounded:
        return {}
    from btcnet_jax.zoo import find_fingerprint

    found = find_fingerprint(header.fingerprint)
    name = "none that `btcnet models` lists" if found is None else found.name
    return {"model": f"{header.fingerprint.hex()}, {name}"}


def _share(samples: int, shape: tuple[int, ...]) -> str:
    return f"{100 * samples / (shape[0] * shape[1] * shape[2]):.4g} % of the samples"
