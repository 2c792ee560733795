"""The codec: a cube to the bytes of one file and back, with a model."""

from btcnet_jax.codec.codec import Codec

__all__ = ["Codec"]
