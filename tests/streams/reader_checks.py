"""What a second reader found, beside what the package wrote and reads."""

import dataclasses

import numpy as np
from independent_reader import read

from btcnet_jax.coding.adaptive_basis import decode_adaptive_basis
from btcnet_jax.coding.context import ContextCoder
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.scene_sections import read_facts
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.parts.context_latent import decode_piece
from btcnet_jax.scene.numbers import Numbers
from btcnet_jax.weights.weight_file import load_weights


def bits(values):
    return np.ascontiguousarray(values).view(f"{values.dtype.str[0]}u{values.itemsize}")


def read_new(data, tmp_path):
    path = tmp_path / "scene.btcn"
    path.write_bytes(data)
    return read(path, symbols_of)


def symbols_of(piece, components, rows, cols):
    """Of a base: the second reader does not decode them."""
    coder = ContextCoder(load_weights().context)
    return decode_piece(coder, piece, (components, rows, cols))[0]


def known_of(scene):
    """What a scene tells of itself: neither None nor an empty text or map."""
    info = scene.info()
    unknown = [name for name, told in info.items() if told is None]
    numbers = {name: tag.array() for name, tag in info["tags"].items() if isinstance(tag, Numbers)}
    info["tags"] = {name: tag for name, tag in info["tags"].items() if name not in numbers}
    info["tag_numbers"] = numbers
    unknown += [name for name, told in info.items() if isinstance(told, (str, dict)) and not told]
    return {name: told for name, told in info.items() if name not in unknown}


def require_same(given, told, name):
    if isinstance(told, dict):
        assert given.keys() == told.keys(), name
        for key, value in told.items():
            require_same(given[key], value, f"{name}/{key}")
        return
    told = told.array() if isinstance(told, Numbers) else told
    if isinstance(given, np.ndarray):
        assert given.dtype == np.asarray(told).dtype, name
    np.testing.assert_array_equal(given, told, err_msg=name)


def require_scene(found, scene):
    """Metadata, mask and range are the scene's."""
    known = known_of(scene)
    assert found["metadata"].keys() == known.keys()
    for name, told in known.items():
        require_same(found["metadata"][name], told, name)

    missing = ~scene.valid()
    header, mask, values = found["header"], found["mask"], scene.values
    np.testing.assert_array_equal(mask["missing"], missing)
    assert mask["held"].dtype == values.dtype
    np.testing.assert_array_equal(bits(mask["held"][missing]), bits(values[missing]))
    assert (header["rows"], header["columns"], header["bands"]) == values.shape
    assert header["dtype"] == values.dtype.str
    assert header["minimum"] == values[~missing].min()
    assert header["maximum"] == values[~missing].max()


def require_package(found, data):
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
    require_basis(found["basis"], file, facts)


def require_basis(found, file, facts):
    """The matrix of ADAPTIVE_BASIS is the package's, to the last bit."""
    assert (found is not None) == (SectionKind.ADAPTIVE_BASIS in file.sections)
    if found is not None:
        components, varying = file.header.latent_channels // 16, int(facts.varying.sum())
        data = file.sections[SectionKind.ADAPTIVE_BASIS]
        expected = decode_adaptive_basis(data, components, varying)
        assert found.tobytes() == expected.tobytes()


def require_constants(found, scene, universal=True):
    """Constant bands are those of the scene: bands of one value among their data, or of no data."""
    expected = {}
    for band in range(scene.values.shape[2]) if universal else ():
        data = np.unique(scene.values[..., band][scene.valid()[..., band]])
        if len(data) <= 1:
            expected[band] = data[0] if len(data) else 0
    assert found["constant"] == expected
