"""Training: losses, one compiled step, the loop, its log. Checkpoints are in `btcnet_jax.checkpoints`."""
