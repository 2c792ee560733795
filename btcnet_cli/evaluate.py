"""Measure the codec or a model on scenes: rate from the bytes of files, PSNR, SAM, RMSE, greatest error, times.

example:
  main.py evaluate scene.hdr --bpppb 0.05
  main.py evaluate scene.hdr scene.btcn               # a file that is there; nothing is compressed
  main.py evaluate scene.hdr scene.btcn --decoder full --ensemble 8
  main.py evaluate scene.hdr restored.hdr             # a restored cube, by whatever codec
  main.py evaluate scenes compressed                  # or scenes restored: a line for each cube of scenes
  main.py evaluate scene.mat --model runs/tiny --picture scene.png --json scene.json
  main.py evaluate scenes --model runs/rate --level 0
  main.py evaluate --model runs/aviris --records records --split test --json figures.json

Two lines a scene: "scene" is one file for the whole scene; "published" follows the paper's protocol,
256 x 256 patches with a file each, figures averaged over patches. Constant bands are left out of the
means and counted. Missing samples (outside of the scene's mask, its nodata value, NaN, infinite) enter
no figure; the rate is over all samples, missing ones included. A folder stands for the scenes in its
test/. Of two cubes the second is measured against the first, unless --bpppb, --level, --optimize or --model
says how to compress both; --variable and --axes are of the first. Of two folders likewise, file by file of the
same name, unless the first has test/; one that fails is told, the others go on, and the exit status is 1. PSNR
is the mean over bands, each against its own greatest value, as published; PSNR of type, against the range of
the integer type, is in --json.

Scenes of more than 2^26 samples are read and compared some lines at a time, in memory that does not grow with
them; what cannot be done so is told (--picture, a trained model).

--records measures a trained model on every patch of a converted data set, by the published protocol,
on all devices, with the real file of each patch: one line of means, and each patch's figures in --json.
"""

import argparse
import dataclasses
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from btcnet_cli.cube_options import add_cube_options
from btcnet_cli.decoder_option import add_decoder_option, refuse_decoder_option
from btcnet_cli.evaluate_many import are_folders, evaluate_many
from btcnet_cli.evaluate_pair import evaluate_pair, figures_of, is_pair, warn_of_holding
from btcnet_cli.evaluate_records import add_record_options, refuse_record_options, run_records
from btcnet_cli.figures_table import print_figures
from btcnet_cli.json_option import add_json_option, require_json_place, write_json
from btcnet_cli.limit_options import add_limit_options, refuse_limit_options
from btcnet_cli.many import cubes_in
from btcnet_cli.missing_options import add_missing_options, scene_as_asked, source_as_asked
from btcnet_cli.outputs import require_safe_output
from btcnet_cli.rate_options import add_rate_options, model_of, optimized, target_of
from btcnet_cli.report import about
from btcnet_cli.streams import real_file, words_aside
from btcnet_jax.errors import ConfigError

if TYPE_CHECKING:
    from btcnet_jax.codec import Codec, Target
    from btcnet_jax.codec.evaluation import Evaluation
    from btcnet_jax.scene import Scene, SceneSource


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "scenes",
        type=Path,
        nargs="*",
        metavar="scene",
        help="cubes, or folders with test/; or one cube, and its .btcn file or what was restored; or a folder "
        "of cubes, and one of these",
    )
    add_json_option(parser, "all figures, per-band ones too,")
    parser.add_argument("--picture", type=Path, help="PNG of the first scene: errors and spectra")
    add_cube_options(parser)
    add_rate_options(parser)
    add_decoder_option(parser)
    add_missing_options(parser)
    add_limit_options(parser)
    add_record_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Evaluate every scene by both protocols, or a split of records; the table comes last."""
    with words_aside(arguments.json):
        if arguments.records:
            refuse_decoder_option(arguments)
            return run_records(arguments)
        if not arguments.scenes:
            raise ConfigError(
                "name a scene, a folder with test/, or a converted data set (--records)"
            )
        refuse_record_options(arguments)
        if is_pair(arguments):
            return _run_pair(arguments)
        return _run_folders(arguments) if are_folders(arguments) else _run_scenes(arguments)


def _run_pair(arguments: argparse.Namespace) -> int:
    from btcnet_cli.progress import progress_bar

    _require_outputs(arguments, arguments.scenes)
    with progress_bar("measuring") as progress:
        original, other = arguments.scenes
        scene, found, told = evaluate_pair(original, other, arguments, progress)
    figures = figures_of(other, found)
    print_figures([figures])
    _write(arguments, [figures], told, None if scene is None else (scene, found))
    return 0


def _run_folders(arguments: argparse.Namespace) -> int:
    _require_outputs(arguments, [*cubes_in(arguments.scenes[:1]), *arguments.scenes[1].iterdir()])
    status, results, shown = evaluate_many(arguments)
    _write(arguments, results, {}, shown)
    return status


def _require_outputs(arguments: argparse.Namespace, paths: list[Path]) -> None:
    if arguments.picture:
        from btcnet_jax.extras import require_extra

        require_extra("pictures")

        from btcnet_jax.pictures.save import require_png

        require_png(arguments.picture)
        require_safe_output(arguments.picture, *paths)
    require_json_place(arguments.json, *paths, *filter(None, [arguments.picture]))


def _write(
    arguments: argparse.Namespace,
    results: list[dict[str, Any]],
    told: dict[str, Any],
    shown: tuple["Scene", "Evaluation"] | None,
) -> None:
    # After the table: should a file fail to be written, the figures are not lost.
    write_json(arguments.json, told | {"results": results})
    if arguments.picture and shown:
        _draw(*shown, arguments.picture)
        print(f"picture: {arguments.picture}")


def _run_scenes(arguments: argparse.Namespace) -> int:
    from btcnet_cli.progress import progress_bar
    from btcnet_jax.codec import load

    refuse_limit_options(arguments)
    target = target_of(arguments)
    paths = _scene_files(arguments.scenes)
    _require_outputs(arguments, paths)
    codec = load(
        model_of(arguments),
        optimize=arguments.optimize,
        effort=arguments.effort,
        quantization=arguments.quantization,
        calibration=arguments.calibration,
        decoder=arguments.decoder,
        ensemble=arguments.ensemble or 1,
    )
    if target is not None:
        codec.require(target)
    results: list[dict[str, Any]] = []
    shown: tuple[Scene, Evaluation] | None = None
    with progress_bar("evaluating") as progress:
        for done, path in enumerate(paths):
            progress(done, len(paths))
            scene, whole, rows = _evaluate(codec, target, path, arguments)
            results += rows
            shown = shown or (None if scene is None else (scene, whole))
    told = {
        "model": _name(arguments),
        "fingerprint": codec.fingerprint.hex(),
        **optimized(arguments),
    }
    print_figures(results)
    _write(arguments, results, told, shown)
    return 0


def _scene_files(given: list[Path]) -> list[Path]:
    from data_pipeline.folders import list_scenes

    return [
        path for name in given for path in (list_scenes(name, "test") if name.is_dir() else [name])
    ]


def _name(arguments: argparse.Namespace) -> str:
    return str(model_of(arguments) or "universal")


def _evaluate(
    codec: "Codec",
    target: "Target | None",
    path: Path,
    arguments: argparse.Namespace,
) -> tuple["Scene | None", "Evaluation", list[dict[str, Any]]]:
    """The scene where it was held, how good it is as a whole, and the figures of both protocols."""
    from btcnet_jax.codec.evaluation import evaluate_cube, evaluate_published
    from btcnet_jax.scene.lines import is_large
    from data_pipeline.readers import open_scene

    with real_file(path) as real:
        source = open_scene(real, arguments.variable, arguments.axes)
        if codec.is_large(source.shape) and not arguments.picture:
            source = source_as_asked(path, source, arguments)
            with about(path):
                whole = _evaluate_large(codec, source, target)
                return None, whole, _rows(path, whole, evaluate_published(codec, source, target))
        if is_large(source.shape):
            why = "a picture (--picture)" if arguments.picture else f"the codec {codec.name}"
            warn_of_holding(path, f"{why} takes it whole")
        scene = scene_as_asked(path, source.read_all(), arguments)
    with about(path):
        whole = evaluate_cube(codec, scene, target)
        return scene, whole, _rows(path, whole, evaluate_published(codec, scene, target))


def _evaluate_large(codec: "Codec", source: "SceneSource", target: "Target | None") -> "Evaluation":
    """Of a scene that is not held, whose file is on disk meanwhile."""
    from btcnet_jax.codec.evaluation import evaluate_lines
    from btcnet_jax.container.compressed_file import open_compressed
    from btcnet_jax.container.limits import Limits

    with tempfile.TemporaryFile() as file:
        started = time.perf_counter()
        codec.compress_to(file, source, target)
        seconds = time.perf_counter() - started
        opened = open_compressed(file, Limits.none())
        found = evaluate_lines(source, codec.restoration(opened).stream().lines, opened.size)
    return dataclasses.replace(found, encode_seconds=seconds)


def _rows(path: Path, whole: "Evaluation", published: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"scene": path.name, "protocol": "scene", "files": 1, **whole.to_json()},
        {"scene": path.name, "protocol": "published", **published},
    ]


def _draw(scene: "Scene", whole: "Evaluation", picture: Path) -> None:
    assert whole.restored is not None, "it was held, as the scene was"
    from btcnet_jax.pictures import comparison_figure, save_figure

    quality = whole.quality
    rate = "-"
    if whole.bpppb is not None:
        rate = f"{whole.bpppb:.4f} bpppb ({whole.file_bytes:,} bytes)"
    figure = comparison_figure(
        scene.values,
        whole.restored,
        wavelengths=scene.wavelengths,
        valid=scene.valid(),
        title=f"{scene.name} restored",
        facts={
            "rate": rate,
            "PSNR": "-" if quality.psnr_db is None else f"{quality.psnr_db:.2f} dB",
            "SAM": "-" if quality.sam_deg is None else f"{quality.sam_deg:.3f} degrees",
            "RMSE": "-" if quality.rmse is None else f"{quality.rmse:.4g}",
        },
        quality=quality,
    )
    save_figure(figure, picture)
