"""A reader written from the document alone and the package say the same of every file."""

import ast
import dataclasses
import zlib

import numpy as np
import pytest
from golden_streams import BOUNDED, FOLDER, NAMES, scene_of
from independent_basis import entry_table, read_adaptive_basis
from independent_bounded import read_samples
from independent_range import geometric
from independent_reader import Refused, read, read_container

from btcnet_jax.codec import Bound, Rate, bounded_codec, load
from btcnet_jax.coding.adaptive_basis import decode_adaptive_basis
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.scene_sections import read_facts
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


def _bits(values):
    return np.ascontiguousarray(values).view(f"{values.dtype.str[0]}u{values.itemsize}")


def _read(data, tmp_path):
    path = tmp_path / "scene.btcn"
    path.write_bytes(data)
    return read(path)


def _known(scene):
    """What a scene tells of itself: neither None nor an empty text or map."""
    info = scene.info()
    unknown = [name for name, told in info.items() if told is None]
    numbers = {name: tag.array() for name, tag in info["tags"].items() if isinstance(tag, Numbers)}
    info["tags"] = {name: tag for name, tag in info["tags"].items() if name not in numbers}
    info["tag_numbers"] = numbers
    unknown += [name for name, told in info.items() if isinstance(told, (str, dict)) and not told]
    return {name: told for name, told in info.items() if name not in unknown}


def _require_same(given, told, name):
    if isinstance(told, dict):
        assert given.keys() == told.keys(), name
        for key, value in told.items():
            _require_same(given[key], value, f"{name}/{key}")
        return
    told = told.array() if isinstance(told, Numbers) else told
    if isinstance(given, np.ndarray):
        assert given.dtype == np.asarray(told).dtype, name
    np.testing.assert_array_equal(given, told, err_msg=name)


def _require_scene(found, scene):
    """Metadata, mask and range are the scene's."""
    known = _known(scene)
    assert found["metadata"].keys() == known.keys()
    for name, told in known.items():
        _require_same(found["metadata"][name], told, name)

    missing = ~scene.valid()
    header, mask, values = found["header"], found["mask"], scene.values
    np.testing.assert_array_equal(mask["missing"], missing)
    assert mask["held"].dtype == values.dtype
    np.testing.assert_array_equal(_bits(mask["held"][missing]), _bits(values[missing]))
    assert (header["rows"], header["columns"], header["bands"]) == values.shape
    assert header["dtype"] == values.dtype.str
    assert header["minimum"] == values[~missing].min()
    assert header["maximum"] == values[~missing].max()


def _require_package(found, data):
    """Header, sections and constant bands are those that the package reads."""
    file = read_compressed(data)
    header = dataclasses.asdict(file.header)
    header["columns"] = header.pop("cols")
    assert found["header"] == {"record": 2, **header}
    assert [type(told) for told in found["header"].values()].count(int) >= 9
    assert found["container"]["version"] == 2
    # Tiles, their index and the end of a stream are no sections of their own there.
    sections = [each for each in found["container"]["sections"] if each[0] not in (6, 13, 17)]
    assert sorted(sections) == sorted(file.sections.items())
    count = 0 if file.tiles is None else file.tiles.grid.count
    assert found["tiles"] == [file.tiles.payload(number) for number in range(count)]
    facts = read_facts(file)
    assert found["constant"].keys() == set(np.flatnonzero(~facts.varying))
    for band, value in found["constant"].items():
        assert value.tobytes() == facts.fill[band].tobytes()
    _require_basis(found["basis"], file, facts)


def _require_basis(found, file, facts):
    """The matrix of ADAPTIVE_BASIS is the package's, to the last bit."""
    assert (found is not None) == (SectionKind.ADAPTIVE_BASIS in file.sections)
    if found is not None:
        components, varying = file.header.latent_channels // 16, int(facts.varying.sum())
        data = file.sections[SectionKind.ADAPTIVE_BASIS]
        expected = decode_adaptive_basis(data, components, varying)
        assert found.tobytes() == expected.tobytes()


def _require_constants(found, scene, universal=True):
    """Constant bands are those of the scene: bands of one value among their data, or of no data."""
    expected = {}
    for band in range(scene.values.shape[2]) if universal else ():
        data = np.unique(scene.values[..., band][scene.valid()[..., band]])
        if len(data) <= 1:
            expected[band] = data[0] if len(data) else 0
    assert found["constant"] == expected


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_file_says_what_its_scene_says(name):
    path = FOLDER / f"{name}.btcn"
    found, scene = read(path), scene_of(name)
    _require_scene(found, scene)
    _require_constants(found, scene, universal=name.startswith("universal"))
    _require_package(found, path.read_bytes())


@pytest.mark.parametrize("name", _SCENES)
def test_a_new_file_says_what_its_scene_says(name, tmp_path):
    scene = _SCENES[name]()
    data = load().compress(scene, Rate(8.0))
    found = _read(data, tmp_path)
    _require_scene(found, scene)
    _require_constants(found, scene)
    _require_package(found, data)


@pytest.mark.parametrize("name", BOUNDED)
def test_a_golden_file_of_bounded_errors_holds_these_samples(name):
    path = FOLDER / f"{name}.btcn"
    found, scene = read(path), scene_of(name)
    _require_scene(found, scene)
    _require_constants(found, scene)
    _require_package(found, path.read_bytes())
    assert [error for error, _, _ in found["bounds"].bands] == np.broadcast_to(
        BOUNDED[name].error, scene.values.shape[2]
    ).tolist()
    expected = np.load(path.with_suffix(".npz"))["samples"]
    assert found["samples"].dtype == expected.dtype
    assert _bits(found["samples"]).tobytes() == _bits(expected).tobytes()


def _whole_type(dtype):
    ends, native = np.iinfo(dtype), np.dtype(dtype).newbyteorder("=")
    chance = np.random.default_rng(1)
    return chance.integers(ends.min, ends.max, (9, 11, 3), native, endpoint=True).astype(dtype)


_BOUNDED = {
    "floats bit by bit": (lambda: _waves("<f4", 3)[:9] / 7, 0),
    "half floats in a grid": (lambda: _waves(">f2", 3)[:9], 16),
    "doubles": (lambda: _waves("<f8", 3)[:9] / 7 + 900, 0.01),
    "all of 32 bits": (lambda: _whole_type("<i4"), 0),
    "all of 32 bits, bounded": (lambda: _whole_type(">u4"), 10**7),
    "61 bits": (lambda: _whole_type("<i8") // 8, 3),
    "a line": (lambda: _waves("u1", 9)[:1], 1),
    "a column": (lambda: _waves("<i2", 4)[:, :1], 0),
    "nothing but escapes": (lambda: _whole_type("<i2") * (np.arange(11) == 5)[:, None], 0),
}


@pytest.mark.parametrize("name", _BOUNDED)
def test_a_new_file_of_bounded_errors_holds_the_samples_that_the_package_reads(name, tmp_path):
    make, error = _BOUNDED[name]
    scene = Scene(values=make())
    codec = bounded_codec(tile_side=2)
    data = codec.compress(scene, Bound(error))
    found = _read(data, tmp_path)
    _require_package(found, data)
    expected = codec.decompress(data).values
    assert _bits(found["samples"]).tobytes() == _bits(expected).tobytes()


def test_bounded_samples_that_are_altered_are_refused():
    golden = FOLDER / "bounded.btcn"
    found, payloads = read(golden), dict(read_container(golden.read_bytes())["sections"])
    scene = found | {"tiles": [found["tiles"][0][:-5] + b"\1" + found["tiles"][0][-4:]]}
    with pytest.raises(Refused):
        read_samples(scene, payloads[SectionKind.BOUNDS], (2, 2))


def test_nothing_is_written_where_nothing_is_known(tmp_path):
    found = _read(load().compress(_SCENES["no metadata"](), Rate(8.0)), tmp_path)
    assert [kind for kind, _ in found["container"]["sections"]] == [1, 2, 14, 4]
    assert found["metadata"] == found["constant"] == {}
    assert not found["mask"]["missing"].any()


@pytest.mark.parametrize(("nodata", "fill"), [(None, np.nan), (-1.5, -1.5)])
def test_missing_samples_of_too_many_values_get_one(nodata, fill, tmp_path):
    scene = Scene(values=_waves(np.float32), mask=_some_pixels(), nodata=nodata)
    missing = ~scene.valid()
    assert len(np.unique(scene.values[missing])) > 254
    mask = _read(load().compress(scene, Rate(8.0)), tmp_path)["mask"]
    np.testing.assert_array_equal(mask["missing"], missing)
    np.testing.assert_array_equal(mask["held"][missing], np.full(missing.sum(), fill, np.float32))


def test_a_flipped_byte_is_refused(tmp_path):
    golden = _GOLDEN.read_bytes()
    for at in range(len(golden)):
        data = bytearray(golden)
        data[at] ^= 1 << at % 8
        with pytest.raises(Refused):
            _read(bytes(data), tmp_path)


def test_a_file_that_is_cut_or_goes_on_is_refused(tmp_path):
    golden = _GOLDEN.read_bytes()
    for length in range(len(golden)):
        with pytest.raises(Refused):
            _read(golden[:length], tmp_path)
    with pytest.raises(Refused, match="surplus"):
        _read(golden + b"\0", tmp_path)


@pytest.mark.parametrize(("kind", "refused"), [(7, True), (127, True), (129, False), (255, False)])
def test_a_section_that_is_not_known_is_refused_or_skipped(kind, refused, tmp_path):
    golden = _GOLDEN.read_bytes()
    section = bytes([kind, 3]) + b"new"
    section += zlib.crc32(section).to_bytes(4, "little")
    data = golden[:5] + section + golden[5:]
    if refused:
        with pytest.raises(Refused, match=f"unknown critical section {kind}"):
            _read(data, tmp_path)
    else:
        found = _read(data, tmp_path)
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
