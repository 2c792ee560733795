"""Items that are made one ahead of their use."""

import threading

import pytest

from btcnet_jax.parallel import one_ahead


def test_the_next_item_is_made_while_one_is_used():
    made = [threading.Event() for _ in range(3)]

    def items():
        for number, event in enumerate(made):
            event.set()
            yield number

    coming = one_ahead(items())
    assert next(coming) == 0
    # Without being asked for.
    assert made[1].wait(10)
    assert not made[2].is_set()
    assert [*coming] == [1, 2]


def test_an_error_comes_where_its_item_would():
    def items():
        yield "first"
        raise ValueError("second")

    coming = one_ahead(items())
    assert next(coming) == "first"
    with pytest.raises(ValueError, match="second"):
        next(coming)


def test_nothing_is_made_after_the_last_use():
    made = []

    def items():
        for number in range(9):
            made.append(number)
            yield number

    coming = one_ahead(items())
    next(coming)
    coming.close()
    assert made == [0, 1]
    assert [*one_ahead(iter(()))] == []
