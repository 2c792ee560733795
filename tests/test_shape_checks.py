"""What the checks of shapes refuse, and until when."""

import importlib

import jaxtyping
import numpy as np
import pytest
from shape_checks import begin_test, check_shapes

_MODULE = """
import numpy as np
from jaxtyping import Float

def outer(values: Float[np.ndarray, "rows rows"]) -> Float[np.ndarray, " rows"]:
    def inner(values: Float[np.ndarray, "rows cols"]) -> Float[np.ndarray, " rows"]:
        return values.sum(values.ndim - 1)
    return inner(values)

def make():
    def inner(values: Float[np.ndarray, "rows cols"]):
        return values
    return inner
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "module_of_shapes.py").write_text(_MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(jaxtyping, "jaxtyped", jaxtyping.jaxtyped)
    with check_shapes(["module_of_shapes"]):
        yield importlib.import_module("module_of_shapes")
    begin_test()


def test_wrong_shapes_are_refused_at_first_calls_of_each_test(module):
    square = np.zeros((3, 3))
    for _ in range(2):
        begin_test()
        assert module.outer(square).shape == (3,)
        with pytest.raises(jaxtyping.TypeCheckError, match="outer"):
            module.outer(np.zeros((3, 4)))
        for _ in range(200):
            module.outer(square)
        assert module.outer(np.zeros((3, 4))).shape == (3,)


def test_a_function_that_another_makes_is_checked_each_time_it_is_made(module):
    begin_test()
    for _ in range(20):
        with pytest.raises(jaxtyping.TypeCheckError, match="inner"):
            module.make()(np.zeros(3))
    assert module.make()(np.zeros(3)).shape == (3,)
