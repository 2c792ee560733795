"""Where machine code is kept so that the next process starts at once."""

import functools
import hashlib
import os
from pathlib import Path

from btcnet_jax.caches import user_caches

_HERE = Path(__file__).resolve().parent


def code_folder() -> Path:
    """Where machine code of these very sources is kept: beside them, or among the user's caches.

    Raises:
        OSError: neither can be written.
        RuntimeError: there is no home.
    """
    name = f"kernels-{_fingerprint()}"
    for place in (_HERE / "__pycache__", user_caches() / "btcnet_jax"):
        try:
            (place / name).mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(place / name, os.W_OK):
            return place / name
    raise OSError("no folder for machine code can be written")


@functools.cache
def _fingerprint() -> str:
    """Of all of `coding`: kernels and the constants that are compiled into them."""
    digest = hashlib.sha256()
    for path in sorted(_HERE.parents[1].rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
