"""What a coding table's frequencies sum to, and how far symbols reach: kept apart from the coder itself."""

PRECISION = 24
"""The coder's frequencies sum to 2**PRECISION."""

MAX_MAGNITUDE = 1 << 23
"""Of a learned quantizer's symbols; float32 holds every integer up to there."""
