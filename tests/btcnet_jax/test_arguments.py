"""What the Python interface does with arguments of wrong types: a BtcnetError, one line."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
# In a process of its own: where shapes are checked on signatures, these checks would come first.
_CODE = """
import numpy as np, jax.numpy as jnp, btcnet_jax as bt
cube = np.random.default_rng(0).normal(0, 1, (24, 20, 6)).astype(np.float32)
codec, rate = bt.load(), bt.Rate(2)
data = codec.compress(cube, rate)
assert codec.compress(jnp.asarray(cube), rate) == data
assert codec.compress(bt.Scene(values=jnp.asarray(cube)), rate) == data
wrong = [None, "scene.npy", 5, b"x", {}, [[1, 2], [3]], cube[0], cube.astype(complex)]
calls = [lambda it=it: codec.compress(it, rate) for it in wrong]
calls += [lambda it=it: bt.Scene(values=it) for it in wrong]
calls += [lambda it=it: bt.Scene(values=cube, mask=it) for it in ("m", [1], np.ones((24, 20)))]
calls += [lambda it=it: codec.compress(cube, it) for it in (0.1, "0.1", cube)]
calls += [lambda it=it: bt.Rate(it) for it in (None, "0.1", True, cube, float("nan"))]
calls += [lambda it=it: bt.Psnr(it) for it in (None, "45", True, cube, float("nan"))]
calls += [lambda it=it: bt.Sam(it) for it in (None, "0.5", True, cube, 91)]
calls += [lambda it=it: bt.Level(it) for it in (None, "0", True, 1.5)]
calls += [lambda it=it: bt.decompress(it) for it in (None, "a.btcn", 5, cube)]
calls += [lambda it=it: bt.open(it) for it in (None, 5, cube)]
calls += [lambda it=it: bt.load(it) for it in (5, b"x", cube)]
calls += [lambda it=it: bt.load(effort=it) for it in (5, b"full", ["light"], cube, "max")]
calls += [lambda it=it: bt.load(quantization=it) for it in (5, b"scalar", ["scalar"], cube, "x")]
calls += [lambda it=it: bt.load(optimize=it) for it in (5, b"rmse", ["rmse"], cube, "max")]
calls += [lambda: bt.load(ensemble="2"), lambda: codec.compress(cube, rate, 5)]
calls += [lambda: codec.decompress(data, 5), lambda: bt.Scene(values=cube, tags=None)]
calls += [lambda: bt.Scene(values=cube, transform=(1.0, 2.0))]
fields = {"nodata": ["x", cube], "name": [5, None], "crs": [4326], "variable": [b"x"]}
fields |= {"glt": ["x", cube, [[1]]], "gcps": [5, "x", [(1, 2)]], "transform": [5, "abcdef"]}
fields |= {"tags": [["a"]], "fwhm": [{}, 5]}
fields |= dict.fromkeys(("band_mask", "band_names", "wavelengths"), [5, "x", [1, 2]])
for name, values in fields.items():
    calls += [lambda name=name, it=it: bt.Scene(values=cube, **{name: it}) for it in values]
calls += [lambda it=it: codec.prepare(*it) for it in (("a", None), (24, 1.5), (0, 20), (True, 1))]
made = bt.plan(cube, rate)
calls += [lambda it=it: bt.plan(it, rate) for it in wrong]
calls += [lambda it=it: bt.plan(cube, it) for it in (0.1, "0.1", bt.Level(0))]
calls += [lambda it=it: bt.plan(cube, rate, group=it) for it in (0, 2.5, "8", True, cube)]
calls += [lambda it=it: bt.plan(cube, rate, integers=it) for it in (None, 1, "yes", cube, True)]
calls += [lambda it=it: bt.plan(cube, rate, value_range=it) for it in (5, (1,), "ab", (None, 1))]
calls += [lambda it=it: bt.read_plan(it) for it in (None, 5, cube, "nothing.btcplan")]
calls += [lambda it=it: made.writer(it) for it in (None, 5, cube)]
def write(lines):
    with made.writer(__import__("io").BytesIO()) as writer:
        writer.write(lines)
write(jnp.asarray(cube))
calls += [lambda it=it: write(it) for it in [*wrong[:-2], cube.astype(complex), np.array("x")]]
masked = [bt.Scene(values=cube, band_mask=mask) for mask in ([1, 1, 0, 1, 1, 1], np.arange(6) != 2)]
assert codec.compress(masked[0], rate) == codec.compress(masked[1], rate)
for number, call in enumerate(calls):
    try:
        call()
    except bt.BtcnetError as error:
        assert "\\n" not in str(error) and len(str(error)) < 200, error
    else:
        raise SystemExit(f"call {number} went through")
try:
    codec.compress(cube, 0.1)
except bt.BtcnetError as error:
    assert "write Rate(0.1)" in str(error)
print(len(calls))
"""


def test_wrong_types_are_told_and_a_jax_array_gives_the_bytes_of_its_copy(monkeypatch):
    monkeypatch.delenv("BTCNET_CHECK_SHAPES", raising=False)
    done = subprocess.run(
        [sys.executable, "-c", _CODE], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 60
