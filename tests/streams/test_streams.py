"""Golden files decode to the samples that they were written with, whatever has changed since."""

import numpy as np
import pytest
from golden_streams import FOLDER, NAMES, codec_of, decoded, scene_of

from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.header import CodecId, EntropyModelId
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import FileFormatError

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


def test_metadata_and_missing_samples_of_a_golden_file_are_exact():
    data = (FOLDER / "universal_metadata.btcn").read_bytes()
    scene, again = scene_of("universal_metadata"), codec_of("universal").decompress(data)
    for name, value in scene.info().items():
        np.testing.assert_array_equal(getattr(again, name), value, err_msg=name)
    missing = ~scene.valid()
    np.testing.assert_array_equal(again.values[missing], scene.values[missing])
    np.testing.assert_array_equal(again.values[..., 2], scene.values[..., 2])


def test_every_kind_of_section_and_codec_has_a_golden_file():
    files = [read_compressed((FOLDER / f"{name}.btcn").read_bytes()) for name in NAMES]
    assert {kind for file in files for kind in file.sections} == set(SectionKind) - {
        SectionKind.END
    }
    assert {file.header.codec for file in files} == set(CodecId)
    assert {file.header.entropy_model for file in files} == set(EntropyModelId)


def test_a_file_of_format_1_is_refused_in_one_line():
    data = (FOLDER / "format_1.btcn").read_bytes()
    with pytest.raises(FileFormatError, match=r"format version 1, which btcnet_jax reads no more"):
        read_compressed(data)
