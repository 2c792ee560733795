"""Files made to use up time or memory, one of each kind that was found; their checksums are right."""

import dataclasses
import io
import struct
import zipfile
import zlib
from pathlib import Path

import h5py
import msgpack
import numpy as np
import rasterio
import scipy.io

from btcnet_jax.coding.constant_bands import encode_constant_bands
from btcnet_jax.coding.varint import encode_differences
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.container import Section, write_container
from btcnet_jax.container.limits import Limits
from btcnet_jax.container.sections import SectionKind
from data_pipeline.readers.raster import quiet_about_georeferencing

_GOLDEN = Path(__file__).parent.parent / "streams"
_ONE = {"bands": 1, "latent_channels": 16}


def make_all(folder: Path) -> list[Path]:
    """Writes them all into a folder."""
    for name, data in compressed_files().items():
        (folder / f"{name}.btcn").write_bytes(data)
    _make_cubes(folder)
    _make_tiffs(folder)
    with zipfile.ZipFile(folder / "model_bomb.btcmodel", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.json", b"{}")
        archive.writestr("params/x.npy", _saved(np.zeros(1 << 27, "<f4")))
    return sorted(folder.iterdir())


def compressed_files() -> dict[str, bytes]:
    """`.btcn` files by name."""
    basis = read_compressed((_GOLDEN / "universal.btcn").read_bytes()).sections[SectionKind.BASIS]
    zeros = struct.pack("<h", -40) + encode_differences([0] * 7)
    constant = encode_constant_bands(np.zeros(2, bool), np.zeros(2, np.int16))
    scene = {"rows": 32768, "cols": 32768, "bands": 2}
    return {
        "bands": _changed("universal", bands=1 << 31),
        "column": _changed("universal", rows=1_520_000, cols=1, **_ONE),
        "square": _changed("universal", rows=2470, cols=2470, **_ONE),
        "within_symbols": _changed("universal", {"SYMBOLS": bytes(400)}, **_largest()),
        "within_bytes": _changed("universal_constant", rows=1600, cols=1600, bands=26),
        "constant_then_bad": _changed(
            "universal_constant", {"CONSTANT_BANDS": constant, "MASK": b"x"}, **scene
        ),
        "basis_zero_30": _changed("universal", {"BASIS": zeros + bytes(28)}),
        "basis_zero_20000": _changed("universal", {"BASIS": zeros + bytes(20_000)}),
        "basis_wild": _changed("universal", {"BASIS": struct.pack("<h", 32767) + basis[2:]}),
        "metadata_bomb": _changed("universal", {"METADATA": _deflated({"name": "x" * (1 << 27)})}),
        "metadata_nested": _changed(
            "universal", {"METADATA": _deflated({"tags": [[]] * (1 << 24)})}
        ),
    }


def _largest() -> dict[str, int]:
    """Rows and columns of the largest square that the limits allow so small a file to tell of."""
    golden = read_compressed((_GOLDEN / "universal.btcn").read_bytes())
    side = 8
    while True:
        header = dataclasses.replace(golden.header, rows=side, cols=side)
        if Limits().needed(header, golden.sections, 400):
            return {"rows": side - 4, "cols": side - 4}
        side += 4


def _changed(name: str, sections: dict[str, bytes] | None = None, **header: int) -> bytes:
    file = read_compressed((_GOLDEN / f"{name}.btcn").read_bytes())
    known = {**file.sections, **{SectionKind[k]: data for k, data in (sections or {}).items()}}
    known[SectionKind.HEADER] = dataclasses.replace(file.header, **header).pack()
    if "bands" in header and name == "universal_constant" and not sections:
        bands = header["bands"]
        payload = encode_constant_bands(np.zeros(bands, bool), np.zeros(bands, np.int16))
        known[SectionKind.CONSTANT_BANDS] = payload
    return write_container([Section(kind, data) for kind, data in known.items()])


def _deflated(told: dict) -> bytes:
    return zlib.compress(msgpack.packb(told), 9)


def _saved(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def _make_cubes(folder: Path) -> None:
    cube = np.arange(5 * 6 * 7, dtype=np.int16).reshape(5, 6, 7)
    lists = {"cube": cube, "fwhm": np.zeros(1 << 28, np.uint8)}
    scipy.io.savemat(folder / "list_bomb.mat", lists, do_compression=True)
    scipy.io.savemat(folder / "struct_bomb.mat", {"hsi": lists}, do_compression=True)
    np.savez_compressed(folder / "list_bomb.npz", **lists)
    saved = (
        _saved(cube).replace(b"(5, 6, 7)", b"(5000000, 6000, 7)").replace(b" " * 9 + b"\n", b"\n")
    )
    (folder / "claims.npy").write_bytes(saved)
    with zipfile.ZipFile(folder / "claims.npz", "w") as archive:
        archive.writestr("cube.npy", saved)
    with h5py.File(folder / "unwritten.h5", "w") as file:
        file.create_dataset("cube", (20_000, 20_000, 3), "i4", chunks=(100, 100, 3))


def _make_tiffs(folder: Path) -> None:
    kinds = {
        "sparse": {
            "height": 40_000,
            "width": 40_000,
            "count": 5,
            "tiled": True,
            "compress": "deflate",
        },
        "tile": {
            "height": 90,
            "width": 90,
            "count": 2,
            "tiled": True,
            "blockxsize": 30_000,
            "blockysize": 30_000,
        },
        "many_bands": {"height": 2, "width": 2, "count": 65_535},
    }
    for name, options in kinds.items():
        with quiet_about_georeferencing():
            path = folder / f"{name}.tif"
            rasterio.open(
                path, "w", driver="GTiff", dtype="uint8", SPARSE_OK=True, **options
            ).close()
    entries = [(256, 2), (257, 2), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (279, 4)]
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    data = b"II*\0" + struct.pack("<I", 12) + bytes(4)
    for _ in range(20_000):
        data += struct.pack("<H", len(entries)) + directory
        data += struct.pack("<I", len(data) + 4)
    (folder / "pages.tif").write_bytes(data[:-4] + bytes(4))
