"""The section INTEGERS of a plan: its front end as integers (docs/FORMAT.md, "Plans")."""

import numpy as np

from btcnet_jax.container.plan_record import AGAIN
from btcnet_jax.errors import FileFormatError
from btcnet_jax.parts.integers.block_encoder import BlockEncoder

# Bytes of a component besides its weights.
_EACH = 4 + 4 + 1


def pack_integers(encoder: BlockEncoder) -> bytes:
    """The payload of INTEGERS."""
    numbers = ("<i2", encoder.weights), ("<i4", encoder.bias), ("<i4", encoder.multiplier)
    arrays = [array.astype(kind).tobytes() for kind, array in numbers]
    return b"".join([*arrays, encoder.shift.tobytes()])


def unpack_integers(payload: bytes, dtype: np.dtype, components: int, bands: int) -> BlockEncoder:
    """Inverse of `pack_integers`.

    Args:
        payload: of INTEGERS.
        dtype: of the plan's samples.
        components: of the plan.
        bands: of its sensor.

    Raises:
        FileFormatError: another length, another type of samples, or sums that could overflow.
    """
    native, count = dtype.newbyteorder("="), components * bands
    if native not in (np.dtype(np.int16), np.dtype(np.uint16)):
        raise FileFormatError(
            f"the plan has integers, but of samples of type {dtype.name}: {AGAIN}"
        )
    if len(payload) != 2 * count + _EACH * components:
        raise FileFormatError(f"the plan's integers have another size: {AGAIN}")
    weights = np.frombuffer(payload, "<i2", count).astype(np.int16).reshape(components, bands)
    rest = np.frombuffer(payload, "<i4", 2 * components, 2 * count).astype(np.int32)
    shift = np.frombuffer(payload, np.uint8, components, 2 * count + 8 * components)
    bias, multiplier = np.split(rest, 2)
    try:
        return BlockEncoder(native, weights, bias, multiplier, shift)
    except ValueError as error:
        raise FileFormatError(f"the plan's integers have {error}: {AGAIN}") from error
