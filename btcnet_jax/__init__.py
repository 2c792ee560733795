"""btcnet_jax: BTC-Net V2, a hyperspectral image codec, in JAX and Flax."""

__version__ = "0.1.0"
