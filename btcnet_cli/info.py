"""Tell what a compressed file, a model folder or a cube holds.

example:
  main.py info scene.btcn
  main.py info runs/tiny
  main.py info scene.mat
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from btcnet_cli.report import about

if TYPE_CHECKING:
    import numpy as np

    from btcnet_jax.scene import SceneInfo

# Characters of a text, and entries of a list, that are shown.
_LONGEST, _FEW = 70, 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("path", type=Path, help="a .btcn file, a model folder or a cube")
    parser.add_argument("--variable", help="which array, in a file that holds several cubes")


def run(arguments: argparse.Namespace) -> int:
    """Print a name and a value a line."""
    path = arguments.path
    if path.is_dir():
        facts = _model_facts(path)
    elif _is_compressed(path):
        facts = _file_facts(path)
    else:
        facts = _cube_facts(path, arguments.variable)
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
        **scene_facts(known),
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


def _cube_facts(path: Path, variable: str | None) -> dict[str, Any]:
    from data_pipeline.readers import read_scene

    scene = read_scene(path, variable)
    values = scene.values
    facts = {
        "cube": f"{' x '.join(map(str, values.shape))} (rows x columns x bands), {values.dtype}",
        "values": f"{values.min()} to {values.max()}",
    }
    if scene.wavelengths is not None:
        facts["wavelengths"] = f"{scene.wavelengths.min():.1f} to {scene.wavelengths.max():.1f} nm"
    if scene.band_mask is not None:
        facts["bad bands"] = str(int((~scene.band_mask).sum()))
    return facts


def scene_facts(known: "SceneInfo") -> dict[str, Any]:
    """What is known of a scene besides its samples, by name."""
    told = {
        "scene": " ".join(word for word in (known.name, known.variable) if word),
        "wavelengths": _ends(known.wavelengths),
        "widths": _ends(known.fwhm),
        "band names": _first_and_last(known.band_names),
        "bad bands": _bad(known.band_mask),
        "nodata": None if known.nodata is None else f"{known.nodata:g}",
        "CRS": known.crs and known.crs[:_LONGEST],
        "map transform": known.transform and ", ".join(f"{x:.10g}" for x in known.transform),
        "control points": known.gcps and len(known.gcps),
        "lookup table": None if known.glt is None else " x ".join(map(str, known.glt.shape[:2])),
    }
    facts = {name: value for name, value in told.items() if value}
    return facts | {name: value[:_LONGEST] for name, value in known.tags.items()}


def _ends(values: "np.ndarray | None") -> str | None:
    return None if values is None else f"{values.min():.1f} to {values.max():.1f} nm"


def _first_and_last(names: tuple[str, ...] | None) -> str | None:
    if not names:
        return None
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def _bad(good: "np.ndarray | None") -> str | None:
    if good is None:
        return None
    numbers = [str(band) for band, kept in enumerate(good, 1) if not kept]
    more = f" and {len(numbers) - _FEW} more" if len(numbers) > _FEW else ""
    return (
        f"{len(numbers)} of {len(good)}: {', '.join(numbers[:_FEW])}{more}" if numbers else "none"
    )


def _share(samples: int, shape: tuple[int, ...]) -> str:
    return f"{100 * samples / (shape[0] * shape[1] * shape[2]):.4g} % of the samples"
