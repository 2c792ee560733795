"""Golden files decode to the samples that they were written with, whatever has changed since."""

import dataclasses

import numpy as np
import pytest
from golden_streams import (
    BASED,
    BOUNDED,
    EARLIER_CONTEXTS,
    FOLDER,
    NAMES,
    WRITTEN,
    codec_of,
    decoded,
    scene_of,
)

from btcnet_jax.codec import Rate, universal_codec
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.header import CodecId, EntropyModelId
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import FileFormatError
from btcnet_jax.models.detail_net import DetailNet, init_detail_params
from btcnet_jax.weights.weight_file import load_weights

_TOLD = (
    "a golden file no longer decodes to its samples: the format or the weights changed. Before release 0.2.0 "
    "write it again with python tests/streams/golden_streams.py --again NAME and name it in the CHANGELOG; "
    "after it, never"
)


@pytest.mark.parametrize("name", NAMES)
def test_golden_file_decodes_to_its_samples(name):
    data = (FOLDER / f"{name}.btcn").read_bytes()
    found = decoded(name, data)
    with np.load(FOLDER / f"{name}.npz") as golden:
        if "latent" in golden:
            np.testing.assert_array_equal(found["latent"], golden["latent"], err_msg=_TOLD)
        # Samples come from float32 networks: a processor may round one differently.
        samples = golden["samples"]
    assert found["samples"].dtype == samples.dtype
    difference = np.abs(found["samples"].astype(int) - samples)
    assert difference.max() <= 1, _TOLD
    assert np.count_nonzero(difference) <= 0.01 * difference.size, _TOLD


@pytest.mark.parametrize("name", BOUNDED)
def test_a_file_of_bounded_errors_is_read_and_written_to_the_last_bit(name):
    data = (FOLDER / f"{name}.btcn").read_bytes()
    assert codec_of(name).compress(scene_of(name), BOUNDED[name]) == data, _TOLD
    found = decoded(name, data)
    with np.load(FOLDER / f"{name}.npz") as golden:
        np.testing.assert_array_equal(found["latent"], golden["latent"], err_msg=_TOLD)
        assert found["samples"].tobytes() == golden["samples"].tobytes(), _TOLD


@pytest.mark.parametrize("name", BASED)
def test_a_file_with_a_base_is_read_to_the_last_bit_within_its_bounds(name):
    data = (FOLDER / f"{name}.btcn").read_bytes()
    found, scene = decoded(name, data), scene_of(name)
    with np.load(FOLDER / f"{name}.npz") as golden:
        np.testing.assert_array_equal(found["latent"], golden["latent"], err_msg=_TOLD)
        assert found["samples"].tobytes() == golden["samples"].tobytes(), _TOLD
    apart = np.abs(found["samples"].astype(float) - scene.values.astype(float))
    assert (apart.max(axis=(0, 1)) <= np.broadcast_to(BASED[name].error, 24)).all()


def test_a_file_is_read_whatever_network_restores_it():
    # Written with weights whose fingerprint named their network too, as format 1 of weights has it.
    data, weights = (FOLDER / "universal.btcn").read_bytes(), load_weights()
    tiny = init_detail_params(DetailNet(components=2, width=2, blocks=1), 0)
    other = universal_codec(dataclasses.replace(weights, detail=tiny, network=b"anything"))
    with np.load(FOLDER / "universal.npz") as golden:
        latent, samples = golden["latent"], golden["samples"]
    np.testing.assert_array_equal(other._latent.read(read_compressed(data)), latent)
    restored = other.decompress(data).values
    assert (restored != samples).any()
    assert np.abs(restored.astype(int) - samples).max() < 10


@pytest.mark.parametrize("name", WRITTEN)
def test_a_file_of_the_universal_codec_is_written_as_ever(name):
    data = codec_of(name).compress(scene_of(name), Rate(4.0))
    assert data == (FOLDER / f"{name}.btcn").read_bytes(), _TOLD


def test_files_of_contexts_that_shipped_before_name_them():
    for name, fingerprint in EARLIER_CONTEXTS.items():
        header = read_compressed((FOLDER / f"{name}.btcn").read_bytes()).header
        if header.codec == CodecId.UNIVERSAL:
            assert header.fingerprint.hex() == fingerprint != load_weights().fingerprint.hex()


@pytest.mark.parametrize("name", ["universal", "universal_adaptive"])
def test_bits_by_place_are_those_of_the_contexts_that_a_file_names(name):
    data = (FOLDER / f"{name}.btcn").read_bytes()
    symbols = read_compressed(data).sections[SectionKind.SYMBOLS]
    told = codec_of(name).rate_map(data).sum()
    assert told == pytest.approx(8 * len(symbols), rel=0.02)


def test_metadata_and_missing_samples_of_a_golden_file_are_exact():
    data = (FOLDER / "universal_metadata.btcn").read_bytes()
    scene, again = scene_of("universal_metadata"), codec_of("universal").decompress(data)
    for name, value in scene.info().items():
        np.testing.assert_array_equal(getattr(again, name), value, err_msg=name)
    missing = ~scene.valid()
    np.testing.assert_array_equal(again.values[missing], scene.values[missing])
    np.testing.assert_array_equal(again.values[..., 2], scene.values[..., 2])


def test_every_kind_of_section_and_codec_has_a_golden_file():
    names = (*NAMES, *BOUNDED, *BASED)
    files = [read_compressed((FOLDER / f"{name}.btcn").read_bytes()) for name in names]
    kinds = {kind for file in files for kind in file.sections}
    # Those that a file of tiles has beside its sections.
    assert any(file.tiles for file in files)
    beside = {SectionKind.TILE, SectionKind.TILE_INDEX, SectionKind.END, SectionKind.STREAM_END}
    # Of plans, which are no files of scenes.
    beside |= {SectionKind.PLAN, SectionKind.PROJECTION, SectionKind.INTEGERS}
    assert kinds == set(SectionKind) - beside
    assert {file.header.codec for file in files} == set(CodecId)
    assert {file.header.entropy_model for file in files} == set(EntropyModelId)


def test_a_file_of_format_1_is_refused_in_one_line():
    data = (FOLDER / "format_1.btcn").read_bytes()
    with pytest.raises(FileFormatError, match=r"format version 1, which btcnet_jax reads no more"):
        read_compressed(data)
