"""The errors a user's data can cause. Each message is one line: what is wrong, what to do."""


class DataError(ValueError):
    """Data that cannot be used as they are: unreadable, not a cube, NaN, too small, mixed."""
