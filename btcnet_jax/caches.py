"""Where what was compiled is kept from one process to the next."""

import os
import sys
from pathlib import Path


def user_caches() -> Path:
    """Where the platform has users' caches."""
    if sys.platform == "win32" and "LOCALAPPDATA" in os.environ:
        return Path(os.environ["LOCALAPPDATA"])
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
