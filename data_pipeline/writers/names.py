"""What a written file calls the cube, its axes and the arrays beside it: as the original does, where it can."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from btcnet_jax.scene.info_checks import AXES
from btcnet_jax.scene.scene import Scene

CUBE = "cube"


@dataclass
class Names:
    """Names that differ from each other.

    Attributes:
        cube: of the cube.
        axes: of its axes, by "rows", "cols" and "bands".
        sides: of other parts, by field of the scene.
        arrays: of `axis_arrays`, by axis and by the name there.
        lost: names that could not be kept, in words.
    """

    cube: str = CUBE
    axes: dict[str, str] = field(default_factory=dict)
    sides: dict[str, str] = field(default_factory=dict)
    arrays: dict[tuple[str, str], str] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)


def choose_names(
    scene: Scene,
    axes: Mapping[str, str],
    sides: Mapping[str, str],
    fixed: tuple[str, ...],
    able: Callable[[str], bool],
) -> Names:
    """Names for a file.

    Args:
        scene: what its original calls its parts is taken where it is free.
        axes: usual names of axes; none where the format has none.
        sides: usual names of parts, by field.
        fixed: names that the format gives to other things.
        able: whether the format takes a name.
    """
    names, taken = Names(), set(fixed)

    def settle(wanted: str, usual: str) -> str:
        name = wanted if able(wanted) and wanted not in taken else usual
        while name in taken:
            name += "_"
        taken.add(name)
        return name

    for axis, usual in axes.items():
        names.axes[axis] = settle(scene.names.get(axis, usual), usual)
    for part, usual in sides.items():
        wanted = scene.names.get(part, usual)
        if part == "wavelengths" and axes and wanted == names.axes["bands"]:
            names.sides[part] = wanted  # A coordinate has its axis' name.
        else:
            names.sides[part] = settle(wanted, usual)
    wanted = (scene.variable or CUBE).rsplit("/", 1)[-1]
    names.cube = settle(wanted, CUBE)
    if names.cube != wanted:
        names.lost.append(f"name {wanted[:40]!r} of the cube")
    for axis, arrays in scene.axis_arrays.items():
        for name in arrays:
            own = name == names.axes.get(axis) and name != names.sides.get("wavelengths")
            names.arrays[axis, name] = name if own else settle(name, f"{axis}_array")
            if names.arrays[axis, name] != name:
                names.lost.append(f"name {name[:40]!r} of an array")
    return names


def is_hdf5_name(name: str) -> bool:
    """Whether HDF5 and NetCDF take it for a dataset."""
    if not name or "/" in name or name == "." or not name.isprintable():
        return False
    return name == name.strip() and name.encode("utf-8", "replace").decode() == name


def stored_axes(scene: Scene, usual: tuple[str, str, str]) -> tuple[str, str, str]:
    """The order of axes to write: that of the original, where it is known."""
    return usual if scene.axes is None else scene.axes


def in_order(order: tuple[str, str, str]) -> tuple[int, ...]:
    """The permutation that puts (rows, cols, bands) into this order."""
    return tuple(AXES.index(axis) for axis in order)
