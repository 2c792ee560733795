"""The options that ask for part of a scene, or for what is whole of a damaged file."""

import argparse
from typing import TYPE_CHECKING

import numpy as np

from btcnet_jax.errors import ConfigError

if TYPE_CHECKING:
    from btcnet_jax.codec.regions import Damage
    from btcnet_jax.container.compressed_file import CompressedFile
    from btcnet_jax.scene.part import Part

# Lost tiles that are told of one by one.
_TOLD = 20


def add_part_options(parser: argparse.ArgumentParser) -> None:
    """Declare --window, --bands, --salvage and --fill."""
    parser.add_argument(
        "--window",
        metavar="R0:R1,C0:C1",
        help="rows and columns to restore, counted from 0, without the last; either side of a colon may be "
        "left out. Only the tiles that it needs are read",
    )
    parser.add_argument(
        "--bands",
        metavar="B0:B1,...",
        help="bands to restore: ranges likewise, or numbers, or both",
    )
    parser.add_argument(
        "--salvage",
        action="store_true",
        help="of a damaged file restore the tiles that are whole; tells what is lost, exit status 1. "
        "A scene of any size is held in memory",
    )
    parser.add_argument(
        "--fill",
        type=_number,
        metavar="V",
        help="what lost samples hold (the scene's nodata value, or NaN of floats)",
    )


def require_part_options(arguments: argparse.Namespace) -> None:
    """Raise `ConfigError` on what could not work whatever the file is."""
    if arguments.fill is not None and not arguments.salvage:
        raise ConfigError("--fill is of what --salvage cannot restore: give both, or leave it out")
    _window(arguments.window)
    _spans(arguments.bands, "--bands", "10:40 or 3,7,20:30")


def part_of(arguments: argparse.Namespace, file: "CompressedFile") -> "Part | None":
    """The part that is asked for; None for all.

    Raises:
        DataError: some of it is outside of the scene.
        ConfigError: that is no window, or no bands.
    """
    from btcnet_jax.scene.part import Part

    if arguments.window is None and arguments.bands is None:
        return None
    header = file.header
    shape = header.rows, header.cols, header.bands
    bands = None
    if spans := _spans(arguments.bands, "--bands", "10:40 or 3,7,20:30"):
        parts = [Part.of(shape, None, None, span).bands for span in spans]
        bands = np.concatenate(parts)
    rows, cols = _window(arguments.window)
    return Part.of(shape, rows, cols, bands)


def losses(file: "CompressedFile", damage: "Damage | None") -> list[str]:
    """What of a file is lost, a line each; none where nothing is."""
    from btcnet_jax.container.container import section_name
    from btcnet_jax.container.sections import SectionKind

    if damage is None or not (damage.places or file.lost):
        return []
    lines = [f"lost: {section_name(kind)}" for kind in file.lost if kind != SectionKind.STREAM_END]
    if SectionKind.STREAM_END in file.lost:
        lines.append(
            f"lost: lines from {file.header.rows} on, how many they were, and which samples were no data"
        )
    if not file.sure:
        lines.append(
            "where the last group of lines ended is lost: up to 3 lines at the end may repeat the one before"
        )
    lines += [
        f"lost: rows {rows.start}:{rows.stop}, columns {cols.start}:{cols.stop}, filled with {damage.fill}"
        for rows, cols in damage.places[:_TOLD]
    ]
    if (more := len(damage.places) - _TOLD) > 0:
        lines.append(f"lost: {more} tiles more")
    if damage.places:
        lines.append("samples beside them, up to some 60 away, are restored a little less exactly")
    return lines


def _window(text: str | None) -> tuple[slice | int | None, slice | int | None]:
    spans = _spans(text, "--window", "0:256,512:768")
    if spans and (len(spans) != 2 or not all(isinstance(each, slice) for each in spans)):
        raise ConfigError(
            f"--window {text}: two ranges are wanted, rows and columns: 0:256,512:768"
        )
    return (spans[0], spans[1]) if spans else (None, None)


def _spans(text: str | None, option: str, example: str) -> list[slice | int]:
    if text is None:
        return []
    spans: list[slice | int] = []
    for word in text.split(","):
        bounds = [each.strip() for each in word.split(":")]
        given = [each for each in bounds if each]
        if len(bounds) > 2 or not all(each.isascii() and each.isdigit() for each in given):
            raise ConfigError(f"{option} {text:.60}: ranges such as {example} are wanted")
        numbers = [int(each) if each else None for each in bounds]
        if len(numbers) == 1 and numbers[0] is None:
            raise ConfigError(f"{option} {text:.60}: ranges such as {example} are wanted")
        spans.append(numbers[0] if len(numbers) == 1 else slice(*numbers))  # type: ignore[arg-type]
    return spans


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)
