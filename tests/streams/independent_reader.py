"""A second reader of `.btcn` files: all that they say but the samples, and those of bounded errors.

It was written from docs/FORMAT.md and docs/FORMAT_CODING.md alone, without a look at the package, and must stay
so: it imports nothing of `btcnet_jax` and changes only where the documents do. Where two disagree, one of the
three is wrong. METADATA is in `independent_metadata`, ADAPTIVE_BASIS in `independent_basis`, BOUNDS and its
tiles in `independent_bounded`.
"""

import math
import zlib
from pathlib import Path

import numpy as np
from independent_basis import read_adaptive_basis
from independent_bounded import read_samples
from independent_bytes import Bytes, Refused, inflate, need, unpack
from independent_metadata import read_metadata

__all__ = ["Refused", "read"]

NETWORK, UNIVERSAL, BOUNDED = 1, 2, 3
BASIS = 8
END, HEADER, CONSTANT_BANDS, MASK, METADATA = 0, 1, 9, 10, 128
SYMBOLS, TILE, TILE_GRID, TILE_INDEX, ADAPTIVE_BASIS, BOUNDS = 4, 6, 12, 13, 14, 15
KNOWN = {
    HEADER,
    2,
    3,
    SYMBOLS,
    5,
    TILE,
    BASIS,
    CONSTANT_BANDS,
    MASK,
    11,
    TILE_GRID,
    TILE_INDEX,
    ADAPTIVE_BASIS,
    BOUNDS,
}
STREAM, STREAM_END = 16, 17
KNOWN |= {METADATA, 130, STREAM, STREAM_END}
LONG_TYPES = [order + kind + size for order in "<>" for kind in "uif" for size in "248"]
FIELDS = {
    "record": int,
    "rows": int,
    "columns": int,
    "bands": int,
    "dtype": str,
    "minimum": (int, float),
    "maximum": (int, float),
    "bits": int,
    "latent_channels": int,
    "fingerprint": bytes,
    "entropy_model": int,
    "codec": int,
    "coder": int,
}
OPTIONAL = {"objective": (int, 0)}


def read_container(data):
    """All sections before END, each its kind and payload, and the version."""
    source, sections, seen, places = Bytes(data), [], set(), []
    need(source.take(4) == b"BTCN", "not a .btcn file")
    version = source.take(1)[0]
    need(version == 2, f"version {version}")
    while True:
        start = source.at
        kind = source.take(1)[0]
        payload = source.take(source.varint())
        crc = zlib.crc32(data[start : source.at])
        need(source.take(4) == crc.to_bytes(4, "little"), f"CRC of section {kind}")
        if kind == END:
            break
        sections.append((kind, payload))
        places.append((start, source.at - start))
        if kind in KNOWN:
            need(kind not in seen or kind == TILE, f"section {kind} twice")
            seen.add(kind)
            need(HEADER in seen, "HEADER is not the first known section")
        else:
            need(kind >= 128, f"unknown critical section {kind}")
    need(payload == b"", "END with a payload")
    source.end()
    need(HEADER in seen, "no HEADER")
    return {"version": version, "sections": sections, "places": places}


def read_stream_end(container):
    """Rows of a stream, None of other files; notes which sections stand between its tiles and their index."""
    kinds = [kind for kind, _ in container["sections"]]
    container["after"] = []
    need((STREAM in kinds) == (STREAM_END in kinds), "STREAM and STREAM_END")
    if STREAM not in kinds:
        return None
    need(TILE in kinds and kinds.index(STREAM) + 1 == kinds.index(TILE), "STREAM before tiles")
    at = kinds.index(STREAM_END)
    need(dict(container["sections"])[STREAM] == b"", "STREAM with a payload")
    told = container["sections"][at][1]
    need(len(told) == 16 and container["places"][at][1] == 22, "length of STREAM_END")
    rows, mask = (int.from_bytes(told[i : i + 8], "little") for i in (0, 8))
    need((MASK in kinds) == (mask > 0), "MASK of a stream")
    if mask:
        need(kinds[at - 1] == MASK and container["places"][at - 1][1] == mask, "place of MASK")
    container["after"] = [MASK, STREAM_END] if mask else [STREAM_END]
    return rows


def read_tiles(container, header):
    """The tiles in order, without their numbers, and the size of each; none where symbols are in one piece."""
    kinds = [kind for kind, _ in container["sections"]]
    if TILE not in kinds:
        need(TILE_GRID not in kinds, "TILE_GRID without tiles")
        return [], None
    first, count = kinds.index(TILE), kinds.count(TILE)
    need(header["codec"] != NETWORK and SYMBOLS not in kinds, "tiles beside SYMBOLS")
    after = kinds[first + count :]
    need(after == ([*container["after"], TILE_INDEX]), "order of tiles and index")
    need(kinds[first : first + count] == [TILE] * count, "something between tiles")
    need(TILE_GRID in kinds, "no TILE_GRID")
    payloads = [payload for _, payload in container["sections"]]
    sides = Bytes(payloads[kinds.index(TILE_GRID)])
    grid = [-(-header[name] // 4) for name in ("rows", "columns")]
    tile = [sides.varint() for _ in grid]
    sides.end()
    need(all(1 <= t <= g for t, g in zip(tile, grid, strict=True)), "size of tiles")
    need(math.prod(-(-g // t) for t, g in zip(tile, grid, strict=True)) == count, "number of tiles")
    index = Bytes(payloads[-1])
    lengths = [index.varint() for _ in range(count)]
    start = int.from_bytes(index.take(8), "little")
    index.end()
    places = container["places"][first : first + count]
    need(lengths == [length for _, length in places], "lengths of tiles")
    need(start == container["places"][-1][0], "start of the index")
    tiles = []
    for number, payload in enumerate(payloads[first : first + count]):
        source = Bytes(payload)
        need(source.varint() == number, "number of a tile")
        tiles.append(payload[source.at :])
    return tiles, tile


def read_header(payload):
    """The elements by name."""
    values = unpack(payload)
    need(type(values) is list and values[:1] == [2] and type(values[0]) is int, "record version")
    need(len(values) >= len(FIELDS), "elements of HEADER are missing")
    header = dict(zip(FIELDS, values, strict=False))
    for (name, (kind, default)), at in zip(OPTIONAL.items(), range(len(FIELDS), 99), strict=False):
        header[name] = values[at] if at < len(values) else default
        need(isinstance(header[name], kind) and type(header[name]) is not bool, f"type of {name}")
    need(header["objective"] >= 0, "objective")
    for name, kind in FIELDS.items():
        need(isinstance(header[name], kind) and type(header[name]) is not bool, f"type of {name}")
    need(header["dtype"] in ["|u1", "|i1", *LONG_TYPES], "type of the samples")
    dtype = np.dtype(header["dtype"])
    limits, family = (np.finfo(dtype), float) if dtype.kind == "f" else (np.iinfo(dtype), int)
    low, high = header["minimum"], header["maximum"]
    need(type(low) is type(high) is family, "type of the range")
    need(family(limits.min) <= low <= high <= family(limits.max), "range")  # so not of NaN
    shape = header["rows"], header["columns"], header["bands"]
    need(min(shape) >= 1 and math.prod(shape) <= 2**40, "size of the scene")
    need(header["bits"] in (2, 3, 4, 5, 6, 7, 8, 32), "bits")
    need(1 <= header["latent_channels"] <= 65535, "latent channels")
    need(len(header["fingerprint"]) == 8, "fingerprint")
    known = (
        header["entropy_model"] in range(9),
        header["codec"] in (NETWORK, UNIVERSAL, BOUNDED),
        header["coder"] in range(4),
    )
    need(all(known), "unknown entropy model, codec or coder")
    return header


def read_constant_bands(payload, bands, dtype):
    """The value of each constant band, by the band's number."""
    source, band, constant = Bytes(payload), 0, {}
    while band < bands:
        w = source.varint()
        need(1 <= w // 2 <= bands - band, "runs of CONSTANT_BANDS")
        if w % 2:
            value = source.array(1, dtype)[0]
            constant.update(dict.fromkeys(range(band, band + w // 2), value))
        band += w // 2
    source.end()
    return constant


def read_mask(payload, shape, dtype):
    """Which samples are no data, and what each of those holds; 0 where a sample is data."""
    rows, columns, bands = shape
    source = Bytes(inflate(payload, bands * (rows * columns + 20) + 254 * dtype.itemsize + 20))
    n_fills = source.varint()
    need(1 <= n_fills <= 254, "number of fills")
    fills = source.array(n_fills, dtype)
    n_planes = source.varint()
    need(1 <= n_planes <= bands, "number of planes")
    plane_of = []
    while len(plane_of) < bands:
        n, plane = source.varint(), source.varint()
        need(1 <= n <= bands - len(plane_of) and plane < n_planes, "runs of MASK")
        plane_of += [plane] * n
    width = -(-columns // 8) if n_fills == 1 else columns
    stored = source.array(n_planes * rows * width, np.uint8).reshape(n_planes, rows, width)
    source.end()
    codes = np.bitwise_xor.accumulate(stored, axis=1)
    if n_fills == 1:
        codes = np.unpackbits(codes, axis=2)[:, :, :columns]
    need(codes.max() <= n_fills, "code above the number of fills")
    codes = np.moveaxis(codes[plane_of], 0, 2)
    held = np.concatenate([np.zeros(1, dtype), fills], dtype=dtype)[codes]
    return {"missing": codes > 0, "held": held}


def read(path, symbols=None):
    """All that a file says of its scene besides the samples.

    Returns:
        container: version, and sections with kind and payload; header: elements by name; metadata: by key,
        what is known; constant: value by number of the band; mask: `missing` and `held`, one entry a sample;
        basis: the matrix of ADAPTIVE_BASIS, None without; bounds and samples: of a file that bounds the error,
        of one with a base where `symbols` decodes its symbols, which this reader does not.

    Raises:
        Refused: the file is damaged, or of a format that this is not.
    """
    container = read_container(Path(path).read_bytes())
    payloads = dict(container["sections"])
    header = read_header(payloads[HEADER])
    rows = read_stream_end(container)
    if rows is not None:
        header = {**header, "rows": rows}
    shape = header["rows"], header["columns"], header["bands"]
    dtype, bands = np.dtype(header["dtype"]), header["bands"]
    metadata, constant = {}, {}
    mask = {
        "missing": np.broadcast_to(False, shape),
        "held": np.broadcast_to(np.zeros((), dtype), shape),
    }
    if METADATA in payloads:
        metadata = read_metadata(payloads[METADATA], shape)
    if CONSTANT_BANDS in payloads:
        constant = read_constant_bands(payloads[CONSTANT_BANDS], bands, dtype)
        need(header["codec"] != NETWORK or not constant, "constant bands in a network's file")
    if MASK in payloads:
        mask = read_mask(payloads[MASK], shape, dtype)
    basis = None
    if ADAPTIVE_BASIS in payloads:
        need(
            BASIS not in payloads and header["codec"] != NETWORK,
            "ADAPTIVE_BASIS beside BASIS, or a network's",
        )
        varying = bands - len(constant)
        basis = read_adaptive_basis(
            payloads[ADAPTIVE_BASIS], header["latent_channels"] // 16, varying
        )
    tiles, grid = read_tiles(container, header)
    found = {
        "container": container,
        "tiles": tiles,
        "header": header,
        "metadata": metadata,
        "constant": constant,
        "mask": mask,
        "basis": basis,
        "bounds": None,
        "samples": None,
    }
    bounded = header["entropy_model"] in (5, 7, 8)
    need((header["codec"] == BOUNDED) == bounded, "codec and entropy model")
    if header["codec"] == BOUNDED and len(constant) < bands:
        need(BOUNDS in payloads and grid is not None, "BOUNDS and tiles")
        based = header["entropy_model"] in (7, 8)
        need(based == (basis is not None), "ADAPTIVE_BASIS and a base")
        found["grid"] = grid
        if based and symbols is None:
            return found
        found["bounds"], found["samples"] = read_samples(
            found, payloads[BOUNDS], grid, symbols if based else None
        )
    return found
