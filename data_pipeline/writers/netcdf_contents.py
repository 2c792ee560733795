"""What a NetCDF file says of a scene after the CF conventions: its dimensions, variables and attributes.

Of the samples only shape and type enter, so that whoever has these elsewhere can say the same of them.

Sources: "CF conventions 1.11"; GDAL's netCDF driver for the map.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from btcnet_jax.scene.coordinates import centers_along
from btcnet_jax.scene.info_checks import AXES
from btcnet_jax.scene.numbers import Numbers, Tag
from btcnet_jax.scene.scene import Scene
from data_pipeline.readers.coordinates import place_arrays
from data_pipeline.writers.attributes import cube_attributes, differing, in_own_type
from data_pipeline.writers.band_units import in_own_units, part_tags_in
from data_pipeline.writers.lost import pixel_mask
from data_pipeline.writers.names import Names, choose_names, is_hdf5_name, stored_axes
from data_pipeline.writers.netcdf_map import coordinate_attributes, map_attributes, needs_map

_CONVENTIONS = "CF-1.11"
_SIDES = {
    **{"wavelengths": "wavelength", "fwhm": "fwhm", "band_mask": "bbl", "band_names": "band_names"},
    "crs": "spatial_ref",
}
_FIXED = (
    *("valid", "gcps", "glt", "scale_factor", "add_offset"),
    *("gcp", "gcp_column", "glt_y", "glt_x", "glt_column"),
)
_PartTags = dict[str, dict[str, Tag]]


class Variable(NamedTuple):
    """A variable besides the cube.

    Attributes:
        dims: its dimensions.
        data: numbers, or texts.
        attributes: by name.
    """

    dims: tuple[str, ...]
    data: np.ndarray
    attributes: dict[str, Tag]


@dataclass
class Contents:
    """What a file says of a scene.

    Attributes:
        names: of its parts.
        order: "rows", "cols" and "bands" as the cube's axes lie.
        dims: lengths of the cube's dimensions, in this order.
        variables: all but the cube; that of a dimension's name is its coordinate.
        cube: attributes of the cube.
        attributes: of the file.
    """

    names: Names
    order: tuple[str, str, str]
    dims: dict[str, int] = field(default_factory=dict)
    variables: dict[str, Variable] = field(default_factory=dict)
    cube: dict[str, Tag] = field(default_factory=dict)
    attributes: dict[str, Tag] = field(default_factory=dict)


def contents_of(scene: Scene) -> Contents:
    """What is said of a scene.

    The cube lies as (wavelength or band, y, x), which is how CF and GDAL want maps, or as in the original,
    whose names and attributes it has; the wavelengths are its coordinate, in nm or in the original's unit;
    the variable spatial_ref tells the map, tags are the file's attributes.

    Args:
        scene: of the values shape and type alone are looked at.
    """
    axes = {"rows": "y", "cols": "x", "bands": _usual_band_axis(scene)}
    names = choose_names(scene, axes, _SIDES, _FIXED, is_hdf5_name)
    contents = Contents(names, stored_axes(scene, ("bands", "rows", "cols")))
    wavelengths, fwhm, units = in_own_units(scene)
    tags = part_tags_in(scene, units)
    if wavelengths is not None:
        wavelengths = in_own_type(wavelengths, tags.get("wavelengths", {}))
    for axis in contents.order:
        contents.dims[names.axes[axis]] = scene.values.shape[AXES.index(axis)]
        _add_axis(contents, scene, axis, wavelengths, tags)
    _add_band_lists(contents, scene, wavelengths, fwhm, tags)
    _add_own_attributes(contents, scene, units, tags)
    _add_place(contents, scene, tags.get("crs", {}))
    contents.cube.update(_cube_attributes(contents, scene))
    contents.attributes = {**_conventions(scene), **scene.tags}
    return contents


def _usual_band_axis(scene: Scene) -> str:
    """The wavelengths are the axis' coordinate where the original does not name it otherwise."""
    return "band" if scene.wavelengths is None else scene.names.get("wavelengths", "wavelength")


def _conventions(scene: Scene) -> dict[str, Tag]:
    """Of a file of named axes that says none, none."""
    return {} if set(AXES) <= set(scene.names) else {"Conventions": _CONVENTIONS}


def _cube_attributes(contents: Contents, scene: Scene) -> dict[str, Tag]:
    tags = cube_attributes(scene)
    known = {*contents.variables, *contents.dims}
    listed = [word for word in str(tags.pop("coordinates", "")).split() if word in known]
    return {**tags, **({"coordinates": " ".join(listed)} if listed else {})}


def _add_axis(
    contents: Contents, scene: Scene, axis: str, wavelengths: np.ndarray | None, tags: _PartTags
) -> None:
    """The coordinate of an axis, where there is one, and further arrays along it."""
    names = contents.names
    dimension, arrays = names.axes[axis], scene.axis_arrays.get(axis, {})
    written = {names.arrays[axis, name]: name for name in arrays}
    if dimension not in written:
        coordinate, own = _coordinate(scene, names, axis, wavelengths)
        if coordinate is not None:
            contents.variables[dimension] = Variable((dimension,), coordinate, own)
    for name, original in written.items():
        own = dict(tags.get(f"{axis}:{original}", {}))
        contents.variables[name] = Variable((dimension,), arrays[original], own)


def _coordinate(
    scene: Scene, names: Names, axis: str, wavelengths: np.ndarray | None
) -> tuple[np.ndarray | None, dict[str, Tag]]:
    """The values of an axis and their attributes: wavelengths, or places where no array tells them."""
    if axis == "bands":
        own = names.sides["wavelengths"] == names.axes[axis]
        return (wavelengths if own else None), {}
    if axis in place_arrays(scene.axis_arrays, scene.part_tags):
        return None, {}
    size = scene.values.shape[AXES.index(axis)]
    centers = centers_along(axis, scene.transform, size)
    return centers, {} if centers is None else coordinate_attributes(axis, scene.crs)


def _add_band_lists(
    contents: Contents,
    scene: Scene,
    wavelengths: np.ndarray | None,
    fwhm: np.ndarray | None,
    tags: _PartTags,
) -> None:
    def add(part: str, data: np.ndarray, usual: dict[str, Tag]) -> None:
        attributes = {} if part in scene.names else usual
        contents.variables[named[part]] = Variable(bands, data, attributes)

    bands, named = (contents.names.axes["bands"],), contents.names.sides
    if wavelengths is not None:
        told = {"standard_name": "radiation_wavelength", "long_name": "wavelength"}
        add("wavelengths", wavelengths, dict(told))
    if fwhm is not None:
        own = in_own_type(fwhm, tags.get("fwhm", {}))
        add("fwhm", own, {"long_name": "full width at half maximum"})
    if scene.band_mask is not None:
        good = in_own_type(scene.band_mask.astype(np.int8), tags.get("band_mask", {}))
        add("band_mask", good, {"long_name": "good bands", **_flags("bad good")})
    if scene.band_names is not None:
        add("band_names", np.array(scene.band_names, object), {"long_name": "names of bands"})
    for name, values in differing(scene).items():
        contents.variables[name] = Variable(bands, values, {})


def _flags(meanings: str) -> dict[str, Tag]:
    return {
        "flag_values": Numbers.of(np.array([0, 1], np.int8)),
        "flag_meanings": meanings,
    }


def _add_own_attributes(contents: Contents, scene: Scene, units: str, tags: _PartTags) -> None:
    """Units of wavelengths and widths, and what the original says of its lists of bands."""
    for part, name in contents.names.sides.items():
        if name in contents.variables and part != "crs":
            told: dict[str, Tag] = {"units": units} if part in ("wavelengths", "fwhm") else {}
            own = tags.get(part, {}) if part in scene.names else {}
            contents.variables[name].attributes.update({**told, **own})


def _add_place(contents: Contents, scene: Scene, tags: dict[str, Tag]) -> None:
    names, variables = contents.names, contents.variables
    if (mask := pixel_mask(scene)) is not None:
        pixels = (names.axes["rows"], names.axes["cols"])
        variables["valid"] = Variable(pixels, mask.astype(np.int8), _flags("missing valid"))
        contents.cube["ancillary_variables"] = "valid"
    if needs_map(scene):
        name = names.sides["crs"]
        variables[name] = Variable((), np.array(0, np.int32), map_attributes(scene, tags))
        contents.cube["grid_mapping"] = name
    if scene.gcps:
        columns = "row col x y z, pixels counted from the upper left corner"
        data: Any = np.array(scene.gcps)
        variables["gcps"] = Variable(("gcp", "gcp_column"), data, {"long_name": columns})
    if scene.glt is not None:
        what = "column and row of the sample at a place of the map, from 1; 0 is none"
        places = ("glt_y", "glt_x", "glt_column")
        variables["glt"] = Variable(places, scene.glt, {"long_name": what})
