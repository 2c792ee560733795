"""Shared test set-up: strict JAX, several CPU devices, real data and golden values from the environment."""

import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

os.environ.setdefault("JAX_PLATFORMS", "cpu")
# Tests compile hundreds of networks and run each for milliseconds. Without optimization compiling takes 0.6
# of the time, and with the former emitters a third of that. (jaxlib does not start on a flag it does not know.)
os.environ.setdefault(
    "XLA_FLAGS",
    "--xla_force_host_platform_device_count=8 --xla_backend_optimization_level=0"
    " --xla_cpu_use_fusion_emitters=false",
)
os.environ.setdefault("MPLBACKEND", "Agg")
# Tables are as wide as they need to be, whatever terminal the tests are run in.
os.environ.pop("COLUMNS", None)
# Tests compile the same few networks again and again: compile once, for all workers and later runs.
_CACHE = Path(__file__).parent.parent / ".pytest_cache" / "jax"
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(_CACHE))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.2")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "0")

import pytest  # noqa: E402
from shape_checks import begin_test, check_shapes  # noqa: E402

_ROOT = Path(__file__).parent.parent
# Its functions run once for each wave of symbols: to check them takes ten times as long as to run them.
# What numba compiles cannot be wrapped.
_UNCHECKED = [
    _ROOT / "btcnet_jax" / "coding" / name
    for name in ("context", "bounded", "entry_kernel", "dead_zones.py")
]


def _modules() -> list[str]:
    """The names of all modules, without those of packages: they would stand for all inside."""
    packages = ("btcnet_jax", "btcnet_arrays", "btcnet_benchmark", "data_pipeline")
    paths = [path for package in packages for path in (_ROOT / package).rglob("*.py")]
    checked = [
        path
        for path in paths
        if path.stem != "__init__" and not any(map(path.is_relative_to, _UNCHECKED))
    ]
    return [".".join(path.relative_to(_ROOT).with_suffix("").parts) for path in checked]


# Shapes and dtypes written on signatures are checked in tests only, and there when asked for: see the Makefile.
if os.environ.get("BTCNET_CHECK_SHAPES") == "1":
    check_shapes(_modules())


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Shapes are checked again from the first call on."""
    begin_test()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real cubes that BTCNET_REAL_DATA names."""
    folder = os.environ.get("BTCNET_REAL_DATA")
    if not folder:
        pytest.skip("BTCNET_REAL_DATA is not set: no real cubes to test on")
    return Path(folder).resolve()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """Marks the tests that take TensorFlow-Compression, so that the other environments can leave them out."""
    for item in items:
        if "tfc" in item.fixturenames:
            item.add_marker("tfc")


@pytest.fixture
def tfc() -> None:
    """Skips where TensorFlow-Compression is not installed; `make test-tfc` makes an environment that has it."""
    if find_spec("tensorflow_compression_ops") is None:
        pytest.skip("tensorflow-compression-ops is not installed: make test-tfc")


@pytest.fixture
def without_tfc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As where TensorFlow-Compression is not installed."""
    from btcnet_jax.coding import tfc_coder

    monkeypatch.setitem(sys.modules, "tensorflow_compression_ops", None)
    tfc_coder._library.cache_clear()
    yield
    tfc_coder._library.cache_clear()
