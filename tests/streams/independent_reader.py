"""A second reader of `.btcn` files: header, metadata, constant bands and mask, without the samples.

It was written from docs/FORMAT.md alone, without a look at the package, and must stay so: it imports nothing
of `btcnet_jax` and changes only where the document does. Where the two disagree, one of the three is wrong.
"""

import math
import zlib
from pathlib import Path

import msgpack
import numpy as np

UNIVERSAL = 2
END, HEADER, CONSTANT_BANDS, MASK, METADATA = 0, 1, 9, 10, 128
SYMBOLS, TILE, TILE_GRID, TILE_INDEX = 4, 6, 12, 13
KNOWN = {HEADER, 2, 3, SYMBOLS, 5, TILE, 8, CONSTANT_BANDS, MASK, 11, TILE_GRID, TILE_INDEX, 14}
KNOWN |= {METADATA, 130}
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


class Refused(ValueError):
    """The file is damaged, or not for this reader."""


def need(condition, what):
    if not condition:
        raise Refused(what)


class Bytes:
    """Bytes that are taken from front to back."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        need(n <= len(self.data) - self.at, "bytes are missing")
        self.at += n
        return self.data[self.at - n : self.at]

    def varint(self):
        value = 0
        for group in range(9):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << 7 * group
            if byte < 0x80:
                return value
        raise Refused("varint of more than nine bytes")

    def difference(self):
        w = self.varint()
        return -(w + 1) // 2 if w % 2 else w // 2

    def array(self, n, kind):
        """Numbers that stand little-endian, in the byte order of their type."""
        kind = np.dtype(kind)
        return np.frombuffer(self.take(n * kind.itemsize), kind.newbyteorder("<")).astype(kind)

    def end(self):
        need(self.at == len(self.data), "surplus bytes")


def whole_array(data, n, kind):
    need(type(data) is bytes, "bin expected")
    source = Bytes(data)
    values = source.array(n, kind)
    source.end()
    return values


def unpack(data, **options):
    try:
        return msgpack.unpackb(data, **options)  # raises where bytes follow
    except Exception as error:
        raise Refused(f"not one MessagePack object: {error}") from error


def inflate(data, limit):
    stream = zlib.decompressobj()
    try:
        inflated = stream.decompress(data, limit + 1)
    except zlib.error as error:
        raise Refused(f"zlib: {error}") from error
    need(len(inflated) <= limit, "inflates to more than allowed")
    need(stream.eof and not stream.unused_data, "not exactly one zlib stream")
    return inflated


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


def read_tiles(container, header):
    """The tiles in order, without their numbers; none where symbols are in one piece."""
    kinds = [kind for kind, _ in container["sections"]]
    if TILE not in kinds:
        need(TILE_GRID not in kinds, "TILE_GRID without tiles")
        return []
    first, count = kinds.index(TILE), kinds.count(TILE)
    need(header["codec"] == UNIVERSAL and SYMBOLS not in kinds, "tiles beside SYMBOLS")
    need(kinds[first:] == [TILE] * count + [TILE_INDEX], "order of tiles and index")
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
    need(lengths == [length for _, length in container["places"][first:-1]], "lengths of tiles")
    need(start == container["places"][-1][0], "start of the index")
    tiles = []
    for number, payload in enumerate(payloads[first:-1]):
        source = Bytes(payload)
        need(source.varint() == number, "number of a tile")
        tiles.append(payload[source.at :])
    return tiles


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
        header["entropy_model"] in range(4),
        header["codec"] in (1, 2),
        header["coder"] in range(4),
    )
    need(all(known), "unknown entropy model, codec or coder")
    return header


def packed_numbers(data, bands):
    need(type(data) is bytes, "bin expected")
    source = Bytes(data)
    digits = source.take(1)[0]
    if digits == 255:
        return whole_array(data[1:], bands, np.float64)
    need(digits <= 9, f"{digits} digits")
    whole = np.cumsum([source.difference() for _ in range(bands)], dtype=object).tolist()
    source.end()
    need(max(map(abs, whole)) <= 2**52, "number beyond 2^52")
    return np.array([number / 10**digits for number in whole])


def text(value):
    need(type(value) is str, "str expected")
    return value


def names(value, bands):
    need(type(value) is list and len(value) == bands, "an array, one a band, expected")
    return [text(each) for each in value]


def number(value):
    need(type(value) in (int, float), "number expected")
    return value


def control_points(data):
    need(type(data) is bytes, "bin expected")
    return whole_array(data, len(data) // 40 * 5, np.float64).reshape(-1, 5)


def lookup_table(value):
    need(type(value) is list and len(value) == 3, "array of three expected")
    rows, columns, table = value
    need(type(rows) is type(columns) is int and min(rows, columns) >= 1, "size of glt")
    steps = whole_array(table, rows * columns * 2, np.uint32).reshape(rows, columns, 2)
    return np.cumsum(steps, axis=1, dtype=np.uint32).view(np.int32)


def tags(value):
    need(type(value) is dict, "map expected")
    return {text(key): text(each) for key, each in value.items()}


def typed_numbers(data):
    need(type(data) is bytes, "bin expected")
    source = Bytes(data)
    kind = source.take(2).decode("ascii")
    need(
        kind in ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8"],
        "type of numbers",
    )
    n_axes = source.varint()
    need(n_axes <= 8, "axes of numbers")
    shape = [source.varint() for _ in range(n_axes)]
    numbers = source.array(int(np.prod(shape, dtype=object)), np.dtype("<" + kind)).reshape(shape)
    source.end()
    return numbers


def tag(value):
    return typed_numbers(value) if type(value) is bytes else text(value)


def calibration(data, bands):
    numbers = typed_numbers(data)
    need(numbers.dtype.kind == "f" and numbers.dtype.itemsize > 2, "floats expected")
    need(numbers.shape == (bands,), "a float a band")
    return numbers


def axes(value):
    order = tuple(text(value).split(","))
    need(sorted(order) == ["bands", "cols", "rows"], "order of axes")
    return order


def numbers_of_tags(value):
    need(type(value) is dict, "map expected")
    return {text(key): typed_numbers(each) for key, each in value.items()}


def parts(value):
    """Values by part and name."""
    need(type(value) is dict, "map expected")
    found = {}
    for key, each in value.items():
        part, mark, name = text(key).partition("/")
        need(mark == "/", "part/name expected")
        found.setdefault(part, {})[name] = tag(each)
    return found


def arrays_of_axes(value, shape, transform):
    found = parts(value)
    if transform is not None and transform[1] == transform[3] == 0:
        a, _, c, _, e, f = transform
        centers = {
            "rows": f + e * (np.arange(shape[0]) + 0.5),
            "cols": c + a * (np.arange(shape[1]) + 0.5),
        }
        for axis in centers.keys() & found.keys():
            for name, array in found[axis].items():
                if array.shape == (0,):
                    found[axis][name] = centers[axis].astype(array.dtype)
    sizes = dict(zip(("rows", "cols", "bands"), shape, strict=True))
    for axis, arrays in found.items():
        for array in arrays.values():
            need(type(array) is not str and array.shape == (sizes[axis],), "array of an axis")
    return found


def read_metadata(payload, shape):
    """What is known of the scene, by name."""
    bands = shape[2]
    told = unpack(inflate(payload, 2**28), unicode_errors="surrogateescape")
    need(type(told) is dict, "METADATA is no map")
    decode = {
        "name": text,
        "variable": text,
        "wavelengths": lambda data: packed_numbers(data, bands),
        "fwhm": lambda data: packed_numbers(data, bands),
        "band_names": lambda value: names(value, bands),
        "band_mask": lambda data: np.unpackbits(whole_array(data, -(-bands // 8), np.uint8))[
            :bands
        ].astype(bool),
        "nodata": number,
        "crs": text,
        "transform": lambda data: whole_array(data, 6, np.float64),
        "gcps": control_points,
        "glt": lookup_table,
        "tags": tags,
        "tag_numbers": numbers_of_tags,
        "scale": lambda data: calibration(data, bands),
        "offset": lambda data: calibration(data, bands),
        "units": text,
        "axes": axes,
        "names": tags,
        "part_tags": parts,
        "axis_arrays": lambda value: value,
    }
    found = {key: decode[key](value) for key, value in told.items() if key in decode}
    if "axis_arrays" in found:
        found["axis_arrays"] = arrays_of_axes(found["axis_arrays"], shape, found.get("transform"))
    return found


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


def read(path):
    """All that a file says of its scene besides the samples.

    Returns:
        container: version, and sections with kind and payload; header: elements by name; metadata: by key,
        what is known; constant: value by number of the band; mask: `missing` and `held`, one entry a sample.

    Raises:
        Refused: the file is damaged, or of a format that this is not.
    """
    container = read_container(Path(path).read_bytes())
    payloads = dict(container["sections"])
    header = read_header(payloads[HEADER])
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
        need(header["codec"] == UNIVERSAL or not constant, "constant bands in a network's file")
    if MASK in payloads:
        mask = read_mask(payloads[MASK], shape, dtype)
    return {
        "container": container,
        "tiles": read_tiles(container, header),
        "header": header,
        "metadata": metadata,
        "constant": constant,
        "mask": mask,
    }
