"""Work on several threads, its results in order: what comes of it does not depend on how many there are."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar, cast

T = TypeVar("T")
R = TypeVar("R")


_END = object()


def one_ahead(items: Iterator[T]) -> Iterator[T]:
    """The items, each of which is made on a thread while the one before it is used.

    What making one raises is raised where it would come.
    """
    with ThreadPoolExecutor(1, "btcnet") as pool:
        coming = pool.submit(next, items, _END)
        while (item := coming.result()) is not _END:
            coming = pool.submit(next, items, _END)
            yield cast(T, item)


def in_order(work: Callable[[T], R], items: Iterable[T], jobs: int = 1) -> Iterator[R]:
    """The results of some work on each item, in the order of the items.

    Args:
        work: done by several threads at once; its first error is raised where its result would come.
        items: taken by the calling thread, at most `jobs` ahead of the results that were taken, so that no more
            than these are in memory.
        jobs: threads; with 1 the calling thread does it all.
    """
    if jobs <= 1:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(jobs, "btcnet") as pool:
        running: deque[Future[R]] = deque()
        try:
            for item in items:
                running.append(pool.submit(work, item))
                if len(running) > jobs:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        finally:
            # Of an error or an interrupt: what has not begun never does.
            for each in running:
                each.cancel()
