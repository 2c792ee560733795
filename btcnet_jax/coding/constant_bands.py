"""Bands of one value, which a file keeps exactly: which they are, and what they hold."""

import io
from itertools import groupby

import numpy as np
from jaxtyping import Bool, Num

from btcnet_jax.coding.varint import encode_varint, read_varint
from btcnet_jax.errors import FileFormatError


def encode_constant_bands(
    varying: Bool[np.ndarray, " bands"], values: Num[np.ndarray, " bands"]
) -> bytes:
    """Runs of bands that vary, or that share one value.

    Args:
        varying: False for constant bands.
        values: what the constant bands hold; the others are ignored.
    """
    little = values.astype(values.dtype.newbyteorder("<"))
    held = [None if v else x.tobytes() for v, x in zip(varying, little, strict=True)]
    parts = []
    for value, run in groupby(held):
        parts.append(encode_varint(2 * len(list(run)) + (value is not None)) + (value or b""))
    return b"".join(parts)


def decode_constant_bands(
    payload: bytes, bands: int, dtype: np.dtype
) -> tuple[Bool[np.ndarray, " bands"], Num[np.ndarray, " bands"]]:
    """Inverse of `encode_constant_bands`: which bands vary, and the value of the others.

    Raises:
        FileFormatError: the runs are not those of so many bands.
    """
    file = io.BytesIO(payload)
    found = read_constant_bands(file, bands, dtype)
    if file.read(1):
        raise FileFormatError("the list of constant bands is too long: the file is damaged")
    return found


def read_constant_bands(
    file: io.BytesIO, bands: int, dtype: np.dtype
) -> tuple[Bool[np.ndarray, " bands"], Num[np.ndarray, " bands"]]:
    """The same from a file's position on, which is left after the last run.

    Raises:
        FileFormatError: the runs are not those of so many bands.
    """
    varying, values = np.ones(bands, dtype=bool), np.zeros(bands, dtype)
    start = 0
    while start < bands:
        run, constant = divmod(read_varint(file)[0], 2)
        if not 0 < run <= bands - start:
            raise FileFormatError("the runs of constant bands do not add up: the file is damaged")
        if constant:
            varying[start : start + run] = False
            values[start : start + run] = _read_value(file, dtype)
        start += run
    return varying, values


def _read_value(file: io.BytesIO, dtype: np.dtype) -> Num[np.ndarray, ""]:
    data = file.read(dtype.itemsize)
    if len(data) < dtype.itemsize:
        raise FileFormatError("the list of constant bands is truncated: the file is damaged")
    return np.frombuffer(data, dtype.newbyteorder("<")).reshape(())
