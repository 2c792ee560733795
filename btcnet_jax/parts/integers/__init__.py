"""The convolutional encoder in integers: what codes networks with quantized weights, and what flies."""
