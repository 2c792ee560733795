"""A network's latent coded by contexts: the same symbols in fewer bytes, and what is refused."""

import dataclasses

import numpy as np
import pytest

from btcnet_jax.codec import Level, network_codec
from btcnet_jax.coding.context import ComponentLevels
from btcnet_jax.config import Config, ModelConfig
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.container import Section, read_container, write_container
from btcnet_jax.container.header import EntropyModelId
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import ConfigError, FileFormatError
from btcnet_jax.models.channel_layout import channel_layout
from btcnet_jax.models.initialization import init_params
from btcnet_jax.models.klt_dct import fit, transform_params
from btcnet_jax.weights.coding_tables import coding_tables


@pytest.fixture(scope="module")
def model(learned):
    config, params = learned(context="tile")
    return dataclasses.replace(config, coding="contexts"), params


@pytest.fixture(scope="module")
def codec(model):
    return network_codec(*model)


@pytest.fixture(scope="module")
def cube(smooth_cube):
    return smooth_cube(37, 50, seed=1)


@pytest.fixture(scope="module")
def data(codec, cube):
    return codec.compress(cube, Level(1))


def _replaced(data, kind, payload):
    sections = read_container(data)
    return write_container([Section(kind, payload) if s.kind == kind else s for s in sections])


def test_the_symbols_are_those_that_the_prior_would_code(model, codec, cube, data):
    config, params = model
    plain = network_codec(dataclasses.replace(config, coding="prior"), params)
    for level in range(config.rate_levels):
        ours, theirs = codec.compress(cube, Level(level)), plain.compress(cube, Level(level))
        assert ours != theirs
        latents = [c._latent.read(read_compressed(f)) for c, f in ((codec, ours), (plain, theirs))]
        np.testing.assert_array_equal(*latents)
        np.testing.assert_array_equal(
            codec.decompress(ours).values, plain.decompress(theirs).values
        )
    assert read_compressed(data).header.entropy_model == EntropyModelId.CONTEXT


def test_places_take_what_the_section_takes(codec, data):
    file = read_compressed(data)
    bits = codec._latent.bits_by_place(file).sum()
    assert 8 * len(file.payload(SectionKind.SYMBOLS)) == pytest.approx(bits, abs=64)


def test_channels_are_found_where_a_klt_and_dct_put_them():
    config = ModelConfig(bands=9, latent_channels=12, bits=32, quantizer="learned")
    config.decoder.core_channels = 5
    blocks = np.random.default_rng(4).random((300, 4, 4, 9)).cumsum(axis=3).astype(np.float32)
    transform = fit(config, blocks)
    params = transform_params(config, init_params(config, 0), transform)
    # What training adds to the kernel must not hide them.
    kernel = params["decoder"]["spatial_restorer"]["conv_first"]["kernel"]
    noise = np.random.default_rng(5).normal(0, 0.05, kernel.shape)
    params["decoder"]["spatial_restorer"]["conv_first"]["kernel"] = kernel + noise
    component, frequency, sign = channel_layout(config, params).T
    np.testing.assert_array_equal(component, transform.component)
    np.testing.assert_array_equal(frequency, transform.frequency)
    assert (sign == 1).all()


def test_no_two_channels_share_a_place_and_signs_are_signs(model):
    layout = channel_layout(*model)
    assert len({(k, f) for k, f, _ in layout.tolist()}) == model[0].latent_channels
    assert set(layout[:, 2]) <= {-1, 1}


def test_a_coefficient_that_is_no_channel_is_refused(codec, data):
    symbols = codec._latent._symbols
    planes = np.zeros((symbols._components, 16, 10, 13), np.int32)
    free = {(k, p) for k in range(symbols._components) for p in range(16)}
    free -= set(zip(symbols._component.tolist(), symbols._position.tolist(), strict=True))
    planes[min(free)] = 1
    levels = ComponentLevels.of(planes)
    forged = _replaced(data, SectionKind.QUANTIZER, b"\x01" + levels.to_bytes())
    forged = _replaced(forged, SectionKind.SYMBOLS, symbols._coder.encode(planes, levels))
    with pytest.raises(FileFormatError, match="channels that the model lacks"):
        codec.decompress(forged)


def test_a_quantizer_section_without_levels_or_with_more_is_refused(codec, data):
    held = read_compressed(data).payload(SectionKind.QUANTIZER)
    for payload in (held[:1], held + b"\x00", held[:-1]):
        with pytest.raises(FileFormatError):
            codec.decompress(_replaced(data, SectionKind.QUANTIZER, payload))


def test_another_coder_is_refused(model):
    with pytest.raises(ConfigError, match="coded by contexts, with constriction alone"):
        network_codec(*model, coder="tfc")


def test_the_model_keeps_the_contexts_that_it_was_made_with(model):
    tables = coding_tables(*model)
    assert set(tables) == {"layout", "frequencies", "mean_weights", "scale_weights", "shifts"}
    other = tables | {"mean_weights": tables["mean_weights"] + 1}
    prints = [network_codec(*model, tables=t).fingerprint for t in (tables, other)]
    assert prints[0] != prints[1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"quantizer": "range", "bits": 8}, "model.quantizer=learned"),
        ({"start": "random"}, "model.start=klt-dct"),
        ({"scale": 2}, "prior where model.scale is 2"),
        ({"coding": "magic"}, "model.coding"),
    ],
)
def test_contexts_without_what_they_need_are_refused(options, message):
    model = {"quantizer": "learned", "start": "klt-dct", "coding": "contexts"}
    model |= {"bits": 32} | options
    with pytest.raises(ConfigError, match=message):
        Config(model=ModelConfig(**model)).validate()
