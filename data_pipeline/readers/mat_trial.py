"""A MATLAB file read in a process of its own first: of some damaged files scipy's reader dies."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from btcnet_jax.errors import DataError

_TOO_LARGE = 3
# Whatever else goes wrong there, the same goes wrong here again, with its reason.
_TRIAL = f"""
import resource, sys
memory, seconds, path, *names = sys.argv[1:]
import scipy.io
for kind, most in ((resource.RLIMIT_AS, int(memory)), (resource.RLIMIT_CPU, int(seconds))):
    former = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (most if former < 0 else min(most, former), former))
try:
    scipy.io.loadmat(path, variable_names=names or None)
except MemoryError:
    sys.exit({_TOO_LARGE})
"""
# The interpreter with its libraries; copies that scipy makes of what it reads; bytes a second at the least.
_MEMORY, _COPIES, _SECONDS, _SPEED = 2 << 30, 4, 20, 10_000_000
# One that waits for a slow disk or a busy machine is no hostile one.
_PATIENCE = 10


def require_survivable(path: Path, names: Sequence[str], claimed: int) -> None:
    """Refuse a file that ends the process that reads it, or takes more of it than its arrays can.

    Args:
        path: of the file.
        names: of the arrays to read; none for all.
        claimed: bytes that it holds, unfolded.

    Raises:
        DataError: says which.
    """
    memory, seconds = _MEMORY + _COPIES * claimed, _SECONDS + claimed // _SPEED
    # Nothing is imported from the folder where the user happens to be.
    command = [sys.executable, "-P", "-c", _TRIAL, str(memory), str(seconds)]
    try:
        status = subprocess.run(
            [*command, str(path.absolute()), *names],
            check=False,
            capture_output=True,
            timeout=_PATIENCE * seconds,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        ).returncode
    except subprocess.TimeoutExpired:
        _refuse(path, f"reading it takes more than {_PATIENCE * seconds} s")
    if status == _TOO_LARGE:
        _refuse(path, f"reading it takes more than {memory >> 20} MB")
    if status < 0:
        _refuse(path, "reading it ends the process")


def _refuse(path: Path, reason: str) -> None:
    raise DataError(
        f"{path}: not a whole MATLAB file ({reason}); copy it again or save it anew"
    ) from None
