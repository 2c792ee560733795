"""Files of bounded errors, read by a second reader written from the documentation alone."""

import numpy as np
import pytest
from golden_streams import BASED, BOUNDED, FOLDER, scene_of
from independent_bounded import read_samples
from independent_reader import Refused, read, read_container
from reader_checks import (
    bits,
    read_new,
    require_constants,
    require_package,
    require_scene,
    symbols_of,
)

from btcnet_jax.codec import Bound, bounded_codec
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.scene import Scene


def _waves(dtype, bands=5):
    row, col, band = np.mgrid[:21, :13, :bands]
    values = 900 + 300 * np.sin(row / 6 + band / 5) + 200 * np.cos(col / 5 - band / 3)
    return values.astype(dtype)


@pytest.mark.parametrize("name", [*BOUNDED, *BASED])
def test_a_golden_file_of_bounded_errors_holds_these_samples(name):
    path = FOLDER / f"{name}.btcn"
    found, scene = read(path, symbols_of), scene_of(name)
    require_scene(found, scene)
    require_constants(found, scene)
    require_package(found, path.read_bytes())
    assert [error for error, _, _ in found["bounds"].bands] == np.broadcast_to(
        (BOUNDED | BASED)[name].error, scene.values.shape[2]
    ).tolist()
    expected = np.load(path.with_suffix(".npz"))["samples"]
    assert found["samples"].dtype == expected.dtype
    assert bits(found["samples"]).tobytes() == bits(expected).tobytes()


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
    found = read_new(data, tmp_path)
    require_package(found, data)
    expected = codec.decompress(data).values
    assert bits(found["samples"]).tobytes() == bits(expected).tobytes()


def test_bounded_samples_that_are_altered_are_refused():
    golden = FOLDER / "bounded.btcn"
    found, payloads = read(golden), dict(read_container(golden.read_bytes())["sections"])
    scene = found | {"tiles": [found["tiles"][0][:-5] + b"\1" + found["tiles"][0][-4:]]}
    with pytest.raises(Refused):
        read_samples(scene, payloads[SectionKind.BOUNDS], (2, 2))
