"""Files of a model with a learned prior: their size is the loss's estimate, their levels, what is refused."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from btcnet_jax.codec import Level, Rate, network_codec
from btcnet_jax.config.model import PRIORS
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.container import Section, read_container, write_container
from btcnet_jax.container.header import EntropyModelId
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import ConfigError, FileFormatError, ModelMismatchError
from btcnet_jax.models.btcnet import build, run_model
from btcnet_jax.models.initialization import init_params
from btcnet_jax.models.prior_tables import make_tables
from btcnet_jax.ops.strips import split_strips
from btcnet_jax.parts.file_facts import read_level
from btcnet_jax.parts.whole_range import normalize_and_pad
from btcnet_jax.scene.value_range import require_range


@pytest.fixture(scope="module")
def model(learned):
    return learned()


@pytest.fixture(scope="module")
def codec(model):
    return network_codec(*model)


@pytest.fixture(scope="module")
def cube(smooth_cube):
    return smooth_cube(37, 50, seed=1)


@pytest.fixture(scope="module")
def data(codec, cube):
    return codec.compress(cube, Level(1))


def _estimated_bits(config, params, cube, level):
    scene = (cube - cube.min()) / np.float32(np.ptp(cube))
    x = jnp.asarray(scene, jnp.float32)[None]
    if config.decoder.context == "strip":
        x = split_strips(x[0], config.strip_cols)
    levels = jnp.full(len(x), level, jnp.int32)
    return float(run_model(build(config), params, x, levels, method="restore").bits.sum())


@pytest.mark.parametrize("context", ["strip", "tile"])
def test_a_file_is_within_1_percent_of_the_estimate_at_every_level(learned, smooth_cube, context):
    config, params = learned(context=context)
    tile, codec = smooth_cube(256, 256, seed=2), network_codec(config, params)
    for level in range(3):
        estimate = _estimated_bits(config, params, tile, level)
        assert estimate > 40_000, "a real rate, not a few headers"
        assert 8 * len(codec.compress(tile, Level(level))) == pytest.approx(estimate, rel=0.01)


@pytest.mark.parametrize("form", PRIORS)
def test_every_form_writes_what_it_estimates_untrained_too(learned, smooth_cube, form):
    config, _ = learned()
    config = dataclasses.replace(config, prior=form, bits=32)
    params, tile = init_params(config, 3), smooth_cube(256, 256, seed=2)
    estimate = _estimated_bits(config, params, tile, 2)
    assert 8 * len(network_codec(config, params).compress(tile)) == pytest.approx(
        estimate, rel=0.01
    )


def test_levels_have_rising_rates_and_the_finest_is_the_default(codec, cube):
    files = [codec.compress(cube, Level(level)) for level in range(3)]
    assert len(files[0]) < len(files[1]) < len(files[2])
    assert codec.compress(cube) == files[2]
    assert [read_level(read_compressed(file))[0] for file in files] == [0, 1, 2]
    restored = [codec.decompress(file).values.astype(float) for file in files]
    assert all(values.shape == cube.shape for values in restored)


def test_symbols_in_a_file_restore_the_latent_in_steps(model, codec, cube, data):
    _, params = model
    header = read_compressed(data).header
    assert header.entropy_model == EntropyModelId.FACTORIZED
    latent = codec._latent.read(read_compressed(data))
    steps = np.exp(np.asarray(params["prior"]["log_step"]))[1]
    exact = codec._encoder._transform.analyze(normalize_and_pad(cube, require_range(cube), (4, 4)))
    np.testing.assert_allclose(latent / steps, np.rint(exact / steps), atol=1e-3)
    assert np.abs(latent / steps).max() > 3


def test_the_finest_level_within_a_rate_is_chosen(codec, cube):
    rates = [8 * len(codec.compress(cube, Level(level))) / cube.size for level in range(3)]
    assert codec.compress(cube, Rate(rates[1])) == codec.compress(cube, Level(1))
    assert codec.compress(cube, Rate(99.0)) == codec.compress(cube, Level(2))
    with pytest.raises(
        ConfigError, match=rf"smallest file of this cube takes {rates[0]:.4f} bpppb"
    ):
        codec.compress(cube, Rate(rates[0] * 0.99))


@pytest.mark.parametrize("level", [-1, 3])
def test_levels_the_model_lacks_are_refused(codec, cube, level):
    with pytest.raises(ConfigError, match=f"no level {level}: it has levels 0 to 2"):
        codec.compress(cube, Level(level))


def test_rate_map_add_up_to_the_symbols(codec, cube, data):
    bits = codec.rate_map(data)
    assert bits.shape == (10, 13)
    payload = {s.kind: s.payload for s in read_container(data)}[SectionKind.SYMBOLS]
    assert 0 <= 8 * len(payload) - bits.sum() < 100


def test_files_are_coded_with_the_stored_tables_and_name_them(model, cube):
    config, params = model
    tables = make_tables(config, params)
    stored = {name: table.copy() for name, table in tables.items()}
    stored["frequencies"][..., :2] += [1, -1]
    one, other = network_codec(config, params, tables), network_codec(config, params, stored)
    assert one.compress(cube) == network_codec(config, params).compress(cube)
    assert one.compress(cube) != other.compress(cube)
    with pytest.raises(ModelMismatchError):
        other.decompress(one.compress(cube))
    other.fingerprint, other._readable = one.fingerprint, one._readable
    np.testing.assert_array_equal(
        other.decompress(other.compress(cube)).values, one.decompress(one.compress(cube)).values
    )


def test_a_cube_unlike_any_the_prior_knows_comes_back(learned, smooth_cube):
    config, params = learned()
    params["prior"]["log_step"] -= 6.0
    codec, cube = network_codec(config, params), smooth_cube(16, 16)
    data = codec.compress(cube)
    bits = codec.rate_map(data).sum()
    assert bits > 20 * 16 * 24, "almost every symbol is an escape"
    assert codec.decompress(data).values.shape == cube.shape


def test_truncated_and_altered_files_are_refused(learned, smooth_cube):
    config, params = learned(bands=4, latent_channels=3)
    codec = network_codec(config, params)
    data = codec.compress(smooth_cube(9, 9, 4))
    for length in range(len(data)):
        with pytest.raises(FileFormatError):
            codec.decompress(data[:length])
    for position in range(len(data)):
        altered = bytearray(data)
        altered[position] ^= 0x10
        with pytest.raises(FileFormatError):
            codec.decompress(bytes(altered))


def _replaced(data, kind, payload):
    sections = read_container(data)
    kept = [Section(s.kind, payload if s.kind == kind else s.payload) for s in sections]
    return write_container([s for s in kept if s.payload is not None])


@pytest.mark.parametrize(
    ("kind", "payload", "message"),
    [
        (SectionKind.QUANTIZER, None, "no QUANTIZER"),
        (SectionKind.QUANTIZER, b"", "truncated"),
        (SectionKind.QUANTIZER, b"\x00\x00", "wrong length"),
        (SectionKind.QUANTIZER, b"\x03", "tells of level 3, the model has 3"),
        (SectionKind.QUANTIZER, b"\xff" * 8 + b"\x7f", "tells of level"),
        (SectionKind.SYMBOLS, None, "no SYMBOLS"),
        (SectionKind.SYMBOLS, b"", "truncated"),
        (SectionKind.SYMBOLS, b"\x05\x00", "truncated"),
        (SectionKind.SYMBOLS, b"\x00" * 5, "damaged"),
    ],
)
def test_sections_put_together_by_hand_are_refused(codec, data, kind, payload, message):
    with pytest.raises(FileFormatError, match=message):
        codec.decompress(_replaced(data, kind, payload))


def test_a_header_of_another_entropy_model_is_refused(codec, data):
    header = read_compressed(data).header
    for other in (EntropyModelId.RAW, EntropyModelId.STATIC_TABLE):
        altered = dataclasses.replace(header, entropy_model=other).pack()
        with pytest.raises(FileFormatError, match="header tells of entropy_model"):
            codec.decompress(_replaced(data, SectionKind.HEADER, altered))


def test_garbage_in_place_of_symbols_never_gives_another_error(codec, data):
    random = np.random.default_rng(0)
    payload = {s.kind: s.payload for s in read_container(data)}[SectionKind.SYMBOLS]
    refused = 0
    for _ in range(40):
        garbage = bytearray(payload)
        garbage[random.integers(len(garbage))] ^= 1 << random.integers(8)
        try:
            codec.rate_map(_replaced(data, SectionKind.SYMBOLS, bytes(garbage)))
        except FileFormatError:
            refused += 1
    assert refused > 20
