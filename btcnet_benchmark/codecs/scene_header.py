"""What a decoder must know of a scene besides its varying bands: shape, type, range, constant bands."""

import io
import struct
import zlib

import numpy as np
from jaxtyping import Float64, Num

from btcnet_jax.coding.constant_bands import encode_constant_bands, read_constant_bands
from btcnet_jax.coding.varint import encode_varint, read_varint
from btcnet_jax.errors import CubeError, FileFormatError
from btcnet_jax.scene.constant_bands import find_varying
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.filling import fill_missing
from btcnet_jax.scene.scene import Scene
from btcnet_jax.scene.valid import BandExtremes
from btcnet_jax.scene.value_range import ValueRange
from btcnet_jax.scene.window import select_bands

_CHECKSUM = struct.Struct("<I")
CHECKSUM_BYTES = _CHECKSUM.size
_TYPES = ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8")
# Beyond this, float64 arithmetic would not restore an integer exactly.
_MAX_INTEGER = 1 << 53
# A damaged shape is likelier than a scene of this many samples.
_MAX_SAMPLES = 1 << 40


def sealed(body: bytes) -> bytes:
    """A file of a peer: the checksum of its body (CRC-32), and the body."""
    return _CHECKSUM.pack(zlib.crc32(body)) + body


def unsealed(data: bytes) -> bytes:
    """The body of a peer's file.

    Raises:
        FileFormatError: the bytes are damaged or of another codec.
    """
    body = data[CHECKSUM_BYTES:]
    if len(data) < CHECKSUM_BYTES or _CHECKSUM.unpack_from(data)[0] != zlib.crc32(body):
        raise FileFormatError("the checksum is wrong: the file is damaged or of another codec")
    return body


def without_gaps(scene: Scene) -> Num[np.ndarray, "rows cols bands"]:
    """The scene's samples, the missing ones filled by `fill_missing`; wholly missing bands stay as they are."""
    present = BandExtremes.of_scene(scene).samples > 0
    if present.all():
        return fill_missing(scene)
    cube = scene.values.copy()
    cube[:, :, present] = fill_missing(select_bands(scene, present))
    return cube


def facts_of(cube: Num[np.ndarray, "rows cols bands"]) -> SceneFacts:
    """What is known of a scene; its range is that of the bands that vary, 0 to 0 where there are none.

    Raises:
        CubeError: a band with some NaN or infinite samples among others, or integers beyond 2**53.
    """
    varying = find_varying(cube)
    kept = cube.reshape(-1, cube.shape[2])[:, varying]
    _check(kept)
    ends = (kept.min().item(), kept.max().item()) if kept.size else (0, 0)
    rows, cols, bands = cube.shape
    fill = np.where(varying, np.zeros((), cube.dtype), cube[0, 0])
    return SceneFacts((rows, cols, bands), cube.dtype, ValueRange(*ends), varying, fill)


def pack_facts(facts: SceneFacts) -> bytes:
    """The header; a run of bands that vary, or that share one value, takes some bytes."""
    little = facts.dtype.newbyteorder("<")
    parts = [bytes([_TYPES.index(facts.dtype.str[1:])]), *map(encode_varint, facts.shape)]
    parts.append(np.array(facts.value_range, little).tobytes())
    return b"".join([*parts, encode_constant_bands(facts.varying, facts.fill)])


def restore(
    pixels: Float64[np.ndarray, "pixels varying"], facts: SceneFacts
) -> Num[np.ndarray, "rows cols bands"]:
    """The scene from the estimates of its varying bands: rounded, clipped, with the other bands."""
    cube = facts.blank().reshape(len(pixels), -1)
    cube[:, facts.varying] = admissible(pixels, facts).astype(facts.dtype)
    return cube.reshape(facts.shape)


def admissible(
    pixels: Float64[np.ndarray, "pixels varying"], facts: SceneFacts
) -> Float64[np.ndarray, "pixels varying"]:
    """Estimates clipped to the scene's range, and rounded where its samples are integers."""
    clipped = np.clip(pixels, *facts.value_range)
    return clipped if facts.dtype.kind == "f" else np.rint(clipped)


def read_facts(file: io.BytesIO) -> SceneFacts:
    """Inverse of `pack_facts`, from the file's position on.

    Raises:
        FileFormatError: the header is truncated or describes no scene.
    """
    kind = _take(file, 1)[0]
    if kind >= len(_TYPES):
        raise FileFormatError("the samples are of an unknown type: the file is damaged")
    dtype = np.dtype(_TYPES[kind])
    rows, cols, bands = (read_varint(file)[0] for _ in range(3))
    if not 0 < rows * cols * bands <= _MAX_SAMPLES:
        raise FileFormatError(f"no scene is {rows} x {cols} x {bands}: the file is damaged")
    lowest, highest = np.frombuffer(_take(file, 2 * dtype.itemsize), dtype.newbyteorder("<"))
    varying, fill = read_constant_bands(file, bands, dtype)
    value_range = ValueRange(lowest.item(), highest.item())
    return SceneFacts((rows, cols, bands), dtype, value_range, varying, fill)


def _take(file: io.BytesIO, count: int) -> bytes:
    data = file.read(count)
    if len(data) < count:
        raise FileFormatError("the file is truncated: it ends within its header")
    return data


def _check(pixels: Num[np.ndarray, "pixels varying"]) -> None:
    if not np.isfinite(pixels).all():
        raise CubeError(
            "a band holds NaN or infinity beside other samples: fill them, or set the whole band NaN"
        )
    if pixels.dtype.kind != "f" and pixels.size and _beyond(pixels):
        raise CubeError("the scene holds integers beyond 2**53: scale or shift them")


def _beyond(pixels: Num[np.ndarray, "pixels varying"]) -> bool:
    return int(pixels.max()) > _MAX_INTEGER or int(pixels.min()) < -_MAX_INTEGER
