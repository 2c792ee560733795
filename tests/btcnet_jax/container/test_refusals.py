"""What docs/FORMAT.md calls damaged, and metadata that no reader would take."""

import zlib

import msgpack
import numpy as np
import pytest

from btcnet_jax.container import metadata
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.container import Section, write_container
from btcnet_jax.container.header import Header
from btcnet_jax.container.mask import unpack_mask
from btcnet_jax.container.metadata import pack_metadata, unpack_metadata
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import DataError, FileFormatError
from btcnet_jax.scene.scene import SceneInfo

HEADER = Header(
    rows=2,
    cols=3,
    bands=2,
    dtype="<i2",
    minimum=1,
    maximum=7,
    bits=32,
    latent_channels=16,
    fingerprint=bytes(8),
    entropy_model=3,
    codec=2,
    coder=1,
).pack()


def test_header_comes_first():
    header, unknown = Section(SectionKind.HEADER, HEADER), Section(200, b"later")
    basis = Section(SectionKind.BASIS, b"")
    read_compressed(write_container([unknown, header, basis]))
    for sections in ([], [basis], [basis, header]):
        with pytest.raises(FileFormatError, match="HEADER"):
            read_compressed(write_container(sections))


@pytest.mark.parametrize(
    "told",
    [
        {"band_names": "ab"},
        {"tags": [["a", "b"]]},
        {"glt": [-1, 2, bytes(16)]},
        {"glt": [2**63, 2, bytes(16)]},
        {"glt": [True, 2, bytes(16)]},
        {"nodata": True},
        {"band_mask": bytes(2)},
    ],
)
def test_metadata_of_another_type_are_refused(told):
    with pytest.raises(FileFormatError):
        unpack_metadata(zlib.compress(msgpack.packb(told)), (4, 5, 2))


def test_metadata_too_large_are_not_written(monkeypatch):
    info = SceneInfo(name="a", tags={"long": "x" * 1000}, glt=np.ones((2, 3, 2), np.int32))
    whole = pack_metadata(info)
    size = len(zlib.decompress(whole))
    monkeypatch.setattr(metadata, "MOST_BYTES", size)
    assert unpack_metadata(pack_metadata(info), (4, 5, 2))["tags"] == info.tags
    monkeypatch.setattr(metadata, "MOST_BYTES", size - 1)
    with pytest.raises(DataError, match="metadata take"):
        pack_metadata(info)
    with pytest.raises(FileFormatError):
        unpack_metadata(whole, (4, 5, 2))


def test_mask_of_more_planes_than_bands_is_refused():
    def payload(planes):
        runs = bytes([2, 0])
        return zlib.compress(b"\x01\x00\x00" + bytes([planes]) + runs + bytes(2 * planes))

    assert len(unpack_mask(payload(2), (2, 3, 2), np.dtype("<i2")).planes) == 2
    with pytest.raises(FileFormatError, match="more planes"):
        unpack_mask(payload(3), (2, 3, 2), np.dtype("<i2"))
