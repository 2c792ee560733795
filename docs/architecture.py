"""Writes the picture of who imports whom into docs/ARCHITECTURE.md, measured from the code.

python docs/architecture.py            # rewrites the picture
python docs/architecture.py --check    # fails if it is not what the code is
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("btcnet_jax", "btcnet_arrays", "data_pipeline", "btcnet_benchmark", "btcnet_cli")
PAGE = ROOT / "docs" / "ARCHITECTURE.md"
_BEGIN, _END = "<!-- made by docs/architecture.py -->", "<!-- end -->"
# Floors from the top of the house down; arrows lead downward only.
FLOORS = (
    ("commands", ("btcnet_cli",)),
    (
        "comparison, training, arrays",
        ("btcnet_benchmark", "btcnet_arrays", "training", "onboard", "data_pipeline"),
    ),
    ("the codec", ("codec",)),
    ("its parts", ("zoo", "checkpoints", "parts", "weights", "pictures")),
    ("networks, bytes, measures", ("models", "container", "metrics")),
    ("foundations", ("ops", "coding", "scene", "config", "sources", "files", "scratch")),
)
# Used almost everywhere: drawn, they would hide the rest.
_EVERYWHERE = {
    *("caches", "errors", "progress", "cost", "tables", "extras", "quiet_log", "npy", "parallel"),
}


def place(module: str) -> str:
    """The box of a module: a package, or what lies directly in btcnet_jax."""
    first, _, rest = module.partition(".")
    return rest.split(".")[0] if first == "btcnet_jax" and rest else first


def imported(path: Path) -> Iterator[str]:
    """Modules that a file imports, at its top or within functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "btcnet_jax":
            yield from (f"btcnet_jax.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def edges() -> set[tuple[str, str]]:
    """Every pair of boxes of which the first imports the second."""
    boxes = {name for _, names in FLOORS for name in names}
    found = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            source = place(".".join(path.relative_to(ROOT).with_suffix("").parts))
            targets = {place(module) for module in imported(path)}
            found |= {(source, target) for target in targets & boxes - {source}}
    return {(source, target) for source, target in found if source in boxes}


def unplaced() -> set[str]:
    """Places of btcnet_jax that no floor names."""
    known = {name for _, names in FLOORS for name in names} | _EVERYWHERE
    paths = (ROOT / "btcnet_jax").iterdir()
    names = {path.stem for path in paths if path.suffix == ".py" or (path / "__init__.py").exists()}
    return names - known - {"__init__"}


def reduced(arrows: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without arrows that a longer way tells too."""
    below: dict[str, set[str]] = {}
    for source, target in arrows:
        below.setdefault(source, set()).add(target)

    def reaches(start: str, end: str) -> bool:
        return end in below.get(start, set()) or any(
            reaches(step, end) for step in below.get(start, set())
        )

    return sorted(
        (source, target)
        for source, target in arrows
        if not any(reaches(step, target) for step in below[source] - {target})
    )


def diagram() -> str:
    """The picture, in Mermaid."""
    lines = ["```mermaid", "flowchart TD"]
    for number, (title, names) in enumerate(FLOORS):
        lines.append(f'    subgraph floor{number}["{title}"]')
        lines += [f"        {name}" for name in names]
        lines.append("    end")
    lines += [f"    {source} --> {target}" for source, target in reduced(edges())]
    return "\n".join([*lines, "```"])


def page() -> str:
    """The page with the picture as the code is now."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    return f"{before}{_BEGIN}\n{diagram()}\n{_END}{after}"


def main() -> int:
    """Rewrite or check the page; 1 where it is not what the code is."""
    new = page()
    if "--check" in sys.argv[1:]:
        return int(new != PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
