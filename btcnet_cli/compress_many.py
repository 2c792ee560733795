"""Many cubes to files of one folder: a line each, whatever becomes of the others."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from btcnet_cli.compress_one import Compressed, Compressor
from btcnet_cli.json_option import require_json_place, write_json
from btcnet_cli.outputs import require_safe_output
from btcnet_cli.progress import progress_bar
from btcnet_cli.report import message_of, say
from btcnet_cli.streams import is_standard
from btcnet_jax.errors import BtcnetError, ConfigError

if TYPE_CHECKING:
    from btcnet_jax.progress import Progress

SOME_FAILED = 1
_SUFFIX = ".btcn"


def run_many(arguments: argparse.Namespace) -> int:
    """Compress every cube, and sum up; the exit status is 1 where any failed."""
    _require_folder(arguments)
    inputs = list(_cubes(arguments.inputs))
    require_json_place(arguments.json, *inputs)
    compressor, results = Compressor(arguments), []
    taken: dict[Path, Path] = {}
    _make_folder(arguments.output)
    for number, path in enumerate(inputs):
        output = arguments.output / (path.stem + _SUFFIX)
        try:
            if (other := taken.setdefault(output, path)) is not path:
                raise BtcnetError(f"{path}: {output} is that of {other}; compress it by itself")
            require_safe_output(output, *inputs)
            with progress_bar(f"{number + 1} of {len(inputs)}: {path.name}") as progress:
                done = compressor.compress(path, output, _after(progress, number, len(inputs)))
        except Exception as error:
            if (message := message_of(error)) is None:
                raise
            message = message if str(path) in message else f"{path}: {message}"
            say(message)
            results.append({"scene": path.name, "error": " ".join(message.split())})
        else:
            print(_line(done), flush=True)
            results.append(done.figures)
    failed = sum("error" in result for result in results)
    for folder in filter(Path.is_dir, arguments.inputs):
        _say_subfolders(folder)
    print(_summary(results, failed, arguments.output))
    write_json(arguments.json, {**compressor.told, "results": results})
    return SOME_FAILED if failed else 0


def _require_folder(arguments: argparse.Namespace) -> None:
    output = arguments.output
    if is_standard(output) or any(map(is_standard, arguments.inputs)):
        raise ConfigError("- is for one cube and one file: many cubes need names and a folder")
    if not output.is_dir() and (output.exists() or output.suffix.lower() == _SUFFIX):
        raise ConfigError(f"{output} is no folder, and many cubes need one to go to: name one")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BtcnetError(f"cannot make the folder {folder}: {error.strerror}") from error


def _cubes(given: list[Path]) -> Iterator[Path]:
    from data_pipeline.folders import scenes_in

    for path in given:
        yield from scenes_in(path) if path.is_dir() else [path]


def _say_subfolders(folder: Path) -> None:
    """Cubes that lie deeper are not read, which nobody should find out later."""
    inside = sorted(each.name for each in folder.iterdir() if each.is_dir())
    inside = [name for name in inside if not name.startswith(".")]
    if inside:
        named = ", ".join(inside[:3]) + (", ..." if len(inside) > 3 else "")
        say(
            f"{folder}: subfolders are not read ({named}): name them beside it to read their cubes too"
        )


def _line(done: Compressed) -> str:
    share = 1 - done.figures.get("valid_share", 1)
    missing = [f"{100 * share:.4g} % no data"] if share else []
    worth = [text.removesuffix(" (on samples that are data)") for text in done.worth]
    return f"{done.name}: {', '.join([done.size, *worth, *missing])}"


def _summary(results: list[dict[str, Any]], failed: int, folder: Path) -> str:
    done = [result for result in results if "error" not in result]
    total = sum(result["file_bytes"] for result in done)
    raw = sum(result["file_bytes"] * result["ratio"] for result in done)
    text = f"{len(done)} of {len(results)} cubes compressed to {folder}"
    if total:
        ratio = raw / total
        text += f": {total:,} bytes, 1:{ratio:.{0 if ratio >= 10 else 2}f}"
    return text + (f"; {failed} failed" if failed else "")


def _after(progress: "Progress", number: int, count: int) -> "Progress":
    """Tells the work on one cube as a part of that on all, so that the time left is that of all."""
    return lambda done, total: progress(number * total + done, count * total)
