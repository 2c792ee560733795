"""BTC-Net V1, the predecessor: three small quantized convolutions, then "enhance, then upsample"."""
