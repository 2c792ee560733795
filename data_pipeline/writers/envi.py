"""ENVI pairs: raw samples, and all that is known in the fields of a text header."""

import contextlib
import dataclasses
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from jaxtyping import Num
from rasterio.io import DatasetWriter

from btcnet_jax.errors import DataError
from btcnet_jax.files import atomic_paths
from btcnet_jax.scene.lines import line_blocks
from btcnet_jax.scene.scene import Scene
from btcnet_jax.scene.stream import SceneStream
from data_pipeline.readers.envi_header import NO_TAGS
from data_pipeline.readers.wavelengths import from_nanometers, is_micrometers
from data_pipeline.writers.attributes import flat_tags
from data_pipeline.writers.lost import unkept_arrays, words_of
from data_pipeline.writers.raster import band_lists, write_names, write_raster

_HEADER = ".hdr"
_HEADER_ROOM = 1 << 16
_LONGEST = 8_000  # Characters of a field; GDAL reads no line of more than 10,000.
_DESCRIPTION = "description"
_LINES = 16  # Written at a time.
_POINTS = 4  # That `geo points` holds.
# GDAL sorts fields by name: the last one tells that the header is whole, and is taken out.
_END = "~" * 20


def write_envi(path: Path, stream: SceneStream) -> list[str]:
    """Writes both files; arguments and result are those of `write_cube`.

    Raises:
        DataError: too little room on the disk, or it cannot be written.
    """
    _require_space(path, stream.known.values.nbytes)
    scene = _with_corners_alone(_without_sheared_map(stream.known))
    data, header = path.with_suffix(".img"), path.with_suffix(_HEADER)
    with atomic_paths(data, header) as (temporary, described):
        fields = _header(path, temporary, scene)
        # GDAL describes the data by the path that it was given, which is about to go.
        passing = str(temporary.absolute()).encode()
        told = _kept_tags(scene).get(_DESCRIPTION, data.name).encode()
        own = _crs_field(scene) + _calibration_fields(scene)
        described.write_bytes(fields.replace(passing, told) + own.encode())
        _write_samples(temporary, stream.lines)
    return _unkept(stream.finished())


def _header(path: Path, temporary: Path, scene: Scene) -> bytes:
    """What GDAL writes for a scene, made of one pixel of it: on a full disk GDAL cuts files short and says
    nothing, so the samples are not left to it, and of the header the last field must have arrived.

    Raises:
        DataError: it has not.
    """
    rows, cols, _ = scene.values.shape
    pixel = dataclasses.replace(scene, values=scene.values[:1, :1], mask=None, axis_arrays={})
    one = SceneStream.of(pixel)
    write_raster(path, temporary, one, {"driver": "ENVI", "interleave": "bil"}, _describe)
    fields = temporary.with_suffix(_HEADER).read_bytes()
    whole = fields.replace(f"{_END} = 1\n".encode(), b"")
    if whole == fields or not fields.endswith(b"\n"):
        raise DataError(f"{path}: its header cannot be written whole; check the free space")
    sizes = {b"samples = ": cols, b"lines   = ": rows}
    for name, size in sizes.items():
        whole = whole.replace(b"\n" + name + b"1\n", b"\n" + name + b"%d\n" % size, 1)
    return whole


def _write_samples(file: Path, groups: Iterable[Num[np.ndarray, "some cols bands"]]) -> None:
    """Samples band by band within each line; raises OSError where the disk is full."""
    with file.open("wb") as raw:
        for values in groups:
            for lines in line_blocks(len(values), _LINES):
                raw.write(np.ascontiguousarray(values[lines].swapaxes(1, 2)).data)


def _require_space(path: Path, size: int) -> None:
    """Tells of too small a disk before an hour of writing, not after it."""
    with contextlib.suppress(FileNotFoundError):  # Of the folder; writing will tell.
        free = shutil.disk_usage(path.absolute().parent).free
        if free < size + _HEADER_ROOM:
            raise DataError(f"{path}: needs {size} bytes, but the disk has {free} left; free some")


def _unkept(scene: Scene) -> list[str]:
    """What the header has no field for, in words."""
    names = ["mask", "glt", *([] if _listable(scene) else ["band_names"])]
    names += [] if scene.transform is None else ["gcps"]
    points = len(scene.gcps or ()) if scene.transform is None else 0
    names += ["transform"] if _is_sheared(scene) else []
    tags, same = flat_tags(scene)
    missing = [f"tag {name[:40]!r}" for name in tags if name not in _kept_tags(scene)]
    if scene.units is not None and not _is_value(scene.units):
        same.append("units")
    few = [f"control points but {_POINTS} of {points}"] if points > _POINTS else []
    return [*words_of(scene, names), *few, *missing, *same, *unkept_arrays(scene)]


def _is_sheared(scene: Scene) -> bool:
    """ENVI's maps are turned and scaled, no more."""
    if scene.transform is None:
        return False
    a, b, _, d, e, _ = scene.transform
    return (b, d) != (0, 0) and (a, b) != (-e, d)


def _without_sheared_map(scene: Scene) -> Scene:
    return dataclasses.replace(scene, transform=None, gcps=None) if _is_sheared(scene) else scene


def _with_corners_alone(scene: Scene) -> Scene:
    """Of control points those nearest the corners: GDAL writes the first four, which may lie in one line."""
    points = scene.gcps or ()
    if len(points) <= _POINTS:
        return scene
    order = np.array(points)[:, :2] @ np.array([(-1, -1, 1, 1), (-1, 1, -1, 1)])
    corners = [points[each] for each in order.argmax(axis=0)]
    return dataclasses.replace(scene, gcps=tuple(dict.fromkeys(corners)))


def _listable(scene: Scene) -> bool:
    """Whether no name of a band holds what parts or ends the header's lists."""
    return not any(set(name) & set(",{}\n") for name in scene.band_names or ())


def _kept_tags(scene: Scene) -> dict[str, str]:
    """Tags that can be fields of a header, in one line each."""
    return {
        name: " ".join(text.split())
        for name, text in flat_tags(scene)[0].items()
        if name.lower() not in NO_TAGS and name.isprintable() and _is_value(text)
        if not set(name) & set("={}")
    }


def _is_value(text: str) -> bool:
    """Whether a field can hold it: braces around the whole or nowhere."""
    enclosed = text.startswith("{") and text.endswith("}")
    return 0 < len(text.strip()) < _LONGEST and not set(text[1:-1] if enclosed else text) & set(
        "{}"
    )


def _crs_field(scene: Scene) -> str:
    """GDAL writes this field beside a map alone, but control points have a system too."""
    if scene.crs is None or scene.transform is not None:
        return ""
    return "coordinate system string = {" + " ".join(scene.crs.split()) + "}\n"


def _calibration_fields(scene: Scene) -> str:
    """GDAL writes them in one line, and reads no line that is as long as that of many bands."""
    known = {"data gain values": scene.scale, "data offset values": scene.offset}
    return "".join(
        f"{name} = {{" + ",\n".join(map(repr, values.tolist())) + "}\n"
        for name, values in known.items()
        if values is not None
    )


def _lists(scene: Scene) -> tuple[dict[str, list[str]], str]:
    """The header's lists, and the unit of its wavelengths: the original's where that is one of ENVI's."""
    lists, units = band_lists(scene), "Nanometers"
    told = str(scene.part_tags.get("wavelengths", {}).get("units", ""))
    numbers = None
    if scene.wavelengths is not None and is_micrometers(told):
        numbers = from_nanometers(scene.wavelengths, scene.fwhm, told)
    if numbers is not None:
        units = "Micrometers"
        for name, values in zip(("wavelength", "fwhm"), numbers, strict=True):
            if values is not None:
                lists[name] = list(map(repr, values.tolist()))
    return lists, units


def _describe(raster: DatasetWriter, scene: Scene) -> None:
    if _listable(scene):
        write_names(raster, scene)
    # Over many lines: GDAL passes over fields with a line of more than 10,000 characters.
    lists, units = _lists(scene)
    fields = {name: "{" + ",\n".join(words) + "}" for name, words in lists.items()}
    if scene.wavelengths is not None:
        fields["wavelength_units"] = units
    if scene.units is not None and _is_value(scene.units):
        fields["data_units"] = scene.units
    tags = {name: text for name, text in _kept_tags(scene).items() if name != _DESCRIPTION}
    raster.update_tags(ns="ENVI", **tags, **fields, **{_END: "1"})
