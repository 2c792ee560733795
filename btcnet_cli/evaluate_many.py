"""The part of `evaluate` that measures a folder of files, or of restored cubes, against one of originals."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from btcnet_cli.compress_one import in_words
from btcnet_cli.evaluate_pair import evaluate_pair, figures_of, is_left_to_itself
from btcnet_cli.many import COMPRESSED, Told, cubes_in, do_each, say_subfolders, status_of
from btcnet_cli.report import say
from btcnet_jax.errors import DataError

if TYPE_CHECKING:
    from btcnet_jax.codec.evaluation import Evaluation
    from btcnet_jax.progress import Progress
    from btcnet_jax.scene import Scene

_TEST = "test"


def are_folders(arguments: argparse.Namespace) -> bool:
    """Whether two folders are given, and nothing of how to code: the second is what came of the first.

    A folder with test/ is one of scenes to code.
    """
    given = arguments.scenes
    if len(given) != 2 or not all(path.is_dir() for path in given):
        return False
    coded = any(map(_is_compressed, given[1].iterdir()))
    return not (given[0] / _TEST).is_dir() and (coded or is_left_to_itself(arguments))


def evaluate_many(
    arguments: argparse.Namespace,
) -> tuple[int, list[dict[str, Any]], "tuple[Scene, Evaluation] | None"]:
    """Measure what bears a cube's name in the second folder against that cube, a line each.

    Returns:
        The exit status, 1 where any failed; the figures of each; the first of them, for the picture.

    Raises:
        DataError: a folder holds nothing to measure.
    """
    first, second = arguments.scenes
    originals, others = cubes_in([first]), _files_by_name(second)
    shown: list[tuple[Scene, Evaluation]] = []

    def work(path: Path, progress: "Progress") -> Told:
        other = _only(others.get(path.stem, []), path, second)
        scene, found, told = evaluate_pair(path, other, arguments, progress)
        if arguments.picture and scene is not None and not shown:
            shown.append((scene, found))
        figures = {"original": path.name, **figures_of(other, found), **told}
        size = [] if found.file_bytes is None else [f"{found.file_bytes} bytes"]
        rate = [] if found.bpppb is None else [f"{found.bpppb:.4f} bpppb"]
        return Told(f"{other}: {', '.join([*size, *rate, in_words(found.quality)])}", figures)

    results = do_each(originals, work)
    say_subfolders([first, second])
    for name in sorted(set(others) - {path.stem for path in originals}):
        say(f"{others[name][0]}: not measured, for {first} has no cube of that name")
    status, failed = status_of(results)
    print(f"{_summary(results)}{failed}")
    return status, results, shown[0] if shown else None


def _files_by_name(folder: Path) -> dict[str, list[Path]]:
    from data_pipeline.folders import SCENE_SUFFIXES

    suffixes = (COMPRESSED, *SCENE_SUFFIXES)
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in suffixes and not path.name.startswith(".") and path.is_file():
            found.setdefault(path.stem, []).append(path)
    if not found:
        raise DataError(f"{folder}: holds neither {COMPRESSED} files nor cubes to measure")
    return found


def _is_compressed(path: Path) -> bool:
    return path.suffix == COMPRESSED


def _only(found: list[Path], original: Path, folder: Path) -> Path:
    if not found:
        raise DataError(f"{original}: nothing of that name is in {folder}")
    if len(found) > 1:
        several = ", ".join(path.name for path in found)
        raise DataError(f"{original}: several are of that name ({several}): name the two alone")
    return found[0]


def _summary(results: list[dict[str, Any]]) -> str:
    done = [result for result in results if "error" not in result]
    text = f"{len(done)} of {len(results)} cubes measured"
    means = []
    for key, name, how in (
        ("bpppb", "rate", ".4f"),
        ("psnr_db", "PSNR", ".2f"),
        ("sam_deg", "SAM", ".3f"),
    ):
        values = [result[key] for result in done if result[key] is not None]
        if values:
            means.append(f"{name} {sum(values) / len(values):{how}}")
    return f"{text}; means: {', '.join(means)}" if means else text
