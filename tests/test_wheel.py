"""The wheel: what it installs, what it asks for, and that it works away from the repository."""

import email
import os
import shutil
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from btcnet_jax.coding.context.kernel.code_folder import code_folder

pytestmark = pytest.mark.processes
ROOT = Path(__file__).parent.parent
PACKAGES = {"btcnet_arrays", "btcnet_benchmark", "btcnet_cli", "btcnet_jax", "data_pipeline"}
_BUILT_FROM = ("setup.cfg", "pyproject.toml", "README.md", "LICENSE", "main.py")
DATA = {
    "btcnet_benchmark/report/report.css",
    "btcnet_benchmark/report/report.html.jinja",
    *(
        f"btcnet_jax/onboard/{folder}/{path.name}"
        for folder in ("program", "scene_program")
        for path in (ROOT / "btcnet_jax/onboard" / folder).iterdir()
        if path.suffix in (".c", ".h") or path.name == "Makefile"
    ),
    "btcnet_jax/weights/MODEL_CARD.md",
    "btcnet_jax/weights/contexts_1d80804a43c0c974.npz",
    "btcnet_jax/weights/contexts_7ef9269da5f13dbd.npz",
    "btcnet_jax/weights/contexts_d515c114582ec3e1.npz",
    "btcnet_jax/weights/decoder_full.npz",
    "btcnet_jax/weights/universal.npz",
    *(
        f"btcnet_jax/weights/{path.name}"
        for path in (ROOT / "btcnet_jax/weights").glob("*.btcmodel")
    ),
    *(f"{package}/py.typed" for package in PACKAGES),
}
_KERNELS = "btcnet_jax/coding/context/kernel"
CORE = {
    "constriction",
    "flax",
    "h5py",
    "jax",
    "jaxtyping",
    "llvmlite",
    "msgpack",
    "numba",
    "numpy",
    "rasterio",
    "rich",
    "scipy",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The path of a wheel that is built from a copy: building writes beside the sources."""
    for module in ("pip", "setuptools", "wheel"):
        if find_spec(module) is None:
            pytest.skip(f"{module} is not installed: no wheel can be built")
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for folder in (*PACKAGES, "configs", "tests", "benchmarks"):
        shutil.copytree(
            ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in _BUILT_FROM:
        shutil.copy(ROOT / name, source / name)
    options = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir"]
    command = [sys.executable, "-m", "pip", "wheel", *options, str(out), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    (path,) = out.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def _info(installed, name):
    (folder,) = installed.glob("*.dist-info")
    return (folder / name).read_text(encoding="utf-8")


def test_only_packages_are_at_the_top(installed):
    found = {path.name for path in installed.iterdir()}
    assert {name for name in found if not name.endswith(".dist-info")} == PACKAGES
    assert len(found) == len(PACKAGES) + 1


def test_what_is_no_module_comes_along(installed):
    files = {path.relative_to(installed).as_posix() for path in installed.rglob("*")}
    others = {
        path
        for path in files
        if (installed / path).is_file() and not path.endswith(".py") and ".dist-info/" not in path
    }
    assert others == DATA


def test_every_module_comes_along(installed):
    def modules(root):
        return {path.relative_to(root) for name in PACKAGES for path in (root / name).rglob("*.py")}

    assert modules(installed) == modules(ROOT)


def test_the_command_is_named(installed):
    assert "btcnet = btcnet_cli.main:main" in _info(installed, "entry_points.txt").splitlines()


def test_only_coding_is_asked_for_without_extras(installed):
    wanted = email.message_from_string(_info(installed, "METADATA")).get_all("Requires-Dist")
    plain = {line for line in wanted if "extra ==" not in line}
    assert {line.partition(">")[0] for line in plain} == CORE


def test_orbax_is_the_one_that_is_locked(installed):
    wanted = email.message_from_string(_info(installed, "METADATA")).get_all("Requires-Dist")
    train = [line for line in wanted if line.startswith("orbax") and "train" in line]
    (orbax,) = {line.partition(";")[0].strip() for line in train}
    assert orbax in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()


def _run_installed(installed, folder, *words):
    """Runs a command of the wheel in a folder; tells where it lies, its status and what it told."""
    code = (
        "import sys, btcnet_cli.main as entry; print(entry.__file__);"
        "sys.exit(entry.run(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(installed)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert Path(done.stdout.splitlines()[0]).is_relative_to(installed)
    return done


def test_it_compresses_away_from_the_repository(installed, tmp_path):
    cube = np.random.default_rng(0).integers(0, 999, (16, 12, 5)).astype(np.uint16)
    np.save(tmp_path / "cube.npy", cube)
    words = ("compress", "cube.npy", "cube.btcn", "--bpppb", "2")
    # The kernels of the repository, which are the same: what it has compiled is not compiled again.
    kept = installed / _KERNELS / "__pycache__" / code_folder().name
    kept.mkdir(parents=True, exist_ok=True)
    for path in code_folder().glob("*.code"):
        shutil.copy(path, kept)
    done = _run_installed(installed, tmp_path, *words)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "cube.btcn").stat().st_size > 100


def test_a_configuration_is_said_to_be_in_the_repository(installed, tmp_path):
    done = _run_installed(installed, tmp_path, "--config", "configs/tiny.py")
    assert done.returncode == 2
    assert done.stderr.startswith("btcnet: no configuration file configs/tiny.py; ")
    assert "configs/ of the repository" in done.stderr
    assert done.stderr.count("\n") == 1
