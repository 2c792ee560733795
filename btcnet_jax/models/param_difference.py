"""Where two networks' parameters differ in name or shape, told in words."""

from typing import Any

import jax


def first_difference(there: Any, here: Any) -> str | None:
    """The first parameter, by name, that two trees do not have alike; None where there is none.

    Args:
        there: tree of arrays or of shapes: what was read.
        here: the tree that is needed.
    """
    found, needed = _shapes(there), _shapes(here)
    for name in sorted(found.keys() | needed.keys()):
        if name not in found:
            return f"it has no parameter {name}, which is {needed[name]} here"
        if name not in needed:
            return f"its parameter {name}, {found[name]}, is not known here"
        if found[name] != needed[name]:
            return f"its parameter {name} is {found[name]}, here {needed[name]}"
    return None


def _shapes(tree: Any) -> dict[str, tuple[int, ...]]:
    # What Orbax tells of a stored array is no array: only its shape counts.
    leaves = jax.tree_util.tree_leaves_with_path(tree, is_leaf=lambda leaf: hasattr(leaf, "shape"))
    return {
        jax.tree_util.keystr(path, simple=True, separator="/"): tuple(leaf.shape)
        for path, leaf in leaves
    }
