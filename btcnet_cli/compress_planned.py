"""One scene to one file by a plan: lines in, bytes out, read once, in memory that does not grow with them."""

import argparse
import contextlib
import itertools
import math
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from btcnet_cli.interrupts import held_back
from btcnet_cli.missing_options import counted, source_as_asked
from btcnet_cli.missing_options import told as words_of
from btcnet_cli.plan_options import is_raw, raw_type
from btcnet_cli.raw_lines import LinesEndError, RawLines
from btcnet_cli.report import about
from btcnet_cli.streams import is_standard, real_file, write_standard
from btcnet_jax.errors import BtcnetError

if TYPE_CHECKING:
    from btcnet_jax.codec.line_writer import LineWriter
    from btcnet_jax.codec.plan_file import Plan
    from btcnet_jax.metrics import Quality
    from btcnet_jax.progress import Progress
    from btcnet_jax.scene import SceneInfo, SceneSource


class Planned(NamedTuple):
    """What a scene came to.

    Attributes:
        shape, dtype: of the scene.
        size: bytes of the file.
        seconds: that coding took.
        notes: what to tell of it, a line each.
        quality: of it; None where it was not read back, or no sample is data.
        figures: more of it, ready for JSON.
    """

    shape: tuple[int, int, int]
    dtype: np.dtype
    size: int
    seconds: float
    notes: list[str]
    quality: "Quality | None"
    figures: dict[str, Any]


class Lines(NamedTuple):
    """Lines to code.

    Attributes:
        shape: of the scene; None where nobody knows how many lines will come.
        groups: of lines.
        info: what is known of the scene; None for what the plan knows.
        source: the scene, where it can be read once more.
    """

    shape: tuple[int, ...] | None
    groups: Iterable[np.ndarray]
    info: "SceneInfo | None"
    source: "SceneSource | None"


def compress_planned(
    plan: "Plan",
    path: Path,
    output: Path,
    arguments: argparse.Namespace,
    progress: tuple["Progress", "Progress"],
) -> Planned:
    """Compress lines by a plan and write the file as it comes; measure it where that is wanted and can be.

    Args:
        plan: of the lines.
        path: of the scene; - for standard input.
        output: the file; - for standard output, which gets bytes as soon as they are ready.
        arguments: of `compress`.
        progress: of coding, and of reading the file back.

    Raises:
        BtcnetError: the scene cannot be read, or is of another sensor, or the file not be written.
    """
    with _lines(plan, path, arguments) as lines:
        started = time.perf_counter()
        with contextlib.nullcontext() if lines.source is None else about(path):
            target = _Standard() if is_standard(output) else output
            told = _of_all(progress[0], lines.shape)
            writer = plan.writer(target, info=lines.info, jobs=arguments.jobs, progress=told)
            with _rest_told(writer, passes=is_standard(output)):
                _write(writer, lines.groups, output, passes=lines.source is None)
        seconds = time.perf_counter() - started
        shape = writer.rows, writer.cols, plan.bands
        notes = _notes(writer, shape)
        if words := words_of(lines.info or plan.info, arguments.bad_bands):
            notes.append(f"kept: {', '.join(words)}")
        quality = None
        if arguments.no_check or lines.source is None or is_standard(output):
            if not arguments.no_check:
                notes.append("not measured: lines or bytes have passed by")
        else:
            with about(path):
                quality = _measured(lines.source, output, progress[1], arguments.jobs)
        figures = {"samples_unseen": writer.tally.unseen, "samples_clipped": writer.tally.clipped}
        figures["samples_of_constant_bands_lost"] = writer.tally.constant
        return Planned(shape, plan.dtype, writer.size, seconds, notes, quality, figures)


def _write(
    writer: "LineWriter", groups: Iterable[np.ndarray], output: Path, *, passes: bool
) -> None:
    """Codes lines and finishes the file.

    Args:
        writer: codes them.
        groups: of lines.
        output: the file.
        passes: whether the lines will not come again.

    Raises:
        LinesEndError: lines end where they should not. Those that came whole, and will not come again, are
            kept: in a stream, which is finished; else in a file of another name.
        KeyboardInterrupt: likewise; of lines that do come again, or in a stream, nothing is done.
    """
    early = None
    with writer:
        try:
            for group in groups:
                # Else an interruption might leave a group half taken.
                with held_back() if passes else contextlib.nullcontext():
                    writer.write(group)
        except (LinesEndError, KeyboardInterrupt) as error:
            stopped = isinstance(error, KeyboardInterrupt)
            if not writer.came or (stopped and (is_standard(output) or not passes)):
                raise
            if not is_standard(output):
                kept = _partial(output)
                with held_back():
                    writer.keep(kept)
                raise type(error)(_kept(error, writer, f"are in {kept}")) from error
            early = error
    if early is not None:
        raise _FinishedError(_kept(early, writer, "are in a whole stream on standard output"))


class _FinishedError(LinesEndError):
    """Of lines that are kept in a stream with its end."""


def _kept(error: BaseException, writer: "LineWriter", where: str) -> str:
    why = f"{error}; " if str(error) else ""
    return f"{why}{counted(writer.rows, 'line')} that came whole {where}"


def _partial(output: Path) -> Path:
    """A free name beside a file for what came of it."""
    for number in itertools.count(1):
        kept = output.with_name(f"{output.stem}.partial{number if number > 1 else ''}.btcn")
        if not kept.exists():
            return kept
    raise AssertionError("numbers do not end")


@contextlib.contextmanager
def _lines(plan: "Plan", path: Path, arguments: argparse.Namespace) -> Iterator[Lines]:
    import dataclasses

    from btcnet_jax.scene.missing import required_nodata
    from data_pipeline.readers import open_scene

    if is_raw(arguments):
        dtype = raw_type(arguments)
        plan.require(arguments.bands, dtype)
        info = plan.info
        if arguments.nodata is not None:
            nodata = required_nodata(arguments.nodata, plan.dtype, "the lines")
            info = dataclasses.replace(info, nodata=nodata)
        by_sample = arguments.interleave == "bip"
        size = arguments.samples, arguments.bands
        raw = RawLines(*size, dtype, by_sample, arguments.lines, plan.group)
        yield Lines(None, raw.read(), info, None)
        return
    with real_file(path) as real:
        source = open_scene(real, arguments.variable, arguments.axes, tell_left_out=True)
        source = source_as_asked(path, source, arguments)
        if source.nodata is None:
            # Who planned has said what marks missing samples of this sensor.
            source = dataclasses.replace(source, nodata=plan.info.nodata)
        with about(path):
            plan.require(source.shape[2], source.dtype, source)
        yield Lines(source.shape, _groups(source, plan.group), source, source)


def _groups(source: "SceneSource", at_once: int) -> Iterator[np.ndarray]:
    from btcnet_jax.scene.lines import line_blocks

    for lines in line_blocks(source.shape[0], at_once):
        values = source.read(lines, slice(None))
        if source.read_mask is None:
            yield values
            continue
        mask = source.read_mask(lines, slice(0, source.shape[1]))
        missing = np.logical_not(mask if mask.ndim == 3 else mask[..., None])
        yield np.ma.MaskedArray(values, np.broadcast_to(missing, values.shape))


@contextlib.contextmanager
def _rest_told(writer: "LineWriter", *, passes: bool) -> Iterator[None]:
    """What ends a stream early says that its beginning is out already."""
    try:
        yield
    except (BtcnetError, KeyboardInterrupt) as error:
        if not (passes and writer.rows) or isinstance(error, _FinishedError):
            raise
        rest = "standard output has a stream without its end, of which `decompress --salvage` restores lines"
        told = rest if isinstance(error, KeyboardInterrupt) else f"{error}; {rest}"
        raise type(error)(told) from error


class _Standard:
    """Standard output as a file."""

    def write(self, data: bytes | memoryview) -> int:
        write_standard(data)
        return len(data)


def _of_all(progress: "Progress", shape: tuple[int, ...] | None) -> "Progress":
    rows = 0 if shape is None else shape[0]
    return lambda done, _: progress(done, max(rows, done))


def _notes(writer: "LineWriter", shape: tuple[int, int, int]) -> list[str]:
    plan, tally = writer.plan, writer.tally
    on = " x ".join(map(str, plan.planned_on))
    lines = [f"planned on {on} for {plan.rate:g} bpppb; {counted(writer.rows, 'line')} came"]
    # Those beyond the plan's range are not coded like all others: a warning tells of them.
    if unseen := tally.unseen - tally.clipped:
        share = 100 * unseen / math.prod(shape)
        low, high = plan.seen
        lines.append(
            f"{counted(unseen, 'sample')} ({share:.2g} %) beyond the {low:g} to {high:g} that the plan "
            "saw, coded like all others"
        )
    if writer.missing:
        share = 100 * writer.missing / math.prod(shape)
        lines.append(f"no data: {share:.4g} % of the samples")
    return lines


def _measured(
    source: "SceneSource", output: Path, progress: "Progress", jobs: int
) -> "Quality | None":
    from btcnet_cli.compress_large import measured
    from btcnet_jax.codec.open_file import codec_of
    from btcnet_jax.container.compressed_file import open_compressed
    from btcnet_jax.container.limits import Limits
    from btcnet_jax.container.scene_sections import read_facts
    from btcnet_jax.sources import open_source

    file = open_compressed(open_source(output), Limits.none())
    return measured(codec_of(file.header), source, read_facts(file), file, progress, jobs)
