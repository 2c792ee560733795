"""Sizes of an export that takes windows of 11 lines, for its README and its checker."""

from typing import Any

from btcnet_jax.models.encoder import KERNEL_ROWS, PADDING_ROWS
from btcnet_jax.parts.integers.integer_encoder import IntegerEncoder


def window_sizes(encoder: IntegerEncoder, samples: int) -> dict[str, Any]:
    """By name, ready for JSON.

    Args:
        encoder: that is exported.
        samples: of a line.
    """
    return {
        "rows": KERNEL_ROWS,
        "padding": PADDING_ROWS,
        "samples": samples,
        "scale": encoder.scale,
        "multiple": encoder.multiple,
        "bands": encoder.bands,
        "dtype": encoder.dtype.name,
        "channels": encoder.channels,
        "places": -(-samples // encoder.multiple) * encoder.multiple // encoder.scale,
    }
