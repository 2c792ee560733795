"""Export an encoder to fly, of a network or a plan: in integers, as C99, ONNX or StableHLO, with test vectors.

examples:
  btcnet export btcnet-v2-aviris --to c --out flight --scene scene.hdr --samples 640
  btcnet export btcnet-v2-aviris --to c --out flight --scene a.hdr b.hdr --check-scene c.hdr
  btcnet export runs/rate --to c --out flight --scene scene.hdr --level 1
  btcnet export btcnet-v2-aviris --to stablehlo --out module --scene scene.hdr --no-check
  btcnet export btcnet-v2-aviris --to onnx --scales power-of-two --out dpu --scene scene.hdr
  btcnet export sensor.btcplan --to c --out flight --scene scene.hdr       # made by `plan --integers`
  make -C flight check                       # compiles the C program and runs its test vectors

The scenes, of the instrument's int16 or uint16 samples, are what the encoder is calibrated to: the range of
the samples, and of each band, of the network's input and of its latent, and the tables of its symbols. On board
they stay what they are; samples beyond them count as the nearest within. The first lines are the test vectors.
Scenes are held in memory, whatever their size.

`btcnet compress --model MODEL --calibration DIR/calibration.json` writes what the C program `compress` does.

Of a plan in integers (`btcnet plan --integers`) the C program writes what `btcnet compress --plan` does, as the
lines come. One scene gives the test vectors; all else is in the plan.

Unless --no-check is given, the first scene is coded with both encoders, float and integer, and both files are
decoded: the share of symbols that differ, and what that costs in dB; of --check-scene too.

With --scales power-of-two the encoder is one of int8 and shifts, as DPUs have them: the folder has the
convolution alone too, and what such scales cost is told beside what integers do.
docs/ONBOARD.md tells more.
"""

import argparse
import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from btcnet_cli.cube_options import add_cube_options
from btcnet_cli.export_plan import export_plan
from btcnet_cli.export_words import in_words, power_of_two_in_words, unseen_in_words
from btcnet_cli.json_option import add_json_option, require_json_place, write_json
from btcnet_cli.missing_options import add_missing_options, read_as_asked
from btcnet_cli.plan_facts import is_plan
from btcnet_cli.report import about
from btcnet_cli.streams import words_aside

if TYPE_CHECKING:
    from btcnet_jax.models.saved_model import SavedModel
    from btcnet_jax.onboard.export import Export
    from btcnet_jax.onboard.loss import IntegerLoss
    from btcnet_jax.parts.integers.settings import Settings
    from btcnet_jax.scene import Scene

# As `btcnet_jax.onboard.export` has them, which is not imported for a page of help.
_LINES, _FREE, _POWER_OF_TWO = 1024, "free", "power-of-two"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "model",
        type=Path,
        help="name that `models` lists, .btcmodel file, folder of a run, or .btcplan file",
    )
    parser.add_argument("--to", required=True, metavar="FORM", help="c, onnx or stablehlo")
    parser.add_argument(
        "--scales",
        choices=(_FREE, _POWER_OF_TWO),
        default=_FREE,
        help="of weights and symbols: power-of-two for a DPU, of a network, with --to onnx (free)",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write")
    parser.add_argument(
        "--scene",
        type=Path,
        nargs="+",
        required=True,
        help="cubes of the instrument to calibrate to; the first gives the test vectors",
    )
    parser.add_argument(
        "--check-scene",
        type=Path,
        metavar="CUBE",
        help="another cube of the instrument: tell what the calibration costs on it",
    )
    parser.add_argument(
        "--samples", type=int, metavar="W", help="of a line, at most (as many as the scene has)"
    )
    parser.add_argument(
        "--lines",
        type=int,
        metavar="L",
        help=f"of a scene, at most: of a network the C program keeps their symbols ({_LINES}; of a plan 65536)",
    )
    parser.add_argument(
        "--level",
        type=int,
        metavar="N",
        help="of a model of several rates, 0 the coarsest (the finest)",
    )
    parser.add_argument(
        "--no-check", action="store_true", help="do not decode the scene: no figures, sooner done"
    )
    add_json_option(parser, "the figures")
    add_cube_options(parser)
    add_missing_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Calibrate, write the export, tell its memory, and what integers cost."""
    from btcnet_jax.onboard.export import make_export, require_form, write_export
    from btcnet_jax.onboard.lines import memory
    from btcnet_jax.parts.integers.quantizing import require_onboard
    from btcnet_jax.parts.integers.transform import calibrate
    from btcnet_jax.zoo import load_model

    require_json_place(arguments.json)
    if is_plan(arguments.model):
        return export_plan(arguments)
    require_form(arguments.to, arguments.scales)
    saved = load_model(arguments.model)
    require_onboard(saved.config)
    scenes = [_read(path, saved, arguments) for path in arguments.scene]
    values = scenes[0].values
    latents = calibrate(saved.config, saved.params, scenes)
    samples = values.shape[1] if arguments.samples is None else arguments.samples
    lines = _LINES if arguments.lines is None else arguments.lines
    sizes = (samples, lines, arguments.level, arguments.scales)
    export = make_export(str(arguments.model), saved, latents, values, *sizes)
    with words_aside(arguments.json):
        files = write_export(arguments.to, export, arguments.out)
        taken = memory(export.encoder, samples)
        print(
            f"{arguments.out}: {len(files)} files, {len(export.vectors.lines)} lines to check with"
        )
        print(
            f"memory at {samples} samples: weights {taken.weights:,} bytes, constants "
            f"{taken.constants:,}, buffers {taken.buffers:,}"
        )
        if arguments.to == "c" and export.file is None:
            print(
                "the program gives symbols, no files: this model's are coded with tables or contexts of its "
                "own (model.quantizer=learned), which are not in C"
            )
        told: dict[str, Any] = {
            "form": arguments.to,
            "scales": arguments.scales,
            "samples": samples,
        }
        told |= taken._asdict()
        if not arguments.no_check:
            told |= _check(saved, export, scenes, arguments)
        write_json(arguments.json, told)
    return 0


def _read(path: Path, saved: "SavedModel", arguments: argparse.Namespace) -> "Scene":
    """A scene that an encoder on board takes."""
    from btcnet_jax.parts.integers.transform import require_whole
    from btcnet_jax.parts.whole_range import WholeRange

    scene = read_as_asked(path, arguments)
    with about(path):
        require_whole(WholeRange(saved.config.bands).facts(scene))
    return scene


def _check(
    saved: "SavedModel",
    export: "Export",
    scenes: "list[Scene]",
    arguments: argparse.Namespace,
) -> dict[str, Any]:
    """What integers cost on the first scene, and on the one that calibration did not see."""
    level = saved.config.rate_levels - 1 if arguments.level is None else arguments.level
    measured = saved, export.settings, scenes[0], level, arguments.scales
    told = _measure(*measured, in_words)
    if arguments.check_scene is not None:
        other = _read(arguments.check_scene, saved, arguments)
        size = other.values.size
        words = functools.partial(unseen_in_words, samples=size)
        prefix = f"{arguments.check_scene}: "
        told["check_scene"] = _measure(*measured[:2], other, *measured[3:], words, prefix)
    return told


def _measure(
    saved: "SavedModel",
    settings: "Settings",
    scene: "Scene",
    level: int,
    scales: str,
    words: "Callable[[IntegerLoss], str]",
    prefix: str = "",
) -> dict[str, Any]:
    """What integers cost on a scene, and such scales, on the terminal and for JSON."""
    from btcnet_jax.onboard.loss import integer_loss
    from btcnet_jax.onboard.power_of_two_loss import power_of_two_loss

    loss = integer_loss(saved, settings, scene, level)
    print(f"{prefix}{words(loss)}")
    told = loss.to_json()
    if scales == _POWER_OF_TWO:
        coarse = power_of_two_loss(saved, settings, scene, level, loss)
        print(f"{prefix}{power_of_two_in_words(coarse)}")
        told["power_of_two"] = coarse.to_json()
    return told
