"""One compressed file to one cube: read, checked, restored, written."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from btcnet_cli.limit_options import limits_of
from btcnet_cli.outputs import require_safe_output
from btcnet_cli.part_options import losses, part_of
from btcnet_cli.report import about
from btcnet_cli.streams import is_standard, real_file, write_standard

if TYPE_CHECKING:
    from btcnet_jax.container.compressed_file import CompressedFile
    from btcnet_jax.progress import Progress
    from btcnet_jax.scene.stream import SceneStream


class Restored(NamedTuple):
    """What to tell of a cube.

    Attributes:
        name: of its file.
        samples: its shape and type, in words.
        network: that restored its details, in hexadecimal; empty where none did.
        notes: what else there is to say, such as what its format does not keep.
        damage: what a salvaged file has lost, a line each.
    """

    name: str
    samples: str
    network: str
    notes: list[str]
    damage: list[str]


def restore(
    path: Path, output: Path, arguments: argparse.Namespace, progress: "Progress"
) -> Restored:
    """Decompress a file and write its cube.

    Args:
        path: of the file; - for standard input.
        output: the cube; - for standard output.
        arguments: of `decompress`.
        progress: called with parts of the work done, and all.

    Raises:
        BtcnetError: the file cannot be read or restored, or the cube not be written.
    """
    from data_pipeline.writers import require_free_place, require_known_suffix

    if not is_standard(output):
        suffix = require_known_suffix(output)
        require_safe_output(output, path)
        require_free_place(output, suffix)
    with real_file(path) as real, about(path):
        # Before JAX is imported: a file that asks for too much, or is damaged, is refused at once.
        read = _read(real, arguments)
        part = part_of(arguments, read)
        from btcnet_jax.codec import OpenFile
        from btcnet_jax.codec.regions import Damage

        file = OpenFile(read, arguments.model, arguments.weights, arguments.decoder)
        damage = Damage(arguments.fill) if arguments.salvage else None
        stream = file.stream(
            progress, arguments.ensemble, part=part, damage=damage, jobs=arguments.jobs
        )
        # Within: standard input is a file as long as this lasts.
        lost, name, suffix = _write(output, stream)
    values = stream.known.values
    samples = f"{' x '.join(map(str, values.shape))} {values.dtype}"
    network, notes = file.codec.network, list[str]()
    if arguments.decoder == "none":
        notes.append("details not restored: decoded without a network (--decoder none)")
    if part is not None and not (read.header.is_universal or read.header.is_bounded):
        notes.append("a trained network's file is decoded whole, then cut")
    if lost:
        notes.append(f"not kept by {suffix}: {', '.join(lost)}")
    restored_by = "" if network is None else network.hex()
    return Restored(name, samples, restored_by, notes, losses(read, damage))


def _read(path: Path, arguments: argparse.Namespace) -> "CompressedFile":
    """The file: all of it checked, or no more read than a part of it needs."""
    from btcnet_jax.container.compressed_file import open_compressed
    from btcnet_jax.sources import open_source

    salvage = arguments.salvage
    file = open_compressed(open_source(path), limits_of(arguments), salvage=salvage)
    if arguments.window is None and not salvage and file.tiles is not None:
        file.tiles.check()
    if file.sure:
        return file
    from btcnet_jax.codec.open_file import codec_of
    from btcnet_jax.codec.salvage import settled

    return settled(
        file, codec_of(file.header, arguments.model, arguments.weights, arguments.decoder)
    )


def _write(output: Path, stream: "SceneStream") -> tuple[list[str], str, str]:
    """Writes a cube; gives what is lost, the file's name and its suffix."""
    from data_pipeline.writers import save_npy, write_cube

    if not is_standard(output):
        return write_cube(output, stream), str(output), output.suffix
    return save_npy(write_standard, stream), "standard output", ".npy"
