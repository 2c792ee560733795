"""The universal codec: one set of weights for any sensor and any number of bands."""

from btcnet_jax.universal.codec import DEFAULT_BPPPB, UniversalCodec
from btcnet_jax.universal.file_layout import is_universal

__all__ = ["DEFAULT_BPPPB", "UniversalCodec", "is_universal"]
