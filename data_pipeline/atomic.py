"""Files that appear whole or not at all."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data_pipeline.errors import DataError


@contextmanager
def replacing(*targets: Path) -> Iterator[list[Path]]:
    """Gives a temporary path for each target; all are renamed, in order, once the block succeeds.

    The temporary files keep their targets' names, because an ENVI pair knows itself by name, in a
    hidden folder beside them, because only a rename inside one file system is atomic. Whatever ends
    the block early, an interrupt from the keyboard too, leaves the targets as they were.

    Args:
      targets: the files to write, all in one folder.

    Raises:
      DataError: the folder is missing or cannot be written, or the disk is full.
    """
    folder = targets[0].parent
    try:
        scratch = Path(tempfile.mkdtemp(prefix=f".{targets[0].name}.", dir=folder))
    except OSError as error:
        raise _unwritable(targets[0], error) from None
    try:
        temporary = [scratch / target.name for target in targets]
        yield temporary
        for source, target in zip(temporary, targets, strict=True):
            source.replace(target)
    except OSError as error:
        raise _unwritable(targets[0], error) from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _unwritable(target: Path, error: OSError) -> DataError:
    return DataError(
        f"{target}: cannot be written ({error.strerror or error}); check its folder, the rights"
        f" and the free space"
    )
