"""The packages' boundaries: who may import whom, and that decoding needs no TensorFlow."""

import ast
import itertools
import re
import runpy
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("btcnet_jax", "btcnet_arrays", "data_pipeline", "btcnet_benchmark", "btcnet_cli")
# Annotations of shapes, everywhere.
_ALWAYS = {"jaxtyping", *sys.stdlib_module_names}


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _unit(name):
    """The place of a module in the table: a package, or what lies directly in btcnet_jax."""
    first, _, rest = name.partition(".")
    return rest.split(".")[0] if first == "btcnet_jax" and rest else first


def _table():
    """What each place may import, by CONTRIBUTING's table."""
    allowed = {}
    for line in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 3:
            names = {name.strip(" `") for name in cells[2].split(",")} - {""}
            for place in cells[0].split(","):
                path = place.strip(" `").removesuffix(".py").replace("/", ".")
                allowed[_unit(path)] = names
    return allowed


def _modules():
    """Every module's place, path and imports."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield _unit(name), path, {_unit(target) for target in _imports(path)}


def test_every_place_stands_in_the_table_and_imports_what_it_may():
    allowed, broken = _table(), []
    for place, path, targets in _modules():
        assert place in allowed or path.parent.name == "btcnet_jax", f"{path}: not in the table"
        may = allowed.get(place, set())
        if "anything" in may:
            continue
        if "btcnet_jax" in may:
            may = may | {inner for inner in allowed if inner not in PACKAGES}
        for target in targets - _ALWAYS - {place} - may:
            broken.append(f"{path.relative_to(ROOT)} imports {target}, which {place} may not")
    assert not broken, "; ".join(sorted(broken))


def test_the_table_allows_nothing_that_is_not_used():
    used = {}
    for place, _, targets in _modules():
        used.setdefault(place, set()).update(targets)
    for place, may in _table().items():
        if may & {"anything", "btcnet_jax"}:
            continue
        unused = may - used[place]
        assert not unused, f"{place} may import {sorted(unused)} but does not: shorten the table"


def test_docstring_sections_are_indented_by_four():
    heading = re.compile(r"^( *)(?:Args|Returns|Raises|Attributes|Yields):$")
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            lines = path.read_text(encoding="utf-8").splitlines()
            for above, line in itertools.pairwise(lines):
                found = heading.match(above)
                if found and line.strip():
                    told = f"{path.relative_to(ROOT)}: {line.strip()}"
                    assert len(line) - len(line.lstrip()) == len(found[1]) + 4, told


def test_flax_modules_are_only_under_models_and_orbax_only_in_one_file():
    for path in (ROOT / "btcnet_jax").rglob("*.py"):
        relative = path.relative_to(ROOT).as_posix()
        names = set(_imports(path))
        if any(name.startswith("orbax") for name in names):
            assert relative == "btcnet_jax/checkpoints.py"
        if any(name.startswith("flax.linen") for name in names):
            assert relative.startswith("btcnet_jax/models/")


def test_each_entropy_coder_s_library_is_imported_in_one_file():
    tensorflow = "btcnet_jax/coding/tfc_coder.py"
    places = {
        "constriction": "btcnet_jax/coding/range_coder.py",
        "tensorflow": tensorflow,
        "tensorflow_compression_ops": tensorflow,
    }
    for path in (ROOT / "btcnet_jax").rglob("*.py"):
        for name in {name.partition(".")[0] for name in _imports(path)} & places.keys():
            assert path.relative_to(ROOT).as_posix() == places[name]


def test_numba_compiles_the_context_model_alone():
    kernel = "btcnet_jax/coding/context/kernel/compiling.py"
    for path in (ROOT / "btcnet_jax").rglob("*.py"):
        if "numba" in {name.partition(".")[0] for name in _imports(path)}:
            assert path.relative_to(ROOT).as_posix() == kernel


def test_codec_and_readers_load_without_tensorflow():
    code = (
        "import sys, btcnet_jax.codec, data_pipeline.readers, btcnet_cli.commands; "
        "sys.exit('tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_no_import_circle():
    edges = {}
    for package in ("btcnet_jax", "btcnet_arrays", "btcnet_cli", "data_pipeline"):
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
    absent = (
        "tensorflow",
        "constriction",
        "numba",
        "tensorboardX",
        "imagecodecs",
        "ml_collections",
    )
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({absent})); "
        "import btcnet_jax.training.trainer, btcnet_jax.models.prior_tables"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_picture_of_the_architecture_is_what_the_code_is():
    made = runpy.run_path(str(ROOT / "docs" / "architecture.py"))
    assert made["unplaced"]() == set(), "name the place in docs/architecture.py"
    told = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert told == made["page"](), "run python docs/architecture.py"
    height = {name: floor for floor, (_, names) in enumerate(made["FLOORS"]) for name in names}
    for source, target in made["edges"]():
        assert height[source] <= height[target], f"{source} imports {target}, a floor above it"
