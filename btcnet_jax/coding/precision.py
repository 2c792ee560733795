"""What a coding table's frequencies sum to: apart from the coder, so that making tables takes no coder."""

PRECISION = 24
"""The coder's frequencies sum to 2**PRECISION."""
