"""ENVI headers that an editor has given a byte order mark, which GDAL does not pass over."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from btcnet_jax.errors import DataError
from btcnet_jax.scratch import passing_folder

UTF8_MARK = b"\xef\xbb\xbf"


@contextmanager
def without_mark(data: Path, header: Path) -> Iterator[Path]:
    """Yields a link to the data file, which lies beside a header without the mark; errors name the file itself.

    Args:
        data: the file of samples.
        header: that begins with a mark.
    """
    with passing_folder() as folder:
        link = folder / data.name
        # What GDAL keeps beside the samples, such as NAME.aux.xml, comes along.
        for beside in data.absolute().parent.iterdir():
            if beside.name.startswith(data.name) and beside.name != header.name:
                (folder / beside.name).symlink_to(beside)
        (folder / header.name).write_bytes(header.read_bytes().removeprefix(UTF8_MARK))
        try:
            yield link
        except DataError as error:
            raise DataError(str(error).replace(str(link), str(data))) from None


def reading_without_mark(
    read: "partial[np.ndarray]", data: Path, header: Path
) -> Callable[..., np.ndarray]:
    """What reads windows of a link, made to read them through a new one each time.

    Args:
        read: a function of `raster`, its first argument the link that there was.
        data, header: as of `without_mark`.
    """
    return partial(_read_without_mark, data, header, read.func, *read.args[1:])


def _read_without_mark(
    data: Path, header: Path, read: Callable[..., np.ndarray], *arguments: Any
) -> np.ndarray:
    with without_mark(data, header) as link:
        return read(link, *arguments)
