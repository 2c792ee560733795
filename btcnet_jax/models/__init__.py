"""The networks, in Flax linen. Arrays are channels last: (batch, rows, cols, channels)."""
