"""One cube to one file: compressed, written, read back and told of."""

import argparse
import hashlib
import math
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from btcnet_cli.bound_options import is_bound
from btcnet_cli.missing_options import counted, scene_as_asked, told
from btcnet_cli.plan_options import require_plan_options
from btcnet_cli.rate_options import model_of, optimized, target_of
from btcnet_cli.report import about
from btcnet_cli.search_told import SearchTold
from btcnet_cli.streams import is_standard, real_file, write_standard
from btcnet_jax import __version__

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import Num

    from btcnet_jax.codec.plan_file import Plan
    from btcnet_jax.container.compressed_file import CompressedFile
    from btcnet_jax.metrics import Quality
    from btcnet_jax.progress import Progress
    from btcnet_jax.scene import Scene, SceneInfo, SceneSource
    from btcnet_jax.scene.missing_samples import Missing

# Share of a rate below which a file is suspiciously small, and below which some of it is left over.
_LITTLE, _SHORT = 0.8, 0.99
# Share of the time that compressing takes, where the file is read back; about.
_COMPRESSING, _PARTS = 0.7, 1000
ON_DATA = " (on samples that are data)"
# What no file depends on, or what is told in another way; any other option makes another file.
_APART = (
    "inputs",
    "output",
    "json",
    "csv",
    "no_check",
    "force",
    "beam",
    "jobs",
    "command",
    "run",
    "config_options",
)
_TOLD_APART = ("model", "mask")


class Compressed(NamedTuple):
    """What to tell of a file.

    Attributes:
        name: of it.
        size: its bytes and rate, in words.
        worth: how good it is, in one line; none where it was not read back.
        kept: what it keeps besides samples that are data, a line each.
        figures: all of this and more, ready for JSON.
    """

    name: str
    size: str
    worth: list[str]
    kept: list[str]
    figures: dict[str, Any]


class Compressor:
    """The codec and the target of a command line.

    Attributes:
        told: which codec it is, ready for JSON.
        settings: all of the command line that a file depends on, but for the cube and the mask.
        checks: whether files are read back and measured.

    Raises:
        BtcnetError: no such model, or it has no such level.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        from btcnet_jax.codec import load
        from btcnet_jax.codec.plan_file import pack_plan, read_plan

        require_plan_options(arguments)
        self._arguments, self._target = arguments, target_of(arguments)
        self._plan = None if arguments.plan is None else read_plan(arguments.plan)
        self._codec = load(
            model_of(arguments),
            coder=arguments.coder,
            optimize=arguments.optimize,
            effort=arguments.effort,
            quantization=arguments.quantization,
            calibration=arguments.calibration,
        )
        self._codec.require(self._target or self._codec.default)
        name = str(model_of(arguments) or "universal")
        self.told = {"model": name, "fingerprint": self._codec.fingerprint.hex()}
        self.told |= optimized(arguments)
        given = vars(arguments).items()
        asked = {name: value for name, value in given if name not in (*_APART, *_TOLD_APART)}
        self.checks = not arguments.no_check
        self.settings = {"version": __version__, "codec": self._codec.describe(), **asked}
        if self._plan is not None:
            self.settings["plan"] = hashlib.sha256(pack_plan(self._plan)).hexdigest()
            self.told["plan"] = str(arguments.plan)
        if is_bound(arguments):
            # A file of bounds may change.
            self.settings["bound"] = repr(self._target)

    def compress(self, path: Path, output: Path, progress: "Progress") -> Compressed:
        """Compress a cube, write the file, read it back unless that is not wanted.

        Args:
            path: of the cube; - for standard input.
            output: the file; - for standard output.
            progress: called with parts of all this done, and all.

        Raises:
            BtcnetError: the cube cannot be read or compressed, or the file not be written.
        """
        from btcnet_jax.container.compressed_file import read_compressed
        from btcnet_jax.container.limits import Limits
        from btcnet_jax.files import write_atomically
        from btcnet_jax.scene.missing_samples import find_missing
        from data_pipeline.readers import open_scene

        check = not self._arguments.no_check
        arguments = self._arguments
        if self._plan is not None:
            return self._compress_planned(self._plan, path, output, progress)
        with real_file(path) as real:
            source = open_scene(real, arguments.variable, arguments.axes, tell_left_out=True)
            if self._codec.is_large(source.shape):
                return self._compress_large(source, path, output, progress)
            scene = source.read_all()
        scene = scene_as_asked(path, scene, arguments)
        started = time.perf_counter()
        with about(path):
            share = _COMPRESSING if check else 1.0
            told = _part(progress, 0, share)
            search = SearchTold(self._target, progress)
            data = self._codec.compress(
                scene, self._target, told, jobs=arguments.jobs, told=search.enter
            )
        seconds = time.perf_counter() - started
        # Before it is read back: whatever happens then, the file is there.
        write_standard(data) if is_standard(output) else write_atomically(output, data)
        name = "standard output" if is_standard(output) else str(output)
        size, figures = _size(scene.values.shape, scene.values.dtype.itemsize, len(data))
        figures = {"scene": path.name, "file": name, **figures, "encode_seconds": seconds}
        figures |= search.figures()
        file = read_compressed(data, Limits.none())
        kept = _kept(scene, find_missing(scene), file, arguments.bad_bands, checked=check)
        self._warn_of_rate(path, file, figures["bpppb"])
        worth: list[str] = []
        if check:
            worth, more = self._check(path, scene, data, _part(progress, share, 1))
            figures |= more
        return Compressed(name, size, worth + search.lines(), kept, figures)

    def _compress_large(
        self, source: "SceneSource", path: Path, output: Path, progress: "Progress"
    ) -> Compressed:
        """The same of a cube that is too large to be held."""
        from btcnet_cli.compress_large import compress_large

        share = 1.0 if self._arguments.no_check else _COMPRESSING
        both = _part(progress, 0, share), _part(progress, share, 1)
        codec, target, paths = self._codec, self._target, (path, output)
        search = SearchTold(target, progress)
        done = compress_large(codec, target, source, paths, self._arguments, both, search.enter)
        name = "standard output" if is_standard(output) else str(output)
        size, figures = _size(source.shape, source.dtype.itemsize, done.file.size)
        figures = {"scene": path.name, "file": name, **figures, "encode_seconds": done.seconds[0]}
        figures |= search.figures()
        kept = _kept(done.source, done.facts.missing, done.file, self._arguments.bad_bands)
        self._warn_of_rate(path, done.file, figures["bpppb"])
        if done.quality is not None:
            worth = [in_words(done.quality), *search.lines()]
            return Compressed(name, size, worth, kept, figures | done.figures())
        nothing = ["no sample is data: there is nothing to measure"]
        worth = search.lines() if self._arguments.no_check else nothing
        return Compressed(name, size, worth, kept, figures)

    def _compress_planned(
        self, plan: "Plan", path: Path, output: Path, progress: "Progress"
    ) -> Compressed:
        """The same by a plan, read once, some lines at a time."""
        from btcnet_cli.compress_planned import compress_planned

        share = 1.0 if self._arguments.no_check else _COMPRESSING
        both = _part(progress, 0, share), _part(progress, share, 1)
        done = compress_planned(plan, path, output, self._arguments, both)
        name = "standard output" if is_standard(output) else str(output)
        size, figures = _size(done.shape, done.dtype.itemsize, done.size)
        figures = {"scene": path.name, "file": name, **figures, "encode_seconds": done.seconds}
        if done.quality is None:
            return Compressed(name, size, [], done.notes, figures | done.figures)
        measured = {"valid_share": done.quality.valid_share, **done.quality.to_json()}
        worth = [in_words(done.quality)]
        return Compressed(name, size, worth, done.notes, figures | done.figures | measured)

    def _check(
        self, path: Path, scene: "Scene", data: bytes, progress: "Progress"
    ) -> tuple[list[str], dict[str, Any]]:
        from btcnet_jax.codec.evaluation import evaluate_file

        if not scene.valid().any():
            return ["no sample is data: there is nothing to measure"], {}
        found = evaluate_file(self._codec, scene, data, progress)
        figures = found.to_json()
        del figures["encode_seconds"]
        if found.restored is not None:
            _warn_of_lost(path, scene, found.restored)
        return [in_words(found.quality)], figures

    def _warn_of_rate(self, path: Path, file: "CompressedFile", rate: float) -> None:
        """Where a file of any rate uses little of what is asked for, something of the cube may be wrong.

        Of a cube of one value, such as an empty tile, nobody expects that it takes bits. Where a file uses
        more, the cube is too small for the rate.
        """
        from btcnet_jax.codec import Rate
        from btcnet_jax.errors import DataWarning

        header, asked = file.header, self._target or self._codec.default
        if self._codec.levels or not isinstance(asked, Rate):
            return
        if rate > asked.bpppb:
            text = (
                f"{path}: {rate:.4f} bpppb, above the {asked.bpppb:g} asked for, is what the smallest file of"
                f" this cube comes to: of so few samples, what every file must say takes more; allow more"
                f" (--bpppb), or put tiles together"
            )
            warnings.warn(text, DataWarning, stacklevel=2)
        elif rate < _LITTLE * asked.bpppb and header.minimum < header.maximum:
            text = (
                f"{path}: {rate:.4f} bpppb used of {asked.bpppb:g} asked for: more bits buy nothing."
                f" Either the cube holds that little, or something of it is wrong: its axes (--axes), a value"
                f" that marks missing samples (--nodata), or empty bands; `btcnet info` tells how it is read"
            )
            warnings.warn(text, DataWarning, stacklevel=2)
        elif rate < _SHORT * asked.bpppb and header.minimum < header.maximum:
            text = (
                f"{path}: {rate:.4f} bpppb used of {asked.bpppb:g} asked for: the next larger file "
                "that was found is above it"
            )
            warnings.warn(text, DataWarning, stacklevel=2)


def in_words(quality: "Quality") -> str:
    """How good a restored cube is, in one line."""
    if quality.max_error == 0:
        text = "restored without any error"
    else:
        # Reflectance up to 1 and sensor counts up to 65535 are both common.
        figures = {
            "PSNR": (quality.psnr_db, ".2f", " dB"),
            "SAM": (quality.sam_deg, ".3f", " degrees"),
            "RMSE": (quality.rmse, ".4g", ""),
            "greatest error": (quality.max_error, ".5g", ""),
        }
        text = ", ".join(
            f"{name} {value:{how}}{unit}"
            for name, (value, how, unit) in figures.items()
            if value is not None
        )
    if quality.bands_left_out:
        text += f" (PSNR and RMSE without {counted(quality.bands_left_out, 'constant band')})"
    return text if quality.samples_missing == 0 else text + ON_DATA


def _size(shape: tuple[int, ...], sample: int, size: int) -> tuple[str, dict[str, Any]]:
    """Of a cube of samples of so many bytes, and a file of so many."""
    from btcnet_jax.metrics import bits_per_sample

    rate = bits_per_sample(size, *shape)
    ratio = math.prod(shape) * sample / size
    text = f"{size} bytes, {rate:.4f} bpppb, 1:{ratio:.{0 if ratio >= 10 else 2}f}"
    return text, {"file_bytes": size, "bpppb": rate, "ratio": ratio}


def _kept(
    known: "SceneInfo",
    missing: "Missing | None",
    file: "CompressedFile",
    bad_bands: str,
    *,
    checked: bool = False,
) -> list[str]:
    """What the file keeps besides the samples, what that takes of it, and what readers must allow it.

    Of a file that is read back, samples that become no data are counted; of another it is said that some may.
    """
    from btcnet_jax.container.limits import Limits
    from btcnet_jax.container.sections import SectionKind

    lines = []
    sections, header = file.sections, file.header
    if words := told(known, bad_bands):
        lines.append(f"kept: {', '.join(words)} ({len(sections[SectionKind.METADATA])} bytes)")
    if missing is not None:
        share = 100 * missing.count() / (header.rows * header.cols * header.bands)
        how = "come back as they are" if missing.exact else f"all come back as {missing.fills[0]:g}"
        size = len(sections[SectionKind.MASK])
        lines.append(f"no data: {share:.4g} % of the samples, which {how} ({size} bytes)")
    among = known.nodata is not None and header.minimum < known.nodata < header.maximum
    if among and not checked:
        lines.append(
            f"nodata {known.nodata:g} lies among the data's values: data that an error makes equal to it will "
            "read as no data"
        )
    if needed := file.needed(Limits()):
        lines.append(f"so small for such a scene that reading it takes --max-bytes {needed}")
    return lines


def _warn_of_lost(
    path: Path, scene: "Scene", restored: "Num[np.ndarray, 'rows cols bands']"
) -> None:
    """Where an error has made valid samples equal to what marks missing ones."""
    from btcnet_jax.errors import DataWarning

    if scene.nodata is None:
        return
    lost = int((scene.valid() & (restored == scene.nodata)).sum())
    if lost:
        text = (
            f"{path}: {counted(lost, 'valid sample')} became nodata {scene.nodata:g} by an error and will read"
            " as no data: mark missing samples by a value that is none of the data's (--nodata), or keep all"
            " as they are (--max-error 0)"
        )
        warnings.warn(text, DataWarning, stacklevel=2)


def _part(progress: "Progress", start: float, end: float) -> "Progress":
    """Tells work as a part of more."""

    def update(done: int, total: int) -> None:
        share = start + (end - start) * min(done / max(total, 1), 1)
        progress(round(_PARTS * share), _PARTS)

    return update
