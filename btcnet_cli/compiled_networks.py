"""What a command compiles. Networks are kept for the next process by JAX's own cache: compiling the decoder
takes longer than a small scene. Kernels keep themselves; who waits for the first time is told."""

import os
import sys
import warnings
from pathlib import Path

from btcnet_jax.caches import user_caches

_FOLDER = "JAX_COMPILATION_CACHE_DIR"
_LEAST = "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"
# Each shape of a tile is one entry of some 60 kB; JAX names it by its own version and by the program too.
_MOST = 256


def tell_who_waits() -> None:
    """Where standard error is a terminal, have it say that kernels are compiled, before they are."""
    if sys.stderr.isatty():
        from btcnet_jax.coding.context.kernel.compiling import tell_of_compiling

        words = "compiling kernels, once an installation: about a minute"
        tell_of_compiling(lambda: print(words, file=sys.stderr, flush=True))


def keep_compiled() -> None:
    """Name the folder to JAX, which is not imported yet, unless the user has named one; without one that can be
    written networks are compiled by each process, as before.
    """
    if _FOLDER in os.environ:
        return
    try:
        folder = _own_folder()
        _forget_oldest(folder)
    except (OSError, RuntimeError):
        return
    os.environ[_FOLDER] = str(folder)
    # Else JAX keeps what took it a second: on a fast machine not the network of a small scene.
    os.environ.setdefault(_LEAST, "0.2")
    # Of an entry that cannot be read or written nobody need know: the network is compiled again.
    warnings.filterwarnings("ignore", message="Error (reading|writing) persistent compilation")


def _own_folder() -> Path:
    """A folder that nobody else can write: what lies there is run.

    Raises:
        OSError: there is none.
        RuntimeError: there is no home.
    """
    folder = user_caches() / "btcnet_jax" / "networks"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise PermissionError(folder)
    found = folder.stat()
    if os.name == "posix" and (found.st_uid != os.getuid() or found.st_mode & 0o022):
        raise PermissionError(folder)
    return folder


def _forget_oldest(folder: Path) -> None:
    entries = [entry for entry in folder.iterdir() if entry.is_file()]
    for entry in sorted(entries, key=lambda entry: entry.stat().st_mtime)[:-_MOST]:
        entry.unlink(missing_ok=True)
