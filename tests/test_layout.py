"""The packages' boundaries: who may import whom, and that decoding needs no TensorFlow."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FORBIDDEN = {
    "btcnet_jax": {
        "btcnet_benchmark",
        "data_pipeline",
        "btcnet_cli",
        "configs",
        "tensorflow",
        "absl",
        "ml_collections",
    },
    "btcnet_jax/coding": {"jax", "flax"},
    "btcnet_jax/container": {"jax", "flax"},
    "btcnet_jax/metrics": {"jax", "flax"},
    "btcnet_jax/pictures": {"jax", "flax"},
    "data_pipeline": {"jax", "flax", "btcnet_jax", "btcnet_benchmark", "btcnet_cli", "configs"},
    "btcnet_benchmark": {"btcnet_cli", "configs", "tensorflow", "absl", "ml_collections"},
}


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("package", FORBIDDEN)
def test_package_does_not_import_what_it_must_not(package):
    for path in (ROOT / package).rglob("*.py"):
        found = {name.partition(".")[0] for name in _imports(path)} & FORBIDDEN[package]
        assert not found, f"{path.relative_to(ROOT)} must not import {sorted(found)}"


def test_flax_modules_are_only_under_models_and_orbax_only_in_one_file():
    for path in (ROOT / "btcnet_jax").rglob("*.py"):
        relative = path.relative_to(ROOT).as_posix()
        names = set(_imports(path))
        if any(name.startswith("orbax") for name in names):
            assert relative == "btcnet_jax/checkpoints.py"
        if any(name.startswith("flax.linen") for name in names):
            assert relative.startswith("btcnet_jax/models/")


def test_codec_and_readers_load_without_tensorflow():
    code = (
        "import sys, btcnet_jax.codec, data_pipeline.readers, btcnet_cli.commands; "
        "sys.exit('tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_no_import_circle():
    edges = {}
    for package in ("btcnet_jax", "btcnet_cli", "data_pipeline"):
        for path in (ROOT / package).rglob("*.py"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            edges[name.removesuffix(".__init__")] = set(_imports(path))
    # `from package.module import name` is an edge to the module, not to the name.
    edges = {
        name: {target if target in edges else target.rpartition(".")[0] for target in targets}
        for name, targets in edges.items()
    }
    done = set()

    def visit(name, trail):
        assert name not in trail, " -> ".join([*trail, name])
        if name in edges and name not in done:
            for target in edges[name]:
                visit(target, [*trail, name])
            done.add(name)

    for name in edges:
        visit(name, [])


def test_training_loads_where_only_jax_and_its_family_are():
    absent = ("tensorflow", "constriction", "tensorboardX", "imagecodecs", "ml_collections")
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({absent})); "
        "import btcnet_jax.training.trainer, btcnet_jax.models.prior_tables"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
