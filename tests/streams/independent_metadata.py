"""METADATA, read by docs/FORMAT.md alone: what is known of a scene, by name."""

import numpy as np
from independent_bytes import Bytes, inflate, need, unpack, whole_array


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
