"""Checks of a command's output paths before any work, so that nothing is lost by a slip of the hand."""

from pathlib import Path

from btcnet_jax.errors import BtcnetError


def require_safe_output(output: Path, *others: Path) -> None:
    """Refuse an output that is one of the command's other files, or cannot be written.

    The two files of an ENVI pair count as one: writing either destroys the scene.

    Raises:
        BtcnetError: says which file it is.
    """
    from btcnet_jax.files import require_writable

    require_writable(output)
    for other in others:
        if _same(output, other) or _is_pair(output, other):
            raise BtcnetError(f"{output} would overwrite {other}: name another output")


def require_compressed_name(output: Path, usual: str = ".btcn") -> None:
    """Refuse a cube's suffix for a compressed file, which no other program could open, and cubes to write over.

    Args:
        output: the file.
        usual: suffix of its kind.

    Raises:
        BtcnetError: the suffix is a cube's.
    """
    from data_pipeline.readers import SUFFIXES

    if output.suffix.lower() in SUFFIXES:
        raise BtcnetError(f"{output} has the suffix of a cube: name it {output.stem}{usual}")


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve() or (
        one.exists() and other.exists() and one.samefile(other)
    )


def _is_pair(one: Path, other: Path) -> bool:
    suffixes = {one.suffix.lower(), other.suffix.lower()}
    if ".hdr" not in suffixes or one.resolve().with_suffix("") != other.resolve().with_suffix(""):
        return False
    from data_pipeline.readers.envi_files import DATA_SUFFIXES

    return suffixes <= {".hdr", *DATA_SUFFIXES}
