"""How kernels are compiled, and how Python calls them.

Numba is imported when something must be compiled: what is on disk is called without it (`machine_code`).
"""

import functools
import threading
from collections.abc import Callable
from typing import Any

from btcnet_jax.coding.context.kernel.code_folder import code_folder
from btcnet_jax.coding.context.kernel.flat_arguments import Flat, flat
from btcnet_jax.coding.context.kernel.machine_code import Run, can_be_kept, keep, kept

# Of numba's errors numpy's model leaves out checks of divisors, none of which is zero here.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False}

# Python calls none of the others: without what it would call them by they compile in half the time.
_WITHIN = _OPTIONS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

_TURN = threading.Lock()
_TELLING: list[Callable[[], None]] = []


def tell_of_compiling(tell: Callable[[], None]) -> None:
    """Has `tell` called, once, before the first kernel that is not on disk: all of them take a minute."""
    _TELLING[:] = [tell]


class _Compiled:
    """A function as numba's dispatcher, which is made, and numba imported, when one first asks for it."""

    def __init__(self, function: Callable[..., Any], **options: Any) -> None:
        functools.update_wrapper(self, function)
        self.py_func, self._options = function, options

    @functools.cached_property
    def dispatcher(self) -> Any:
        """What numba makes of the function."""
        import numba

        return numba.njit(**self._options)(self.py_func)

    @property
    def _numba_type_(self) -> Any:
        # By this name numba asks what it does not know: here a function that another one calls.
        return self.dispatcher._numba_type_

    def __call__(self, *args: Any) -> Any:
        return self.dispatcher(*args)


inner: Callable[..., Any] = functools.partial(_Compiled, **_WITHIN, forceinline=True)
"""For functions of a coefficient, or with one caller: compiled into those that call them."""

shared: Callable[..., Any] = functools.partial(_Compiled, **_WITHIN)
"""For functions of many coefficients, or seldom called: compiled once for all that call them.

A call hands over each array as seven numbers, some hundreds in all: for each run of twenty coefficients, that
took a tenth to a third of the time."""


class entry(_Compiled):
    """For kernels that Python calls: compiled when first called, kept on disk where a folder can be written.

    Args:
        function: of arrays, numbers, booleans and NamedTuples of them; gives an integer, a boolean or nothing.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function, **_OPTIONS)
        self._runs: dict[str, Run | None] = {}

    def __call__(self, *args: Any) -> Any:
        """Calls the kernel, without the GIL."""
        return self._call(args, flat(args))

    def taking(self, *first: Any) -> Callable[..., Any]:
        """The kernel with its first arguments, which then cost nothing when it is called again and again."""
        kinds, values = flat(first)

        def call(*rest: Any) -> Any:
            more = flat(rest)
            both = f"{kinds},{more.kinds}" if kinds and more.kinds else ""
            return self._call((*first, *rest), Flat(both, values + more.values))

        return call

    def _call(self, args: tuple[Any, ...], numbers: Flat) -> Any:
        kinds, values = numbers
        if kinds not in self._runs:
            self._runs[kinds] = self._find(kinds, args)
        run = self._runs[kinds]
        return self.dispatcher(*args) if run is None else run(values)

    def _find(self, kinds: str, args: tuple[Any, ...]) -> Run | None:
        """The kernel for arguments of such kinds, from disk or compiled; None where numba alone can call it."""
        if not kinds or not can_be_kept():
            return None
        with _TURN:
            run = kept(self.py_func, kinds)
            return self._compile(kinds, args) if run is None else run

    def _compile(self, kinds: str, args: tuple[Any, ...]) -> Run | None:
        while _TELLING:
            _TELLING.pop()()
        import numba

        compiled = numba.njit(**_WITHIN)(self.py_func)
        signature = tuple(map(numba.typeof, args))
        compiled.compile(signature)
        return keep(compiled.overloads[signature], self.py_func, kinds)

    @functools.cached_property
    def dispatcher(self) -> Any:
        """What numba makes of the function and keeps on disk itself, where `machine_code` does not.

        It looks at the time of the function's own file alone to tell whether it has changed, so the
        folder is named after the content of all files that are compiled into it.
        """
        import numba

        config: Any = (
            numba.config
        )  # Its settings are made when it is imported: nothing that is declared.
        before = config.CACHE_DIR
        try:
            if not before:
                config.CACHE_DIR = str(code_folder())
            return numba.njit(**self._options, cache=True)(self.py_func)
        except (RuntimeError, OSError):
            # No folder can be written: compiled anew by each process.
            return numba.njit(**self._options)(self.py_func)
        finally:
            config.CACHE_DIR = before
