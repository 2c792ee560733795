"""The errors a user can cause and a user can mend. Each message is one line: what is wrong, what to do."""


class BtcnetError(Exception):
    """Base of everything the command line reports in one line with exit status 2."""


class ConfigError(BtcnetError, ValueError):
    """A configuration value that cannot work."""


class DataError(BtcnetError, ValueError):
    """Data that cannot be used as they are: unreadable, not a cube, NaN, too small, mixed."""


class CubeError(DataError):
    """A cube the codec cannot take: wrong axes, NaN, constant, another band count."""


class FileFormatError(BtcnetError, ValueError):
    """A compressed file that is truncated, altered, of another version or not ours."""


class ModelMismatchError(BtcnetError, ValueError):
    """A compressed file or a checkpoint that belongs to another model."""


class CheckpointError(BtcnetError, ValueError):
    """A checkpoint directory that is missing, empty, half written or unreadable."""


class TrainingError(BtcnetError, RuntimeError):
    """Training that cannot go on, such as a loss that is not a number."""


class MissingExtraError(BtcnetError, ImportError):
    """A package that this command needs and that an installation without its extra lacks."""


class DataWarning(UserWarning):
    """Data that are taken as they are though something about them looks wrong; one line that says what."""


class LeftOutWarning(DataWarning):
    """What a file holds besides a cube and is not taken from it; one line that names it."""
