"""Shapes and dtypes that are written on signatures, checked at a function's first calls in each test.

A check takes tens of microseconds, which is most of a test where a function is called for each symbol or band.
What a function is called with after hundreds of calls is what it was called with before.
"""

import functools
import inspect
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import jaxtyping

# Calls of a function that are checked in a test; of one that another makes, whose check is made anew each time.
_CALLS, _INNER_CALLS = 200, 20
_SEEN: Counter[int] = Counter()
_JAXTYPED = jaxtyping.jaxtyped


def check_shapes(modules: Sequence[str]) -> AbstractContextManager[None]:
    """Has the functions and dataclasses of these modules checked; none may have been imported.

    Gives what ends it, as a context, for modules that are imported then.
    """
    # The import hook decorates each function with what it finds under this name.
    jaxtyping.jaxtyped = _at_first
    return jaxtyping.install_import_hook(modules, "beartype.beartype")


def begin_test() -> None:
    """Has first calls checked again."""
    _SEEN.clear()


def _at_first(*, typechecker: Any) -> Callable[[Any], Any]:
    check = functools.partial(_JAXTYPED, typechecker=typechecker)
    return lambda given: _counted(given, check) if inspect.isfunction(given) else check(given)


def _counted(
    function: Callable[..., Any], check: Callable[..., Callable[..., Any]]
) -> Callable[..., Any]:
    # All functions that one piece of source makes are one.
    key = id(function.__code__)
    inner = "<locals>" in function.__qualname__
    most, checked = (_INNER_CALLS, None) if inner else (_CALLS, check(function))

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        nonlocal checked
        _SEEN[key] += 1
        if _SEEN[key] > most:
            return function(*args, **kwargs)
        if checked is None:
            checked = check(function)
        return checked(*args, **kwargs)

    return called
