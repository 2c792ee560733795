"""A reader written from the document alone and the package say the same of every file."""

import ast
import zlib

import numpy as np
import pytest
from golden_streams import FOLDER, NAMES, scene_of
from independent_basis import entry_table, read_adaptive_basis
from independent_range import geometric
from independent_reader import Refused, read, read_container
from reader_checks import (
    read_new,
    require_constants,
    require_package,
    require_scene,
)

from btcnet_jax.codec import Rate, load
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.scene import Scene
from btcnet_jax.scene.numbers import Numbers

_GOLDEN = FOLDER / "universal_metadata.btcn"
_PAYLOAD_NAN = 0x7FC01234
_SIGNALING_NAN = 0xFF800001


def _waves(dtype, bands=5):
    row, col, band = np.mgrid[:21, :13, :bands]
    values = 900 + 300 * np.sin(row / 6 + band / 5) + 200 * np.cos(col / 5 - band / 3)
    return values.astype(dtype)


def _float_scene():
    values = _waves("<f4")
    bits = values.view("<u4")
    bits[3:7, 2, 1] = _PAYLOAD_NAN
    bits[8, 4:9, 1] = _SIGNALING_NAN
    values[0, 0, 3], values[20, 12, 3], values[9, :, 4] = np.inf, -np.inf, np.nan
    values[..., 2] = -0.1
    return Scene(values=values, wavelengths=np.array([400.1, 1 / 3, np.pi, 1e300, -5.0]))


def _border_scene(order="<"):
    values = _waves(f"{order}i2")
    row, col = np.mgrid[:21, :13]
    values[3 * col + row < 17] = -32768
    values[3 * col + row > 47] = -32768
    values[..., 1], values[..., 4] = 259, -32768
    values[7, 7, 3] = -32768
    wavelengths = np.array([2400.25, 2399.5, 700.0, 0.0, 1e4])
    return Scene(values=values, nodata=-32768, wavelengths=wavelengths, band_mask=np.arange(5) != 3)


def _some_pixels():
    return np.random.default_rng(5).random((21, 13)) > 0.3


def _masked_scene():
    """Missing samples hold several values, among them such as data hold."""
    values = _waves(np.uint16) // 10 * 10
    return Scene(values=values, mask=_some_pixels())


def _texts_scene():
    not_utf8 = b"Stra\xdfe \xff\xfe".decode("utf-8", "surrogateescape")
    tags = {not_utf8: "\u00e4\u6e2c", "": not_utf8, "empty": ""}
    names = ("\u03bb1", not_utf8, "", "b", "b")
    return Scene(values=_waves(np.uint8), name=not_utf8, crs="X", tags=tags, band_names=names)


def _points_scene():
    points = ((0.5, 1.25, -71.1, 42.3, 0.0), (20.0, 12.0, 1e-300, 1 / 3, -1e9))
    return Scene(values=_waves(np.float64), gcps=points, fwhm=np.full(5, 9.75), variable="cube")


def _table_scene():
    table = np.random.default_rng(9).integers(-(2**31), 2**31, (17, 6, 2)).astype(np.int32)
    return Scene(values=_waves(np.int32), glt=table, nodata=1.5)


def _calibrated_scene():
    """What containers say of a cube besides."""
    return Scene(
        values=_waves(np.int16),
        scale=np.array([1e-4, 2e-4, 1e-4, 0.0, 1 / 3], np.float32),
        offset=np.array([0.0, 1.5, np.nan, -7.0, 1e300]),
        units="W m-2 sr-1 \u03bcm-1",
        axes=("bands", "rows", "cols"),
        names={"rows": "lat", "wavelengths": "wl/nm"},
        tags={"count": Numbers.of(np.uint64(2**64 - 1)), "title": "x"},
        part_tags={
            "cube": {"valid_range": Numbers.of(np.array([0, 10000], ">i2")), "a/b": "c"},
            "rows:time": {"units": "days"},
        },
        transform=(0.1, 0.0, 7.0, 0.0, -0.25, 50.0),
        axis_arrays={
            "rows": {
                "time": np.arange(21.0),
                "lat": (50 - 0.25 * (np.arange(21) + 0.5)).astype("f4"),
            },
            "cols": {"lon": 7 + 0.1 * (np.arange(13) + 0.5), "off": 7 + 0.1 * np.arange(13)},
            "bands": {"snr": np.arange(5, dtype="i2")},
        },
    )


_SCENES = {
    "calibrated": _calibrated_scene,
    "float": _float_scene,
    "border": _border_scene,
    "big-endian": lambda: _border_scene(">"),
    "masked": _masked_scene,
    "texts": _texts_scene,
    "points": _points_scene,
    "table": _table_scene,
    "no metadata": lambda: Scene(values=_waves(np.int16)),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_file_says_what_its_scene_says(name):
    path = FOLDER / f"{name}.btcn"
    found, scene = read(path), scene_of(name)
    require_scene(found, scene)
    require_constants(found, scene, universal=name.startswith("universal"))
    require_package(found, path.read_bytes())


@pytest.mark.parametrize("name", _SCENES)
def test_a_new_file_says_what_its_scene_says(name, tmp_path):
    scene = _SCENES[name]()
    data = load().compress(scene, Rate(8.0))
    found = read_new(data, tmp_path)
    require_scene(found, scene)
    require_constants(found, scene)
    require_package(found, data)


def test_nothing_is_written_where_nothing_is_known(tmp_path):
    found = read_new(load().compress(_SCENES["no metadata"](), Rate(8.0)), tmp_path)
    assert [kind for kind, _ in found["container"]["sections"]] == [1, 2, 14, 4]
    assert found["metadata"] == found["constant"] == {}
    assert not found["mask"]["missing"].any()


@pytest.mark.parametrize(("nodata", "fill"), [(None, np.nan), (-1.5, -1.5)])
def test_missing_samples_of_too_many_values_get_one(nodata, fill, tmp_path):
    scene = Scene(values=_waves(np.float32), mask=_some_pixels(), nodata=nodata)
    missing = ~scene.valid()
    assert len(np.unique(scene.values[missing])) > 254
    mask = read_new(load().compress(scene, Rate(8.0)), tmp_path)["mask"]
    np.testing.assert_array_equal(mask["missing"], missing)
    np.testing.assert_array_equal(mask["held"][missing], np.full(missing.sum(), fill, np.float32))


def test_a_flipped_byte_is_refused(tmp_path):
    golden = _GOLDEN.read_bytes()
    for at in range(len(golden)):
        data = bytearray(golden)
        data[at] ^= 1 << at % 8
        with pytest.raises(Refused):
            read_new(bytes(data), tmp_path)


def test_a_file_that_is_cut_or_goes_on_is_refused(tmp_path):
    golden = _GOLDEN.read_bytes()
    for length in range(len(golden)):
        with pytest.raises(Refused):
            read_new(golden[:length], tmp_path)
    with pytest.raises(Refused, match="surplus"):
        read_new(golden + b"\0", tmp_path)


@pytest.mark.parametrize(("kind", "refused"), [(7, True), (127, True), (129, False), (255, False)])
def test_a_section_that_is_not_known_is_refused_or_skipped(kind, refused, tmp_path):
    golden = _GOLDEN.read_bytes()
    section = bytes([kind, 3]) + b"new"
    section += zlib.crc32(section).to_bytes(4, "little")
    data = golden[:5] + section + golden[5:]
    if refused:
        with pytest.raises(Refused, match=f"unknown critical section {kind}"):
            read_new(data, tmp_path)
    else:
        found = read_new(data, tmp_path)
        assert found["container"]["sections"][0] == (kind, b"new")
        assert found["metadata"]["name"] == "golden"
        assert [*read_compressed(data).sections] == [*read_compressed(golden).sections]


def test_a_file_of_format_1_is_refused():
    with pytest.raises(Refused, match="version 1"):
        read(FOLDER / "format_1.btcn")


def test_tables_are_those_that_the_document_gives_to_check():
    assert [entry_table(-8, 0)[u] for u in (64, 128)] == [14514425, 2]
    assert [entry_table(0, 1)[u] for u in (64, 128)] == [7362861, 4]
    assert [geometric(16)[u] for u in (32, 31, 33, 0, 64)] == [6948875, 2878222, 2878223, 1, 1696]
    expected = [2097666, 1631504, 1631504, 675, 1861]
    assert [geometric(63)[u] for u in (32, 31, 33, 0, 64)] == expected


@pytest.mark.parametrize("more", [-4, 4])
def test_a_basis_of_other_words_is_refused(more):
    data = (FOLDER / "universal_adaptive.btcn").read_bytes()
    payload = dict(read_container(data)["sections"])[SectionKind.ADAPTIVE_BASIS]
    with pytest.raises(Refused, match="words are not those of the symbols"):
        read_adaptive_basis(payload[:more] if more < 0 else payload + bytes(more), 6, 6)


@pytest.mark.parametrize("part", ["bytes", "metadata", "range", "basis", "bounded", "reader"])
def test_the_reader_takes_nothing_of_the_package(part):
    tree = ast.parse((FOLDER / f"independent_{part}.py").read_text(encoding="utf-8"))
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module.split(".")[0])
    imported = {name for name in imported if not name.startswith("independent_")}
    assert imported <= {
        *("functools", "itertools", "math", "pathlib", "struct", "zlib", "msgpack", "numpy"),
    }
