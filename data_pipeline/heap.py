"""Large buffers kept by the process, since having the kernel clear pages takes as long as decoding."""

import ctypes
import functools
import sys

# Numbers of mallopt's parameters, and the values: from malloc.h of the GNU C library.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_NEVER = -1
_SETTINGS = ((_MMAP_THRESHOLD, 2**30), (_TRIM_THRESHOLD, _NEVER), (_ARENA_MAX, 1))


@functools.cache
def keep_large_buffers() -> None:
    """Has the C library keep freed buffers of up to 1 GiB for the next, in one heap for all threads.

    Otherwise each batch is a fresh mapping whose every page the kernel must clear again. Elsewhere
    than on the GNU C library it does nothing. To be called before the threads that allocate are made:
    each would have a heap of its own. It holds for the process, since what stood before cannot be asked
    for; so whoever reads or writes records calls it, and no import does.
    """
    if sys.platform != "linux":
        return
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        for parameter, value in _SETTINGS:
            library.mallopt(parameter, value)
