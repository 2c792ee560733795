"""Streams whose end is lost: how many lines the last group has that came whole.

A group that nothing follows may be the last one and have fewer lines than the others, and how many there were
was lost with the end. But symbols decode to their last byte with the right number of rows of blocks alone.
"""

import dataclasses

from btcnet_jax.codec.codec import Codec
from btcnet_jax.container.compressed_file import CompressedFile
from btcnet_jax.container.tile_grid import SIDE
from btcnet_jax.errors import FileFormatError
from btcnet_jax.parts.interface import Blocks, WindowedLatent


def settled(file: CompressedFile, codec: Codec) -> CompressedFile:
    """The file with the rows that it has.

    Args:
        file: opened to be salvaged.
        codec: that wrote it.

    Returns:
        The same where the rows were known. Else a last group that is shorter than the others has whole blocks
        of lines: up to three at the end then repeat the last line. One that decodes in no way is left out.

    Raises:
        FileFormatError: the file has no other group.
    """
    latent = codec.parts[1]
    if file.sure or file.tiles is None or not isinstance(latent, WindowedLatent):
        return file
    grid = file.tiles.grid
    before = grid.rows - grid.tile_rows
    for rows in range(grid.rows, before, -1):
        trial = _of_rows(file, rows)
        if _decodes(trial, latent):
            return trial
    if not before:
        raise FileFormatError(
            "the end of the file is lost, and no group of lines is whole: nothing can be restored"
        )
    return _of_rows(file, before)


def _of_rows(file: CompressedFile, rows: int) -> CompressedFile:
    """The file as it were with so many rows of blocks."""
    assert file.tiles is not None, "as above"
    if rows == file.tiles.grid.rows:
        return file
    header = dataclasses.replace(file.header, rows=rows * SIDE)
    return dataclasses.replace(file, header=header, tiles=file.tiles.of_rows(rows))


def _decodes(file: CompressedFile, latent: WindowedLatent) -> bool:
    """Whether all that is whole of the last row of tiles decodes."""
    assert file.tiles is not None, "as above"
    grid = file.tiles.grid
    for number in range(grid.count - grid.across, grid.count):
        try:
            file.tiles.payload(number)
        except FileFormatError:
            continue
        try:
            latent.read_blocks(file, Blocks(*grid.place(number)))
        except FileFormatError:
            return False
    return True
