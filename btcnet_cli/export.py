"""Export a network's encoder to fly: in integers, as C99 or StableHLO, with test vectors.

examples:
  btcnet export btcnet-v2-aviris --to c --out flight --scene scene.hdr --samples 640
  btcnet export runs/rate --to c --out flight --scene scene.hdr --level 1
  btcnet export btcnet-v2-aviris --to stablehlo --out module --scene scene.hdr --no-check
  make -C flight check                       # compiles the C program and runs its test vectors

The scene, of the instrument's int16 or uint16 samples, is what the encoder is calibrated to: the range of the
samples, and of each band, of the network's input and of its latent. On board they stay what they are; samples
beyond them count as the nearest within. Its first lines are the test vectors.

Unless --no-check is given, the scene is coded with both encoders, float and integer, and both files are
decoded: the share of symbols that differ, and what that costs in dB. docs/ONBOARD.md tells more.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from btcnet_cli.cube_options import add_cube_options
from btcnet_cli.json_option import add_json_option, require_json_place, write_json
from btcnet_cli.missing_options import add_missing_options, read_as_asked
from btcnet_cli.report import about
from btcnet_cli.streams import words_aside

if TYPE_CHECKING:
    from btcnet_jax.models.saved_model import SavedModel
    from btcnet_jax.onboard.calibration import Calibration
    from btcnet_jax.onboard.integer_encoder import IntegerEncoder
    from btcnet_jax.onboard.loss import IntegerLoss
    from btcnet_jax.scene import Scene


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "model", type=Path, help="name that `models` lists, .btcmodel file or folder of a run"
    )
    parser.add_argument("--to", required=True, metavar="FORM", help="c or stablehlo")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write")
    parser.add_argument(
        "--scene", type=Path, required=True, help="cube of the instrument to calibrate to"
    )
    parser.add_argument(
        "--samples", type=int, metavar="W", help="of a line, at most (as many as the scene has)"
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
    from btcnet_jax.onboard.calibration import calibrate
    from btcnet_jax.onboard.export import Export, check_vectors, require_form, write_export
    from btcnet_jax.onboard.lines import memory
    from btcnet_jax.onboard.quantizing import integer_encoder, require_onboard
    from btcnet_jax.zoo import load_model

    require_json_place(arguments.json)
    require_form(arguments.to)
    saved = load_model(arguments.model)
    require_onboard(saved.config)
    scene = read_as_asked(arguments.scene, arguments)
    with about(arguments.scene):
        calibration = calibrate(saved.config, saved.params, scene)
    encoder = integer_encoder(saved.config, saved.params, calibration, arguments.level)
    samples = scene.values.shape[1] if arguments.samples is None else arguments.samples
    vectors = check_vectors(encoder, scene.values, samples)
    export = Export(str(arguments.model), encoder, samples, vectors)
    with words_aside(arguments.json):
        files = write_export(arguments.to, export, arguments.out)
        taken = memory(encoder, samples)
        print(f"{arguments.out}: {len(files)} files, {len(vectors.lines)} lines to check with")
        print(
            f"memory at {samples} samples: weights {taken.weights:,} bytes, constants "
            f"{taken.constants:,}, buffers {taken.buffers:,}"
        )
        told: dict[str, Any] = {"form": arguments.to, "samples": samples, **taken._asdict()}
        if not arguments.no_check:
            loss = _loss(saved, encoder, calibration, scene, arguments.level)
            print(in_words(loss))
            told |= loss.to_json()
        write_json(arguments.json, told)
    return 0


def _loss(
    saved: "SavedModel",
    encoder: "IntegerEncoder",
    calibration: "Calibration",
    scene: "Scene",
    level: int | None,
) -> "IntegerLoss":
    from btcnet_jax.codec import network_codec
    from btcnet_jax.onboard.loss import integer_loss

    config, params, _ = saved
    level = config.rate_levels - 1 if level is None else level
    return integer_loss(network_codec(*saved), config, params, encoder, calibration, scene, level)


def in_words(loss: "IntegerLoss") -> str:
    """What integers cost, in one line."""
    text = (
        f"{loss.differing:,} of {loss.symbols:,} symbols ({100 * loss.share:.3g} %) differ from the float "
        f"encoder's, by {loss.greatest} at most"
    )
    if loss.loss_db is None:
        return text
    return f"{text}; PSNR {loss.integer_psnr_db:.3f} dB, {loss.loss_db:+.4f} dB lost"
