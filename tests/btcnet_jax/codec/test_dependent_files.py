"""Files of dependent quantization: read by a codec of either, of tiles too; refused where not whole."""

import dataclasses

import numpy as np
import pytest

from btcnet_jax.codec import Rate, load, universal_codec
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.container import Section, write_container
from btcnet_jax.container.header import EntropyModelId
from btcnet_jax.container.limits import Limits
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import ConfigError, FileFormatError
from btcnet_jax.parts.quantization import Quantization
from btcnet_jax.scene import Scene
from btcnet_jax.scene.part import Part
from btcnet_jax.weights.named_contexts import DEPENDENT

RATE = Rate(0.8)


@pytest.fixture(scope="module")
def dependent(plain_weights):
    return universal_codec(plain_weights, quantization=Quantization.DEPENDENT)


@pytest.fixture(scope="module")
def cube(make_cube):
    return make_cube(36, 30, 8)


@pytest.fixture(scope="module")
def data(dependent, cube):
    return dependent.compress(cube, RATE)


def test_the_header_says_how_symbols_were_chosen(data):
    header = read_compressed(data).header
    assert header.entropy_model == EntropyModelId.SURPRISED_CONTEXT
    assert header.fingerprint == DEPENDENT
    assert len(data) * 8 <= RATE.bpppb * 36 * 30 * 8


def test_a_codec_of_either_quantization_reads_both(plain, dependent, data, cube):
    scalar = plain.compress(cube, RATE)
    for file in (data, scalar):
        restored = [codec.decompress(file).values for codec in (plain, dependent)]
        np.testing.assert_array_equal(*restored)
    np.testing.assert_array_equal(plain.rate_map(data), dependent.rate_map(data))
    symbols = read_compressed(data).sections[SectionKind.SYMBOLS]
    assert plain.rate_map(data).sum() == pytest.approx(8 * len(symbols), rel=0.02, abs=64)


def test_it_is_nearer_to_the_scene_at_as_many_bytes(make_cube):
    cube = make_cube(64, 60, 20)
    errors = []
    for quantization in ("scalar", "dependent"):
        codec = load(quantization=quantization)
        restored = codec.decompress(codec.compress(cube, RATE)).values
        errors.append(np.square(restored - cube.astype(float)).mean())
    assert errors[1] < 0.99 * errors[0]


def test_tiles_and_windows_are_read_alone(plain_weights, make_cube):
    codec = universal_codec(plain_weights, quantization=Quantization.DEPENDENT, tile_side=3)
    values = make_cube(50, 46, 6).astype(np.int16)
    values[12:20, 3:9] = -9999
    data = codec.compress(Scene(values=values, nodata=-9999), RATE)
    assert read_compressed(data, Limits.none()).tiles.grid.count == 16
    whole = codec.decompress(data).values
    window = codec.decompress(data, part=Part(slice(20, 40), slice(5, 30), np.arange(6))).values
    np.testing.assert_array_equal(window, whole[20:40, 5:30])
    assert (whole[12:20, 3:9] == -9999).all()


@pytest.mark.parametrize("objective", ["rmse", "sam"])
def test_details_of_other_objectives_have_their_gains(make_cube, objective):
    codec = load(quantization="dependent", optimize=objective)
    cube = make_cube(24, 20, 6)
    file = read_compressed(codec.compress(cube, Rate(2.0)))
    assert SectionKind.DETAIL_GAINS in file.sections
    error = codec.decompress(file).values - cube.astype(float)
    assert np.abs(error).mean() < 0.1 * cube.std()


def altered(data, **fields):
    file = read_compressed(data)
    header = dataclasses.replace(file.header, **fields).pack()
    rest = [
        (kind, payload) for kind, payload in file.sections.items() if kind != SectionKind.HEADER
    ]
    return write_container(
        [Section(SectionKind.HEADER, header), *(Section(*each) for each in rest)]
    )


def test_a_header_of_the_other_quantization_is_refused(dependent, plain, data, cube):
    wrong = altered(data, entropy_model=EntropyModelId.CONTEXT)
    unaware = altered(data, entropy_model=EntropyModelId.DEPENDENT_CONTEXT)
    other = altered(plain.compress(cube, RATE), entropy_model=EntropyModelId.SURPRISED_CONTEXT)
    for file in (wrong, unaware, other):
        with pytest.raises(FileFormatError, match="another kind"):
            dependent.decompress(file)
    with pytest.raises(FileFormatError, match="tells of entropy_model"):
        dependent.decompress(altered(data, entropy_model=EntropyModelId.FACTORIZED))


def test_a_file_that_was_cut_or_altered_is_refused(dependent, data):
    for wrong in (
        data[: len(data) // 2],
        data[:-3],
        data[:400] + bytes([data[400] ^ 1]) + data[401:],
    ):
        with pytest.raises(FileFormatError):
            dependent.decompress(wrong)


def test_a_constant_scene_has_no_symbols(dependent):
    cube = np.full((9, 7, 3), 5, np.uint8)
    np.testing.assert_array_equal(dependent.decompress(dependent.compress(cube)).values, cube)


@pytest.mark.parametrize("quantization", ["trellis", "Dependent", ""])
def test_no_other_quantization_is_taken(quantization):
    with pytest.raises(ConfigError, match="quantization is scalar, dependent, not"):
        load(quantization=quantization)
