"""Samples within a bound are decoded by whole numbers alone: the same on every machine."""

import json
import os
import subprocess
import sys

import numba
import numpy as np
import pytest

from btcnet_jax.coding.bounded import sums
from btcnet_jax.coding.bounded.arrays import COUNT, FEATURE_BITS, SERIAL, WEIGHT_BITS, State
from btcnet_jax.coding.bounded.coder import decode_tile, encode_tile

_MOST = (0, 3)

_CODED = """
import json, sys, numpy as np
from btcnet_jax.coding.bounded.coder import decode_tile, encode_tile
told = json.load(sys.stdin)
codes, found = np.array(told["codes"]), []
for most in told["most"]:
    given = None, np.full(len(codes), most), [int(codes.max())] * len(codes)
    data = encode_tile(codes, *given)
    found.append([data.hex(), decode_tile(data, codes.shape, *given).tolist()])
print(json.dumps(found))
"""

# Of a kernel that was kept on disk numba shows nothing: it is compiled anew, as it stands, all it calls within.
_TYPES = """
import re, numba, numpy as np
from btcnet_jax.coding.bounded import band, coder, synthesis
from btcnet_jax.coding.context.kernel.compiling import _OPTIONS
code_lines = numba.njit(**_OPTIONS)(band.code_lines.py_func)
band.code_lines.taking = lambda *first: lambda *rest: code_lines(*first, *rest)
codes = np.arange(60).reshape(3, 4, 5)
coder.encode_tile(codes, None, np.zeros(3, np.int64), [59] * 3)
(text,) = code_lines.inspect_llvm().values()
assert text.count("define") > 10
kinds = r"float|double|half|[us]itofp|fpto[us]i|f(?:add|sub|mul|div|cmp)"
def ints(*shape): return np.ones(shape, np.int64)
planes, symbols = np.zeros((2, 7, 6), np.int32), np.ones((2, 16, 2, 2), np.int32)
entries = np.ones((2, 3), np.int32)
given = {
    "to_planes": (symbols, planes, ints(2), ints(16)),
    "to_bands": (planes, entries, ints(3), 4, ints(3), ints(3, 7, 6)),
}
texts = [text]
for name, values in given.items():
    kernel = numba.njit(**_OPTIONS)(getattr(synthesis, name).py_func)
    kernel(*values)
    texts += kernel.inspect_llvm().values()
assert len(texts) == 3
# Not names of variables.
print(*set(re.findall(rf'(?<![%@."\\w])(?:{kinds})\\b', "".join(texts))))
"""


def _codes():
    chance = np.random.default_rng(0)
    codes = np.cumsum(chance.integers(-9, 10, (4, 7, 9)), 2)
    codes[2, 3, 4] += 5000
    return codes - codes.min()


def _python(program, given="", **settings):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        input=given,
        capture_output=True,
        text=True,
        env=os.environ | settings,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_compilation_bytes_and_samples_are_the_same():
    codes = _codes()
    told = json.dumps({"codes": codes.tolist(), "most": _MOST})
    found = json.loads(_python(_CODED, told, NUMBA_DISABLE_JIT="1"))
    for most, (data, restored) in zip(_MOST, found, strict=True):
        given = None, np.full(len(codes), most), [int(codes.max())] * len(codes)
        assert encode_tile(codes, *given).hex() == data
        assert decode_tile(bytes.fromhex(data), codes.shape, *given).tolist() == restored
        assert np.abs(np.array(restored) - codes).max() == most


@pytest.mark.processes
def test_floating_point_only_multiplies_and_adds_whole_numbers():
    assert set(_python(_TYPES, NUMBA_OPT="0").split()) == {
        *("double", "sitofp", "fmul", "fadd", "fptosi")
    }


def test_sums_of_the_largest_samples_and_weights_are_exact():
    state = State.nothing(1, 20001)
    largest = (1 << FEATURE_BITS) - 1
    state.planes[:], state.weights[:] = -largest, -(1 << WEIGHT_BITS)
    state.weights[-1] += 1
    # Numba itself calls what no kernel is by itself.
    compiled = [numba.njit(each.py_func) for each in (sums.gather, sums.learn)]
    compiled[0](state, 0, 0)
    expected = largest * ((COUNT - SERIAL << WEIGHT_BITS) - 1)
    assert set(state.sums.tolist()) == {expected}
    compiled[1](state.line, state.products)
    assert state.products[SERIAL, SERIAL] == state.products[COUNT - 1, SERIAL] == 20001 * largest**2
