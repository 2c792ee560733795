"""One cube that is too large to be held to one file: coded, read back and measured tile by tile."""

import argparse
import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from btcnet_cli.missing_options import source_as_asked
from btcnet_cli.report import about
from btcnet_cli.streams import is_standard, write_standard

if TYPE_CHECKING:
    from btcnet_jax.codec import Codec, Target
    from btcnet_jax.codec.trials import Told
    from btcnet_jax.container.compressed_file import CompressedFile
    from btcnet_jax.metrics import Quality
    from btcnet_jax.progress import Progress
    from btcnet_jax.scene import SceneSource
    from btcnet_jax.scene.facts import SceneFacts

_PIECE = 1 << 20


class Large(NamedTuple):
    """What a large cube came to.

    Attributes:
        source: the cube as it was asked for.
        facts: of its samples.
        file: that was written.
        quality: of it; None where it was not read back, or no sample is data.
        seconds: that coding took, and restoring and measuring.
    """

    source: "SceneSource"
    facts: "SceneFacts"
    file: "CompressedFile"
    quality: "Quality | None"
    seconds: tuple[float, float]

    def figures(self) -> dict[str, Any]:
        """Of a file that was read back, ready for JSON."""
        assert self.quality is not None, "it was read back"
        share = {"valid_share": self.quality.valid_share}
        return share | {"decode_seconds": self.seconds[1]} | self.quality.to_json()


def compress_large(
    codec: "Codec",
    target: "Target | None",
    source: "SceneSource",
    paths: tuple[Path, Path],
    arguments: argparse.Namespace,
    progress: tuple["Progress", "Progress"],
    told: "Told",
) -> Large:
    """Compress a cube and write the file as it comes; measure it unless that is not wanted.

    Args:
        codec: of the universal weights.
        target: a rate or a quality, or None for the codec's own.
        source: the cube.
        paths: of the cube and of the file.
        arguments: of `compress`.
        progress: of coding, and of reading the file back.
        told: called with each trial.

    Raises:
        BtcnetError: the cube cannot be read or compressed, or the file not be written.
    """
    from btcnet_jax.container.compressed_file import open_compressed
    from btcnet_jax.container.limits import Limits
    from btcnet_jax.sources import open_source

    path, output = paths
    source = source_as_asked(path, source, arguments)
    started = time.perf_counter()
    with contextlib.ExitStack() as stack:
        if is_standard(output):
            copy = stack.enter_context(tempfile.TemporaryFile())
        with (
            about(path),
            _new_file(output) if not is_standard(output) else _kept_open(copy) as (
                file,
                folder,
            ),
        ):
            facts = codec.compress_to(
                file,  # type: ignore[arg-type]
                source,
                target,
                progress[0],
                folder=folder,
                jobs=arguments.jobs,
                told=told,
            )
        seconds = time.perf_counter() - started
        if is_standard(output):
            _copy_out(copy)
        opened = copy if is_standard(output) else open_source(output)
        compressed = open_compressed(opened, Limits.none())
        assert facts is not None, "the cube is large"
        quality, started = None, time.perf_counter()
        if not arguments.no_check:
            with about(path):
                quality = measured(codec, source, facts, compressed, progress[1], arguments.jobs)
    return Large(source, facts, compressed, quality, (seconds, time.perf_counter() - started))


@contextlib.contextmanager
def _new_file(output: Path) -> Iterator[tuple[IO[bytes], Path]]:
    from btcnet_jax.files import atomic_path

    with atomic_path(output) as temporary, temporary.open("wb") as file:
        yield file, temporary.parent


@contextlib.contextmanager
def _kept_open(file: IO[bytes]) -> Iterator[tuple[IO[bytes], None]]:
    yield file, None


def _copy_out(file: IO[bytes]) -> None:
    file.seek(0)
    while data := file.read(_PIECE):
        write_standard(data)


def measured(
    codec: "Codec",
    source: "SceneSource",
    facts: "SceneFacts",
    file: "CompressedFile",
    progress: "Progress",
    jobs: int,
) -> "Quality | None":
    """How good a file is, read back tile by tile; None where no sample is data."""
    from btcnet_jax.codec.evaluation import measure_stream, present_bands

    present = present_bands(facts)
    if not present.any():
        return None
    return measure_stream(source, codec.restoration(file, progress, jobs=jobs).stream(), present)
