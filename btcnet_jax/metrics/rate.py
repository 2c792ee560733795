"""Rate of a compressed file: bits per pixel per band."""

from btcnet_jax.errors import CubeError


def bits_per_sample(file_bytes: int, rows: int, cols: int, bands: int) -> float:
    """Bits of the whole file per sample of the cube, the literature's bpppb.

    Every byte counts: header, tables and side information as well as the coded symbols.

    Args:
        file_bytes: size of the compressed file in bytes.
        rows: height of the cube in pixels.
        cols: width of the cube in pixels.
        bands: number of spectral bands of the cube.

    Returns:
        `8 * file_bytes / (rows * cols * bands)`, in bits per pixel per band.

    Raises:
        CubeError: an axis without samples, or a negative file size.

    Source: BTC-Net V2 (IEEE, 2026), evaluation protocol: rate = all bits of the file / (H*W*B).
    """
    if min(rows, cols, bands) < 1:
        raise CubeError(f"a cube of {rows} x {cols} x {bands} has no samples, so it has no rate")
    if file_bytes < 0:
        raise CubeError(f"a file cannot hold {file_bytes} bytes")
    return 8 * file_bytes / (rows * cols * bands)
