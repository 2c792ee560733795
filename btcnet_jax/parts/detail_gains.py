"""How much of its details each component takes: section DETAIL_GAINS.

The detail network was trained on components of bands weighted for PSNR. Of others it restores too much where a
scene ends in noise, which costs up to 1 % of RMSE; three bits a component tell how much of it to take.
"""

import numpy as np
from jaxtyping import Float, Float32, Int, Int64

from btcnet_jax.coding.bit_stream import BitReader, BitWriter
from btcnet_jax.errors import FileFormatError

GAIN_BITS = 3
"""Bits of a component's gain."""

_PER_UNIT, _MOST = 4, 2**GAIN_BITS - 1


def fit_gains(
    symbols: Int[np.ndarray, "components 16 *places"],
    details: Float32[np.ndarray, "components 16 *places"],
    wanted: Float[np.ndarray, "components 16 *places"],
) -> Int64[np.ndarray, " components"]:
    """The gains of least squared error, in quarters, 0 to 7.

    Args:
        symbols: as the decoder has them.
        details: that the network adds to them, in steps.
        wanted: coefficients before quantization, in steps; the matrix scales components to them.
    """
    gains = np.full(len(symbols), _PER_UNIT)
    for component, arrays in enumerate(zip(symbols, details, wanted, strict=True)):
        symbol, detail, value = (each.ravel().astype(np.float64) for each in arrays)
        energy, scale = detail @ detail, (symbol @ value) / max(symbol @ symbol, 1)
        if energy > 0 and scale > 0:
            gain = detail @ (value - scale * symbol) / (scale * energy)
            gains[component] = np.clip(np.rint(_PER_UNIT * gain), 0, _MOST)
    return gains


def gain_bytes(components: int) -> int:
    """Bytes of so many gains."""
    return -(-GAIN_BITS * components // 8)


def encode_gains(gains: Int[np.ndarray, " components"]) -> bytes:
    """The bytes of gains in quarters."""
    writer = BitWriter()
    for gain in gains.tolist():
        writer.write(gain, GAIN_BITS)
    return writer.to_bytes()


def decode_gains(data: bytes, components: int) -> Float32[np.ndarray, " components"]:
    """What details are multiplied by.

    Raises:
        FileFormatError: there are not as many as components.
    """
    if len(data) != gain_bytes(components):
        raise FileFormatError(
            f"the section DETAIL_GAINS has {len(data)} bytes for {components} components: the file is damaged"
        )
    reader = BitReader(data)
    gains = [reader.read(GAIN_BITS) for _ in range(components)]
    reader.finish()
    return gains_of(np.array(gains))


def gains_of(quarters: Int[np.ndarray, " components"]) -> Float32[np.ndarray, " components"]:
    """What details are multiplied by, of gains in quarters."""
    return quarters.astype(np.float32) / np.float32(_PER_UNIT)
