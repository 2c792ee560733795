"""The HEADER section: what a reader must know before anything else, in some 30 bytes.

The record is a MessagePack array whose first element is its version. A later minor version may add
elements at the end, which this reader ignores; a change of the others raises the version.
"""

import re
from dataclasses import astuple, dataclass
from enum import IntEnum
from typing import Any

import msgpack
import numpy as np

from btcnet_jax.errors import FileFormatError

RECORD_VERSION = 2
FINGERPRINT_BYTES = 8
MAX_SAMPLES = 1 << 40
MAX_LATENT_CHANNELS = 65535
UNQUANTIZED_BITS = 32
MOST_BYTES = 1 << 12

# Elements at the end that a record need not have.
_OPTIONAL = 1

_DTYPE = re.compile(r"\|[iu]1|[<>][iu][248]|[<>]f[248]")

# Types of the fields as MessagePack gives them; the fields not named here are int.
_FIELD_TYPES: dict[str, tuple[type, ...]] = {
    "dtype": (str,),
    "minimum": (int, float),
    "maximum": (int, float),
    "fingerprint": (bytes,),
}


class EntropyModelId(IntEnum):
    """How the latent is coded."""

    RAW = 0
    STATIC_TABLE = 1
    FACTORIZED = 2
    CONTEXT = 3
    DEPENDENT_CONTEXT = 4
    ADAPTIVE = 5
    SURPRISED_CONTEXT = 6
    BASED_ADAPTIVE = 7
    BASED_LANES = 8


DEPENDENT = frozenset({EntropyModelId.DEPENDENT_CONTEXT, EntropyModelId.SURPRISED_CONTEXT})
"""By contexts, symbols of two quantizers in turn: contexts that do not know surprise, or do."""
CONTEXTS = frozenset({EntropyModelId.CONTEXT, *DEPENDENT})
"""By contexts: each symbol of one quantizer, or of two in turn."""
BASED = frozenset({EntropyModelId.BASED_ADAPTIVE, EntropyModelId.BASED_LANES})
"""Samples within bounds beside a base: bands one after another, or in two lanes."""
BOUNDED = frozenset({EntropyModelId.ADAPTIVE, *BASED})
"""Samples within bounds: what decoded neighbors leave of them, or of what they are beside a base."""


class CodecId(IntEnum):
    """Which codec wrote a file."""

    NETWORK = 1
    UNIVERSAL = 2
    BOUNDED = 3


class Objective(IntEnum):
    """What the writer made best; `--optimize` and `load(optimize=...)` take the names in small letters."""

    PSNR = 0
    RMSE = 1
    SAM = 2
    BALANCED = 3


class CoderId(IntEnum):
    """What turned the symbols into bytes."""

    NONE = 0
    RANGE = 1
    HUFFMAN = 2
    TFC = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The header of a compressed cube; it checks itself when made.

    Attributes:
        rows: rows of the original cube.
        cols: columns of the original cube.
        bands: bands of the original cube.
        dtype: its NumPy type with byte order, such as "<i2", "|u1" or ">f4".
        minimum: its least valid value, exact: int for an integer dtype, else float.
        maximum: its greatest value, likewise.
        bits: of the model's quantizers by the range, 2 to 8, or 32 for none; so of a latent symbol of
            STATIC_TABLE.
        latent_channels: channels of the latent.
        fingerprint: 8 bytes that name the model that made the file.
        entropy_model: how the latent is coded.
        codec: which codec wrote the file, a `CodecId`.
        coder: what turned the symbols into bytes, a `CoderId`.
        objective: what the writer made best, an `Objective`, or a number of a later version. Nobody needs it to
            decode: a record of 0 has no such element.

    Raises:
        FileFormatError: a field out of range.
    """

    rows: int
    cols: int
    bands: int
    dtype: str
    minimum: int | float
    maximum: int | float
    bits: int
    latent_channels: int
    fingerprint: bytes
    entropy_model: int
    codec: int
    coder: int
    objective: int = Objective.PSNR

    def __post_init__(self) -> None:
        self._check_sizes()
        self._check_values()
        self._check_model()

    @property
    def is_universal(self) -> bool:
        """Whether the universal codec wrote the file; else a trained network did."""
        return self.codec == CodecId.UNIVERSAL

    @property
    def is_bounded(self) -> bool:
        """Whether the file promises how far each sample is from what it was."""
        return self.codec == CodecId.BOUNDED

    def pack(self) -> bytes:
        """The payload of the HEADER section."""
        fields = astuple(self)
        return bytes(msgpack.packb([RECORD_VERSION, *(fields if self.objective else fields[:-1])]))

    @classmethod
    def unpack(cls, payload: bytes) -> "Header":
        """Reads what `pack` wrote.

        Raises:
            FileFormatError: not such a record, of a newer version, or with an invalid field.
        """
        record = _unpack_record(payload)
        names = cls.__slots__
        if len(record) - 1 < len(names) - _OPTIONAL:
            count = len(names) - _OPTIONAL
            raise FileFormatError(f"the header has {len(record) - 1} fields, not {count}")
        fields = dict(zip(names, record[1:], strict=False))
        for name, value in fields.items():
            # bool is an int to isinstance, but not to a header.
            if type(value) not in _FIELD_TYPES.get(name, (int,)):
                raise FileFormatError(f"the header's {name} is of type {type(value).__name__}")
        return cls(**fields)

    def _check_sizes(self) -> None:
        for name in ("rows", "cols", "bands", "latent_channels"):
            value = getattr(self, name)
            if value < 1:
                raise FileFormatError(f"the header's {name} is {value}, not 1 or more")
        samples = self.rows * self.cols * self.bands
        if samples > MAX_SAMPLES:
            raise FileFormatError(
                f"the header tells of {self.rows} x {self.cols} x {self.bands} samples, more"
                f" than the 2**{MAX_SAMPLES.bit_length() - 1} a file may hold"
            )
        if self.latent_channels > MAX_LATENT_CHANNELS:
            raise FileFormatError(f"the header tells of {self.latent_channels} latent channels")
        if self.bits not in (*range(2, 9), UNQUANTIZED_BITS):
            raise FileFormatError(f"the header's bits are {self.bits}, not 2 to 8 or 32")

    def _check_values(self) -> None:
        if not _DTYPE.fullmatch(self.dtype):
            raise FileFormatError(f"the header names no known type of sample: {self.dtype!r:.40}")
        dtype = np.dtype(self.dtype)
        expected = float if dtype.kind == "f" else int
        if type(self.minimum) is not expected or type(self.maximum) is not expected:
            raise FileFormatError(f"the header's range does not have the type {self.dtype}")
        limits = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)
        low, high = expected(limits.min), expected(limits.max)
        # A NaN fails every comparison, and no infinity lies within the limits.
        if not low <= self.minimum <= self.maximum <= high:
            raise FileFormatError(
                f"the header's range {self.minimum} to {self.maximum} cannot be of {self.dtype}"
            )

    def _check_model(self) -> None:
        if self.objective < 0:
            raise FileFormatError(f"the header's objective is {self.objective}, not 0 or more")
        if len(self.fingerprint) != FINGERPRINT_BYTES:
            raise FileFormatError(f"the header's fingerprint is not {FINGERPRINT_BYTES} bytes")
        known = {"entropy_model": EntropyModelId, "codec": CodecId, "coder": CoderId}
        for name, ids in known.items():
            if getattr(self, name) not in list(ids):
                raise FileFormatError(
                    f"the header names {name.replace('_', ' ')} {getattr(self, name)}, unknown here: "
                    "upgrade btcnet_jax"
                )


def _unpack_record(payload: bytes) -> list[Any]:
    if len(payload) > MOST_BYTES:
        raise FileFormatError(f"the header takes {len(payload)} bytes: the file is damaged")
    try:
        record = msgpack.unpackb(payload)
    except (ValueError, TypeError, msgpack.exceptions.UnpackException) as error:
        raise FileFormatError(
            "the header is not a MessagePack record: the file is damaged"
        ) from error
    if type(record) is not list or not record or type(record[0]) is not int:
        raise FileFormatError("the header is not a list that starts with its version")
    if record[0] != RECORD_VERSION:
        raise FileFormatError(
            f"the header has version {record[0]} and this program reads {RECORD_VERSION}:"
            " upgrade btcnet_jax"
        )
    return record
