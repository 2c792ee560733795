"""A small scene is coded without what takes longer to import than it takes to code."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from btcnet_cli.main import run
from btcnet_jax.coding.context.kernel.machine_code import can_be_kept

ROOT = Path(__file__).parents[2]
_LEFT_OUT = {
    "flax",
    "numba",
    "scipy.linalg",
    "rasterio",
    "h5py",
    "rich",
    "btcnet_jax.codec.bound_encoder",
}


@pytest.mark.skipif(not can_be_kept(), reason="numba alone calls kernels here")
@pytest.mark.parametrize(
    ("options", "more"), [([], set()), (["--no-check", "--effort", "light"], {"jax"})]
)
def test_compress_imports_neither_numba_nor_other_formats(options, more, tmp_path):
    cube, output = tmp_path / "cube.npy", tmp_path / "cube.btcn"
    np.save(cube, np.random.default_rng(0).integers(0, 900, (9, 8, 4)).astype(np.int16))
    words = ["compress", str(cube), str(output), "--bpppb", "8", *options]
    # Kernels are on disk from then on.
    assert run(words) == 0
    made = output.read_bytes()
    output.unlink()
    code = (
        f"import sys; from btcnet_cli.main import run; status = run({words!r}); "
        f"found = {_LEFT_OUT | more!r} & {{*sys.modules}}; sys.exit(status or (str(found) if found else 0))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True
    )
    # What was imported is told by a status that is not 0.
    assert told.returncode == 0, told.stderr
    assert output.read_bytes() == made
