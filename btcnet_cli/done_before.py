"""What was compressed into a folder before, of which inputs and how, so that the same command goes on."""

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeGuard

from btcnet_cli.many import Told
from btcnet_jax.errors import BtcnetError
from btcnet_jax.files import write_atomically

NAME = ".compressed.json"
_FIGURES = ("file_bytes", "ratio")


class DoneBefore:
    """The record of a folder, in the folder; one that is missing or damaged counts as empty.

    Args:
        folder: of the compressed files.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._files: dict[str, Any] = {}
        with contextlib.suppress(OSError, ValueError):
            known = json.loads(self._path.read_bytes(), parse_constant=_no_number)
            self._files = known if isinstance(known, dict) else {}

    def find(self, output: Path, made_of: str, *, checked: bool) -> Told | None:
        """What to tell of a file that is there, whole, and made of the same.

        Args:
            output: the file.
            made_of: of `inputs_digest`.
            checked: whether figures of quality are wanted.
        """
        told = told_of(output, self._files.get(output.name), made_of, checked=checked)
        if told is None:
            return None
        line = f"{output}: done before: {told.line}"
        return Told(line, told.figures | {"done_before": True})

    def add(self, output: Path, made_of: str, told: Told, *, checked: bool) -> None:
        """Keep what was told of a file. Raises BtcnetError where it cannot be written."""
        self.adopt(output, entry_of(output, made_of, told, checked=checked))

    def adopt(self, output: Path, entry: Mapping[str, Any]) -> None:
        """Keep an entry that was made of a file elsewhere; errors are those of `add`."""
        self._files[output.name] = dict(entry)
        write_atomically(self._path, json.dumps(self._files, allow_nan=False).encode())


def entry_of(output: Path, made_of: str, told: Told, *, checked: bool) -> dict[str, Any]:
    """What is kept of a file; arguments and errors are those of `DoneBefore.add`."""
    return {
        "made_of": made_of,
        "digest": _digest_of(output),
        "checked": checked,
        "line": told.line.removeprefix(f"{output}: "),
        "figures": told.figures,
    }


def told_of(output: Path, entry: Any, made_of: str, *, checked: bool) -> Told | None:
    """What an entry says of a file that is there, whole, and made of the same; arguments as of `find`."""
    if not _is_entry(entry) or entry["made_of"] != made_of or entry["checked"] < checked:
        return None
    if not output.is_file() or _digest_of(output) != entry["digest"]:
        return None
    line = "".join(each for each in entry["line"] if each.isprintable())
    return Told(line, entry["figures"])


def inputs_digest(path: Path, mask: Path | None, settings: Mapping[str, Any]) -> str:
    """A digest of all that a compressed file depends on: the cube's files, the mask's, and the settings.

    Raises:
        BtcnetError: a file cannot be read.
    """
    files = [*_files_of(path), *filter(None, [mask])]
    told = [dict(settings), *((file.name, _digest_of(file)) for file in files)]
    return hashlib.blake2b(json.dumps(told, sort_keys=True).encode(), digest_size=16).hexdigest()


def _files_of(path: Path) -> Iterator[Path]:
    """A cube's file and what beside it may describe it: of the same name, or a product's description."""
    from data_pipeline.readers.layouts import enmap

    yield path
    with contextlib.suppress(OSError):  # A folder may be closed to listing.
        others = sorted(set(path.parent.iterdir()) - {path})
        yield from (other for other in others if _has_name(other, path))
    if (description := enmap.find_sidecar(path)) is not None:
        yield description


def _has_name(other: Path, path: Path) -> bool:
    same = other.name == path.stem or other.name.startswith(f"{path.stem}.")
    return same and other.suffix != ".btcn" and other.is_file()


def _digest_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "blake2b").hexdigest()
    except OSError as error:
        raise BtcnetError(f"cannot read {path}: {error.strerror}") from error


def _no_number(word: str) -> None:
    raise ValueError(word)


def _is_entry(known: Any) -> TypeGuard[dict[str, Any]]:
    """Whether an entry is whole: the file lies among others', where anybody may have changed it."""
    if not isinstance(known, dict) or not isinstance(known.get("figures"), dict):
        return False
    if not all(isinstance(known.get(name), str) for name in ("made_of", "digest", "line")):
        return False
    figures = (known["figures"].get(name) for name in _FIGURES)
    return isinstance(known.get("checked"), bool) and all(
        isinstance(figure, (int, float)) for figure in figures
    )
