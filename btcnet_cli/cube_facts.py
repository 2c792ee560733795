"""What `btcnet info` tells of a cube: a name and a value a line, lists shortened."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np

    from btcnet_jax.scene import Scene, SceneInfo, SceneSource

_SHOWN = 3  # Entries of a list at each end.
_WIDEST = 100


def cube_facts(
    path: Path, variable: str | None, axes: str | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Shape, type, range and share of valid samples, bands, place and tags; each only where known.

    Returns:
        These in words, and shape, type and lists of bands as numbers, ready for JSON.

    Raises:
        DataError: as `read_scene`.
    """
    from btcnet_jax.scene.gathering import scene_lines
    from btcnet_jax.scene.lines import is_large
    from btcnet_jax.scene.suspicion import warn_of_range
    from data_pipeline.readers import open_scene

    source = open_scene(path, variable, axes)
    if is_large(source.shape):
        samples = _sample_facts(part for _, part in scene_lines(source))
    else:
        scene = source.read_all()
        warn_of_range(scene, str(path))
        rows = (slice(row, row + 64) for row in range(0, len(scene.values), 64))
        samples = _sample_facts(_lines(scene, some) for some in rows)
    shape = " x ".join(map(str, source.shape))
    facts = {"cube": f"{shape} (rows x columns x bands), {source.dtype}"}
    if source.variable:
        facts["variable"] = source.variable
    return facts | samples | info_facts(source), _numbers(source)


def _numbers(scene: "SceneSource") -> dict[str, Any]:
    lists = {name: getattr(scene, name) for name in ("wavelengths", "fwhm", "band_mask")}
    return {
        **{"shape": scene.shape, "dtype": str(scene.dtype)},
        **{name: None if of is None else of.tolist() for name, of in lists.items()},
        "nodata": None if scene.nodata is None else str(scene.nodata),
        "transform": scene.transform,
        "scale": None if scene.scale is None else scene.scale.tolist(),
        "offset": None if scene.offset is None else scene.offset.tolist(),
        "units": scene.units,
    }


def info_facts(known: "SceneInfo") -> dict[str, Any]:
    """What is known of a scene besides its samples: bands, place and tags."""
    nodata = {} if known.nodata is None else {"nodata": known.nodata}
    return (
        nodata
        | _physical_facts(known)
        | _band_facts(known)
        | _place_facts(known)
        | _part_facts(known)
        | _tag_facts(known)
    )


def _physical_facts(known: "SceneInfo") -> dict[str, Any]:
    from btcnet_jax.scene.calibration import calibration_words

    words: dict[str, Any] = dict(calibration_words(known))
    if words:
        words["samples"] = "as stored: a physical value is scale x sample + offset"
    return words | ({} if known.units is None else {"units": _one_line(known.units)})


def _sample_facts(parts: "Iterable[Scene]") -> dict[str, Any]:
    """Of a scene some lines at a time, since a mask of all samples is as large as a scene of bytes."""
    import numpy as np

    valid, size, least, greatest = 0, 0, [], []
    masked, mask_size, named = 0, 0, False
    for part in parts:
        samples = part.values[part.valid()]
        valid, size = valid + samples.size, size + part.values.size
        named |= part.nodata is not None
        if samples.size:
            least.append(samples.min())
            greatest.append(samples.max())
        if part.mask is not None:
            masked, mask_size = (
                masked + int(np.count_nonzero(part.mask)),
                mask_size + part.mask.size,
            )
    facts: dict[str, Any] = {"values": f"{min(least)} to {max(greatest)}" if valid else "none"}
    if valid < size or named or mask_size:
        facts["valid samples"] = f"{valid:,} of {size:,} ({_share(valid, size)})"
    if mask_size:
        facts["mask"] = f"{masked:,} of {mask_size:,} pixels have data"
    return facts


def _share(valid: int, size: int) -> str:
    """Never 100 % where a sample is missing, nor 0 where one is there."""
    share = 100 * valid / size
    shown = f"{share:.2f}"
    if valid < size and shown == "100.00":
        return "nearly 100 %"
    return "nearly 0 %" if valid and shown == "0.00" else f"{shown} %"


def _lines(scene: "Scene", rows: slice) -> "Scene":
    from btcnet_jax.scene import Scene

    mask = None if scene.mask is None else scene.mask[rows]
    return Scene(values=scene.values[rows], mask=mask, nodata=scene.nodata)


def _band_facts(scene: "SceneInfo") -> dict[str, Any]:
    import numpy as np

    facts = {}
    if scene.wavelengths is not None:
        facts["wavelengths"] = _interval(scene.wavelengths)
    if scene.fwhm is not None:
        facts["fwhm"] = _interval(scene.fwhm)
    if scene.band_mask is not None:
        bad = (np.flatnonzero(~scene.band_mask) + 1).tolist()
        numbers = f": {_shortened(bad)} (counting from 1)" if bad else ""
        facts["bad bands"] = f"{len(bad)}{numbers}"
    if scene.band_names is not None:
        facts["band names"] = _shortened(scene.band_names)
    return facts


def _interval(numbers: "np.ndarray") -> str:
    return f"{numbers.min():.1f} to {numbers.max():.1f} nm"


def _shortened(entries: "Sequence[Any]") -> str:
    words = [str(entry) for entry in entries]
    if len(words) > 2 * _SHOWN + 1:
        words = [*words[:_SHOWN], "...", *words[-_SHOWN:]]
    return _one_line(", ".join(words))


def _one_line(text: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _WIDEST else f"{line[:_WIDEST]} ... ({len(text):,} characters)"


def _place_facts(scene: "SceneInfo") -> dict[str, Any]:
    facts = {}
    if scene.crs is not None:
        facts["crs"] = _crs_name(scene.crs)
    if scene.transform is not None:
        a, b, x, d, e, y = scene.transform
        turned = "" if b == d == 0 else f", turned by {b:.10g}, {d:.10g}"
        facts["transform"] = f"corner {x:.10g}, {y:.10g}; pixel {a:.10g}, {e:.10g}{turned}"
    if scene.gcps:
        facts["control points"] = str(len(scene.gcps))
    if scene.glt is not None:
        facts["lookup table"] = f"{scene.glt.shape[0]} x {scene.glt.shape[1]} places of a map"
    return facts


def _crs_name(crs: str) -> str:
    """The code where there is one, and the name."""
    from rasterio.crs import CRS
    from rasterio.errors import CRSError

    name = crs.partition('"')[2].partition('"')[0]
    try:
        code = CRS.from_wkt(crs).to_epsg()
    except CRSError:
        return _one_line(name or crs)
    return _one_line(name if code is None else f"EPSG:{code}, {name}")


def _part_facts(scene: "SceneInfo") -> dict[str, Any]:
    """Order of the stored axes, arrays along them, and attributes of the cube."""
    facts = {} if scene.axes is None else {"axes": f"stored as {', '.join(scene.axes)}"}
    for axis, arrays in scene.axis_arrays.items():
        if arrays:
            facts[f"along {axis}"] = _shortened(list(arrays))
    for name, tag in sorted(scene.part_tags.get("cube", {}).items()):
        facts[f"attribute {_one_line(name)[:30]}"] = _one_line(str(tag))
    return facts


def _tag_facts(scene: "SceneInfo") -> dict[str, Any]:
    """Under their own names, marked, since a file may call a tag what it likes."""
    return {
        f"tag {_one_line(name)[:30]}": _one_line(str(tag))
        for name, tag in sorted(scene.tags.items())
    }
