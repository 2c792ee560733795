"""Many files to a folder, or measured: a line each, whatever becomes of the others."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from btcnet_cli.interrupts import stop_if_received
from btcnet_cli.outputs import require_safe_output
from btcnet_cli.progress import progress_bar
from btcnet_cli.report import message_of, say
from btcnet_cli.streams import is_standard
from btcnet_jax.errors import BtcnetError, ConfigError, DataError

if TYPE_CHECKING:
    from btcnet_jax.progress import Progress

COMPRESSED = ".btcn"
_SOME_FAILED = 1


class Told(NamedTuple):
    """What is told of a file that is done.

    Attributes:
        line: for the terminal.
        figures: ready for JSON.
    """

    line: str
    figures: dict[str, Any]


def do_each(
    paths: Sequence[Path], work: Callable[[Path, "Progress"], Told]
) -> list[dict[str, Any]]:
    """Do the work on each file and print its line; one that fails is told, and the others go on.

    Args:
        paths: of the files.
        work: called with a file, and with what tells the work on it as a part of that on all.

    Returns:
        The figures of each, or under `error` why there are none.
    """
    results = []
    for number, path in enumerate(paths):
        try:
            with progress_bar(f"{number + 1} of {len(paths)}: {path.name}") as progress:
                told = work(path, progress.after(number, len(paths)))
        except Exception as error:
            stop_if_received()
            if (message := message_of(error)) is None:
                raise
            message = message if str(path) in message else f"{path}: {message}"
            say(message)
            results.append({"scene": path.name, "error": " ".join(message.split())})
        else:
            print(told.line, flush=True)
            results.append(told.figures)
    return results


def status_of(results: list[dict[str, Any]]) -> tuple[int, str]:
    """The exit status, 1 where any file failed, and what to say of that at the end of the summary."""
    failed = sum("error" in result for result in results)
    return (_SOME_FAILED, f"; {failed} failed") if failed else (0, "")


def are_many(inputs: Sequence[Path], output: Path) -> bool:
    """Whether files go to a folder, or one to a file."""
    return len(inputs) > 1 or output.is_dir() or inputs[0].is_dir()


class OutputFolder:
    """Where many files go, each under its own name and another suffix.

    Args:
        folder: made by `make`, if missing.
        suffix: of the files.
        named: what the command line names to be read.

    Raises:
        ConfigError: it is no folder.
    """

    def __init__(self, folder: Path, suffix: str, named: Sequence[Path]) -> None:
        if is_standard(folder) or any(map(is_standard, named)):
            raise ConfigError("- is for one file to one: many need names and a folder")
        if not folder.is_dir() and (folder.exists() or folder.suffix.lower() == suffix):
            raise ConfigError(f"{folder} is no folder, and many files need one to go to: name one")
        self._folder, self._suffix = folder, suffix
        self._inputs: Sequence[Path] = ()
        self._taken: dict[Path, Path] = {}

    def make(self, inputs: Sequence[Path]) -> None:
        """Make the folder, before any work.

        Args:
            inputs: files that are read, none of which may be overwritten.

        Raises:
            BtcnetError: it cannot be made.
        """
        self._inputs = inputs
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BtcnetError(f"cannot make the folder {self._folder}: {error.strerror}") from error

    def output_of(self, path: Path) -> Path:
        """Where a file goes.

        Raises:
            BtcnetError: that is another's place, or one of the inputs.
        """
        output = self._folder / (path.stem + self._suffix)
        if (other := self._taken.setdefault(output, path)) is not path:
            raise BtcnetError(f"{path}: {output} is that of {other}; do it by itself")
        require_safe_output(output, *self._inputs)
        return output


def cubes_in(given: Sequence[Path]) -> list[Path]:
    """The cubes that are named, and those right in the folders that are.

    Raises:
        DataError: a folder has none.
    """
    from data_pipeline.folders import scenes_in

    return _each_of(given, scenes_in)


def compressed_in(given: Sequence[Path]) -> list[Path]:
    """The files that are named, and the .btcn files right in the folders that are.

    Raises:
        DataError: a folder has none.
    """
    return _each_of(given, _compressed)


def say_subfolders(given: Sequence[Path]) -> None:
    """What lies deeper is not read, which nobody should find out later."""
    for folder in filter(Path.is_dir, given):
        inside = sorted(each.name for each in folder.iterdir() if each.is_dir())
        inside = [name for name in inside if not name.startswith(".")]
        if inside:
            named = ", ".join(inside[:3]) + (", ..." if len(inside) > 3 else "")
            say(
                f"{folder}: subfolders are not read ({named}): name them beside it to read them too"
            )


def _each_of(given: Sequence[Path], inside: Callable[[Path], list[Path]]) -> list[Path]:
    return [path for name in given for path in (inside(name) if name.is_dir() else [name])]


def _compressed(folder: Path) -> list[Path]:
    found = sorted(_visible(folder, COMPRESSED))
    if not found:
        raise DataError(f"{folder}: holds no {COMPRESSED} file")
    return found


def _visible(folder: Path, suffix: str) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.suffix == suffix and not path.name.startswith(".") and path.is_file():
            yield path
