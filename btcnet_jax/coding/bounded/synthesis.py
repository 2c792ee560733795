"""From the symbols of a base to planes, and from planes to codes of bands: a kernel in integers.

No sum exceeds 62 bits. Magnitudes of basis values add up to less than 3.71 * 2**28 at each sample of a block,
so with symbols within 2**23 sums stay below 3.71 * 2**51, and planes below 3.71 * 2**29: 32 bits. Sums of bands
are kept below 2**62 by `BaseMatrix.require_room`.
"""

from btcnet_jax.coding.bounded.arrays import BLOCK_BASIS, BLOCK_BITS, PLANE_BITS, Ints
from btcnet_jax.coding.context.kernel.compiling import entry

_FINER = BLOCK_BITS - PLANE_BITS


@entry
def to_planes(symbols: Ints, planes: Ints, largest: Ints, room: Ints) -> None:
    """The inverse transform of blocks.

    Args:
        symbols: of (components, 16 positions, rows and columns of blocks), within +-2**23.
        planes: of (components, rows, columns); take the samples times 2**PLANE_BITS; what is beyond is cut off.
        largest: takes the greatest magnitude of each plane.
        room: for the samples of a block.
    """
    components, positions, down, across = symbols.shape
    rows, cols = planes.shape[1:]
    for component in range(components):
        most = 0
        for y in range(down):
            for x in range(across):
                for at in range(positions):
                    room[at] = 0
                for position in range(positions):
                    symbol = int(symbols[component, position, y, x])
                    if symbol:
                        for at in range(positions):
                            room[at] += symbol * BLOCK_BASIS[position, at]
                for i in range(min(4, rows - 4 * y)):
                    for j in range(min(4, cols - 4 * x)):
                        value = (room[4 * i + j] + (1 << (_FINER - 1))) >> _FINER
                        planes[component, 4 * y + i, 4 * x + j] = value
                        most = max(most, abs(value))
        largest[component] = most


@entry
def to_bands(
    planes: Ints, entries: Ints, offsets: Ints, shift: int, largest: Ints, codes: Ints
) -> None:
    """Codes of bands, rounded and within their range.

    Args:
        planes: of `to_planes`.
        entries, offsets, shift: of a `BaseMatrix`.
        largest: codes of the bands.
        codes: of (bands, rows, columns); take them.
    """
    bands, rows, cols = codes.shape
    down = shift + PLANE_BITS
    half = (1 << down) >> 1
    for row in range(rows):
        for band in range(bands):
            line, most = codes[band, row], largest[band]
            start = offsets[band] + half
            for col in range(cols):
                line[col] = start
            for component in range(len(planes)):
                weight, plane = int(entries[component, band]), planes[component, row]
                if weight:
                    for col in range(cols):
                        line[col] += weight * int(plane[col])
            for col in range(cols):
                line[col] = min(max(line[col] >> down, 0), most)
