"""Kernels that were compiled before are called without numba; where a file is amiss, with the same result."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from btcnet_jax.coding.context.kernel import machine_code
from btcnet_jax.coding.context.kernel.compiling import entry, inner, tell_of_compiling

pytestmark = pytest.mark.skipif(not machine_code.can_be_kept(), reason="numba alone does it here")


class Inside(NamedTuple):
    """Of two kinds."""

    values: np.ndarray
    count: int


class Outside(NamedTuple):
    """One in another."""

    inside: Inside
    weights: np.ndarray
    doubled: bool


@inner
def times(value, factor):
    return value * factor


def weigh(outside, table, shift, factor, at_all):
    if not at_all:
        return -1
    for row in range(table.shape[0]):
        for col in range(table.shape[1]):
            value = times(outside.inside.values[row], 2 if outside.doubled else 1)
            outside.weights[row] += value * table[row, col] * factor + shift
    return outside.inside.count + table.shape[0]


def arguments(at_all=True):
    inside = Inside(np.arange(3, dtype=np.int32), -7)
    table = np.arange(24, dtype=np.float32).reshape(6, 4)[::2, ::-2]
    return Outside(inside, np.ones(3), True), table, 3, -0.75, at_all


def is_large(value):
    return value > 2


def same(value):
    return value


def nothing(value):
    pass


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(machine_code, "code_folder", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def made(folder):
    """The file of a kernel."""
    entry(weigh)(*arguments())
    (path,) = folder.iterdir()
    return path


def _never(self, kinds, args):
    raise AssertionError("compiled again")


def test_what_was_compiled_is_called_from_disk(made, monkeypatch):
    monkeypatch.setattr(entry, "_compile", _never)
    kernel, given, expected = entry(weigh), arguments(), arguments()
    monkeypatch.setitem(globals(), "times", times.py_func)
    assert kernel(*given) == weigh(*expected) == -4
    np.testing.assert_array_equal(given[0].weights, expected[0].weights)
    first, *rest = given
    assert kernel.taking(first)(*rest) == -4
    assert kernel(*arguments(at_all=False)) == -1


def test_what_kernels_give_comes_back_as_it_is(folder):
    for kernel in (is_large, same, nothing):
        for given in (-(1 << 63), 2, 3):
            found = entry(kernel)(given)
            assert (found, type(found)) == (kernel(given), type(kernel(given)))
    assert len([*folder.iterdir()]) == 3


def test_who_waits_is_told_once_and_only_where_something_is_compiled(made, folder):
    told = []
    tell_of_compiling(lambda: told.append(len([*folder.iterdir()])))
    entry(weigh)(*arguments())
    assert told == []
    for value in (1, 1.0):
        entry(same)(value)
    # Before the first of the two.
    assert told == [1]


def test_arguments_of_another_kind_are_compiled_for_themselves(made, folder):
    outside, table, *rest = arguments()
    entry(weigh)(outside, np.ascontiguousarray(table), *rest)
    entry(weigh)(outside, table.astype(float), *rest)
    assert len([*folder.iterdir()]) == 3


@pytest.mark.parametrize("damage", ["cut", "empty", "first", "middle", "last", "other"])
def test_a_damaged_file_is_made_anew(damage, made, folder, monkeypatch):
    whole = made.read_bytes()
    altered = bytearray(whole)
    if damage == "other":
        entry(same)(3)
        (other,) = {*folder.iterdir()} - {made}
        altered = other.read_bytes()
    elif damage in ("cut", "empty"):
        altered = whole[: len(whole) // 2 if damage == "cut" else 0]
    else:
        altered[{"first": 0, "middle": len(whole) // 2, "last": -1}[damage]] ^= 1
    made.write_bytes(altered)
    kernel, given = entry(weigh), arguments()
    assert kernel(*given) == -4
    assert made.read_bytes()[32:40] == whole[32:40]
    assert len(made.read_bytes()) > len(whole) // 2
    monkeypatch.setattr(entry, "_compile", _never)
    assert entry(weigh)(*arguments()) == -4


def test_without_a_folder_kernels_are_compiled_and_called(monkeypatch):
    def nowhere():
        raise OSError

    monkeypatch.setattr(machine_code, "code_folder", nowhere)
    assert entry(weigh)(*arguments()) == -4


def test_what_needs_numba_s_library_is_left_to_numba(folder):
    def told(value):
        print(value)
        return value

    assert entry(told)(3) == 3
    assert not [*folder.iterdir()]


def test_arguments_of_no_kind_are_left_to_numba(folder):
    assert entry(same)(1 << 63) == 1 << 63
    assert entry(same)(2j) == 2j
    assert entry(same).taking(1 << 63)() == 1 << 63
    assert not [*folder.iterdir()]


def test_an_error_of_a_kernel_is_one(folder):
    def fails(value):
        if value > 2:
            raise ValueError("too large")
        return value

    kernel = entry(fails)
    assert kernel(2) == 2
    with pytest.raises(RuntimeError, match="raised"):
        kernel(3)


def test_settings_of_numba_are_left_to_numba(monkeypatch):
    monkeypatch.setenv("NUMBA_OPT", "0")
    assert not machine_code.can_be_kept()
    monkeypatch.delenv("NUMBA_OPT")
    monkeypatch.setattr(sys, "platform", "win32")
    assert not machine_code.can_be_kept()


_PROGRAM = """
import pathlib, sys
from btcnet_jax.coding.context.kernel import machine_code
machine_code.code_folder = lambda: pathlib.Path(sys.argv[1])
from tests.btcnet_jax.coding.context import test_machine_code as test
print(test.entry(test.weigh)(*test.arguments()), "numba" in sys.modules)
"""


def _start(folder):
    root = Path(__file__).parents[4]
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(folder)],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_processes_that_compile_at_once_leave_one_file_for_the_next(tmp_path):
    told = [process.communicate()[0] for process in [_start(tmp_path), _start(tmp_path)]]
    assert {line.split()[0] for line in told} == {"-4"}
    (path,) = tmp_path.iterdir()
    assert path.suffix == ".code"
    assert _start(tmp_path).communicate()[0] == "-4 False\n"
