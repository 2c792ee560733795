"""What every codec promises: paper networks, learned rates, V1, Huffman and the universal codec alike."""

import contextlib
from typing import NamedTuple

import numpy as np
import pytest

from btcnet_benchmark.codecs.huffman import HuffmanSymbols
from btcnet_jax.codec import Codec, Level, OpenFile, Rate, network_codec
from btcnet_jax.config import DecoderConfig, ModelConfig, V1Config
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.container import Section, read_container, write_container
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import (
    BtcnetError,
    ConfigError,
    CubeError,
    FileFormatError,
    ModelMismatchError,
)
from btcnet_jax.models.initialization import init_params
from btcnet_jax.scene import Scene

BANDS = 6
SIZES = {"bands": BANDS, "latent_channels": 4, "features": 2, "gamma": 1}
NETWORKS = {
    "paper": ModelConfig(**SIZES),
    "paper, 32 bits": ModelConfig(**SIZES, bits=32),
    "tiles": ModelConfig(**SIZES, bits=6, decoder=DecoderConfig(context="tile")),
    "v1": ModelConfig(
        architecture="v1", bands=BANDS, latent_channels=4, v1=V1Config(width=4, growth=2, blocks=1)
    ),
    "bands": ModelConfig(**SIZES, normalization="bands"),
    "learned": ModelConfig(**SIZES, quantizer="learned", rate_levels=2),
}
HUFFMAN, UNIVERSAL = "huffman", "universal"


class Tried(NamedTuple):
    """A codec, one of other weights, and a rate that any of its files is within."""

    codec: Codec
    other: Codec
    enough: Rate


@pytest.fixture(scope="module", params=[*NETWORKS, HUFFMAN, UNIVERSAL])
def tried(request, plain, shipped):
    if request.param == UNIVERSAL:
        return Tried(plain, shipped, Rate(4.0))
    config = NETWORKS.get(request.param, NETWORKS["paper"])
    coder = HuffmanSymbols() if request.param == HUFFMAN else "constriction"
    one, two = (network_codec(config, init_params(config, n), coder=coder) for n in (0, 1))
    return Tried(one, two, Rate(99.0))


@pytest.fixture(scope="module")
def cube(make_cube):
    return make_cube(18, 14, BANDS)


def test_samples_come_back_in_shape_type_and_range(tried, cube):
    restored = tried.codec.decompress(tried.codec.compress(Scene(values=cube), tried.enough))
    assert isinstance(restored, Scene)
    assert (restored.values.shape, restored.values.dtype) == (cube.shape, cube.dtype)
    assert cube.min() <= restored.values.min() <= restored.values.max() <= cube.max()


def test_a_scene_and_its_samples_give_the_same_bytes_every_time(tried, cube):
    files = {
        tried.codec.compress(given, tried.enough) for given in (cube, Scene(values=cube), cube)
    }
    assert len(files) == 1


def test_the_default_target_is_used_where_none_is_given(tried, cube):
    assert isinstance(tried.codec.default, Rate | Level)
    data = tried.codec.compress(cube)
    assert data == tried.codec.compress(cube, tried.codec.default)
    if isinstance(tried.codec.default, Rate):
        # Of a cube so small no file is within the default rate; nobody asked for one.
        assert 8 * len(data) > tried.codec.default.bpppb * cube.size
        with pytest.raises(ConfigError, match="smallest file of this cube"):
            tried.codec.compress(cube, Rate(tried.codec.default.bpppb))


def test_a_rate_is_kept_or_refused_or_missed_by_the_smallest_file(tried, cube):
    data = tried.codec.compress(cube, tried.enough)
    assert 8 * len(data) <= tried.enough.bpppb * cube.size
    with pytest.raises(ConfigError, match="smallest file of this cube takes"):
        tried.codec.compress(cube, Rate(1e-6))
    smallest = tried.codec.compress(cube, Rate(1e-6, or_smallest=True))
    assert len(smallest) <= len(data)
    assert tried.codec.decompress(smallest).values.shape == cube.shape


def test_levels_are_those_that_the_codec_has(tried, cube):
    sizes = [len(tried.codec.compress(cube, Level(n))) for n in range(tried.codec.levels)]
    assert len(set(sizes)) == len(sizes)
    for bad in (-1, tried.codec.levels):
        with pytest.raises(ConfigError, match="no level"):
            tried.codec.compress(cube, Level(bad))


def test_a_file_opens_to_what_it_says(tried, cube):
    data = tried.codec.compress(cube, tried.enough)
    file = OpenFile(read_compressed(data))
    assert file.shape == cube.shape
    assert file.bpppb == pytest.approx(8 * len(data) / cube.size)
    assert file.header.fingerprint == tried.codec.fingerprint
    assert tried.codec.fingerprint.hex() in tried.codec.describe()


def test_bits_by_place_are_those_of_the_symbols(tried, cube):
    data = tried.codec.compress(cube, tried.enough)
    bits = tried.codec.rate_map(data)
    sections = read_compressed(data).sections
    if bits is not None:
        size = 8 * len(sections[SectionKind.SYMBOLS])
        assert bits.shape == (5, 4)
        assert bits.sum() == pytest.approx(size, rel=0.03, abs=100)


def test_progress_ends_at_all_parts(tried, cube):
    seen = []
    data = tried.codec.compress(cube, tried.enough)
    tried.codec.decompress(data, lambda done, total: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1] > 0


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.zeros((4, 5), np.uint8), "has shape"),
        (np.zeros((0, 4, BANDS), np.uint8), "has shape"),
        (np.zeros((4, 4, BANDS), complex), "complex"),
    ],
)
def test_cubes_that_cannot_be_coded_are_refused(tried, bad, message):
    with pytest.raises(CubeError, match=message):
        tried.codec.compress(bad)


@pytest.mark.parametrize("missing", [-1, 3])
def test_cubes_of_one_value_come_back_where_constant_bands_are_kept_apart(tried, missing):
    cube = np.where(np.arange(4096 * BANDS) == missing, np.nan, 7.0).reshape(64, 64, BANDS)
    if tried.codec.levels:
        with pytest.raises(CubeError, match="every value of the cube is 7"):
            tried.codec.compress(cube)
    else:
        restored = tried.codec.decompress(tried.codec.compress(cube, tried.enough)).values
        np.testing.assert_array_equal(restored, cube)


@pytest.mark.parametrize("bpppb", [0.0, -1.0, np.nan, np.inf])
def test_rates_that_are_none_are_refused(bpppb):
    with pytest.raises(ConfigError, match="give one above zero"):
        Rate(bpppb)


def test_files_of_other_weights_are_refused(tried, cube):
    data = tried.codec.compress(cube, tried.enough)
    with pytest.raises(ModelMismatchError, match=tried.other.fingerprint.hex()):
        tried.other.decompress(data)


def test_a_file_with_two_headers_is_refused_before_and_after_the_other_sections(tried, cube):
    header, *rest = read_container(tried.codec.compress(cube, tried.enough))
    other, *_ = read_container(tried.codec.compress(cube[:9], tried.enough))
    for sections in ([header, other, *rest], [other, header, *rest], [header, *rest, other]):
        with pytest.raises(FileFormatError, match="two HEADER sections"):
            tried.codec.decompress(write_container(sections))


def test_a_missing_section_is_refused(tried, cube):
    sections = read_container(tried.codec.compress(cube, tried.enough))
    for index, section in enumerate(sections):
        left = write_container(sections[:index] + sections[index + 1 :])
        with pytest.raises(FileFormatError, match=f"no {SectionKind(section.kind).name} section"):
            tried.codec.decompress(left)


def test_damaged_sections_never_give_another_error(tried, cube):
    sections = read_container(tried.codec.compress(cube, tried.enough))
    random = np.random.default_rng(0)
    for index, (kind, payload) in enumerate(sections):
        for attempt in range(12):
            broken = bytearray(payload)
            if attempt == 0:
                del broken[len(broken) // 2 :]
            else:
                broken[random.integers(len(broken))] ^= 1 << int(random.integers(8))
            changed = [*sections]
            changed[index] = Section(kind, bytes(broken))
            # Whatever comes out, no other error does.
            with contextlib.suppress(BtcnetError):
                tried.codec.decompress(write_container(changed))


def test_ensembles_are_of_the_universal_codec(tried, cube):
    data = tried.codec.compress(cube, tried.enough)
    if tried.codec.levels:
        with pytest.raises(ConfigError, match="is of the universal codec"):
            tried.codec.decompress(data, ensemble=2)
    else:
        assert tried.codec.decompress(data, ensemble=2).values.shape == cube.shape
