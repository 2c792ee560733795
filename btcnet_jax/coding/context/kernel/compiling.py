"""How kernels are compiled, and where their machine code is kept so that the next process starts at once."""

import functools
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba

from btcnet_jax.caches import user_caches

_HERE = Path(__file__).resolve().parent
# Its settings are made when it is imported: nothing that is declared.
_CONFIG: Any = numba.config

# Of numba's errors numpy's model leaves out checks of divisors, none of which is zero here.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False}

# Python calls none of the others: without what it would call them by they compile in half the time.
_WITHIN = _OPTIONS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

inner: Callable[..., Any] = numba.njit(**_WITHIN, forceinline=True)
"""For functions of a coefficient: compiled into those that call them."""

shared: Callable[..., Any] = numba.njit(**_WITHIN)
"""For functions of many coefficients, or seldom called: compiled once for all that call them."""


def entry(function: Callable[..., Any]) -> Any:
    """For kernels that Python calls: compiled when first called, kept on disk where a folder can be written.

    Numba looks at the time of the function's own file alone to tell whether it has changed, so the
    folder is named after the content of all files that are compiled into it.
    """
    before = _CONFIG.CACHE_DIR
    try:
        if not before:
            _CONFIG.CACHE_DIR = str(_folder())
        return numba.njit(**_OPTIONS, cache=True)(function)
    except (RuntimeError, OSError):
        # No folder can be written: compiled anew by each process.
        return numba.njit(**_OPTIONS)(function)
    finally:
        _CONFIG.CACHE_DIR = before


def _folder() -> Path:
    """Where machine code of these very sources is kept: beside them, or among the user's caches.

    Raises:
        OSError: neither can be written.
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
