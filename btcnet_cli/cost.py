"""Tell what an encoder takes, of a network or a plan on board, or of a bound: operations, memory, speed.

examples:
  btcnet cost btcnet-v2-aviris
  btcnet cost btcnet-v2-aviris --samples 640 --lines-per-second 100
  btcnet cost runs/rate --samples 1000 --bands 218 --json -
  btcnet cost sensor.btcplan --scene scene.hdr                  # made by `plan --integers`
  btcnet cost --max-error 2 --scene scene.hdr                   # of a bound of the error

Figures are a sample of the scene, counted as the exported C program does it (`btcnet export`); where there is
a C compiler (CC, cc, gcc, clang) that program is compiled and its speed measured, on one core. With other bands
than the model's it is what a model of this kind would take. How fast a plan's program is depends on what it
compresses: lines of --scene. A bound of the error is kept by this package alone: --scene is compressed, and
all that it computes counted. docs/ONBOARD.md tells what is counted.
"""

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from btcnet_cli.bound_options import add_bound_options, is_bound
from btcnet_cli.cost_bound import cost_bound
from btcnet_cli.cost_plan import cost_plan
from btcnet_cli.cost_words import print_published, print_stages, wanted_of, wanted_words
from btcnet_cli.cube_options import add_cube_options
from btcnet_cli.json_option import add_json_option, require_json_place, write_json
from btcnet_cli.plan_facts import is_plan
from btcnet_cli.streams import words_aside
from btcnet_jax.errors import ConfigError

if TYPE_CHECKING:
    from btcnet_jax.models.saved_model import SavedModel
    from btcnet_jax.onboard.cost_sheet import CostSheet
    from btcnet_jax.parts.integers.integer_encoder import IntegerEncoder

_SAMPLES = 256


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "model",
        type=Path,
        nargs="?",
        help="name that `models` lists, .btcmodel file, folder of a run, or .btcplan file; none of a bound",
    )
    add_bound_options(parser.add_mutually_exclusive_group())
    parser.add_argument("--samples", type=int, metavar="W", help=f"of a line ({_SAMPLES})")
    parser.add_argument("--bands", type=int, metavar="B", help="of a line (the model's)")
    parser.add_argument(
        "--lines-per-second", type=float, metavar="L", help="that the instrument delivers"
    )
    parser.add_argument(
        "--scene",
        type=Path,
        metavar="CUBE",
        help="of a plan: lines to measure the speed on; of a bound: what is compressed",
    )
    add_json_option(parser, "the figures")
    add_cube_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the sheet, the memory and the speed, and what others have published."""
    from btcnet_jax.onboard.c_speed import FLAGS, find_compiler, samples_per_second
    from btcnet_jax.onboard.cost_sheet import PUBLISHED, cost_sheet
    from btcnet_jax.onboard.export import require_samples
    from btcnet_jax.parts.integers.quantizing import require_onboard
    from btcnet_jax.zoo import load_model

    require_json_place(arguments.json, *filter(None, [arguments.model, arguments.scene]))
    if is_bound(arguments):
        return cost_bound(arguments)
    if arguments.model is None:
        raise ConfigError(
            "what an encoder takes is asked for: give its MODEL, or a bound of the error"
        )
    if arguments.samples is None:
        arguments.samples = _SAMPLES
    samples, lines = arguments.samples, arguments.lines_per_second
    require_samples(samples)
    if lines is not None and not 0 < lines < float("inf"):
        raise ConfigError(f"lines a second are a number above zero, not {lines:g}")
    if is_plan(arguments.model):
        return cost_plan(arguments)
    if arguments.scene is not None:
        raise ConfigError(
            "--scene is of a plan; a network's speed does not depend on it: leave it out"
        )
    saved = load_model(arguments.model)
    require_onboard(saved.config)
    if arguments.bands is not None:
        saved = _of_bands(saved, arguments.bands)
    encoder = _encoder(saved)
    sheet = cost_sheet(saved.config, encoder, samples)
    told: dict[str, Any] = sheet.to_json() | {"published": list(PUBLISHED), "samples_s": None}
    with words_aside(arguments.json):
        _print(sheet, str(arguments.model))
        compiler = find_compiler()
        if compiler is None:
            print("speed: not measured, for there is no C compiler (CC, cc, gcc or clang)")
        else:
            told["samples_s"] = speed = samples_per_second(compiler, encoder, samples)
            per_line = samples * sheet.bands
            print(
                f"speed: {speed / 1e6:.2f} million samples a second, {speed / per_line:,.0f} lines, on one "
                f"core ({Path(compiler).name} {FLAGS[-1]}; symbols, without coding them)"
            )
        if lines is not None:
            told["wanted"] = wanted_of(sheet, lines)
            print(wanted_words(told["wanted"], told["samples_s"]))
        print_published()
        write_json(arguments.json, told)
    return 0


def _of_bands(saved: "SavedModel", bands: int) -> "SavedModel":
    """A model of the same kind for other bands: its weights, repeated, stand for those it would have."""
    import numpy as np

    from btcnet_jax.models.encoder import KERNEL_ROWS

    if not 1 <= bands <= 2**16:
        raise ConfigError(f"a line has 1 to 65536 bands, not {bands}: give --bands")
    config = dataclasses.replace(saved.config, bands=bands)
    shape = (KERNEL_ROWS, config.scale, bands, config.latent_channels)
    own = saved.params["encoder"]
    weights = {**own, "kernel": np.resize(np.asarray(own["kernel"]), shape)}
    return saved._replace(config=config, params={**saved.params, "encoder": weights})


def _encoder(saved: "SavedModel") -> "IntegerEncoder":
    """Calibrated to noise: neither counts nor speed depend on it."""
    import numpy as np

    from btcnet_jax.parts.integers.quantizing import integer_encoder
    from btcnet_jax.parts.integers.transform import calibrate
    from btcnet_jax.scene import Scene

    shape = (8, 8, saved.config.bands)
    noise = np.random.default_rng(0).integers(0, 2**12, shape, np.uint16)
    (latent,) = calibrate(saved.config, saved.params, [Scene(name="noise", values=noise)])
    return integer_encoder(saved.config, saved.params, latent.calibration)


def _print(sheet: "CostSheet", name: str) -> None:
    print_stages(sheet, name)
    taken = sheet.memory
    print(
        f"memory in bytes: weights {taken.weights:,}, constants {taken.constants:,}, buffers {taken.buffers:,} "
        f"(a line {taken.line:,}, sums {taken.sums:,}, symbols {taken.symbols:,}; "
        f"11 lines instead of sums: {taken.window:,})"
    )
