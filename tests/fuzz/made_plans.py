"""Plans to damage, and what is done with one that is taken all the same."""

import functools
import io
import random
import warnings
from collections.abc import Callable

import numpy as np
from golden_streams import scene_of
from mutations import mutate

from btcnet_jax.codec import Codec, Rate
from btcnet_jax.codec.line_plan import own_codec
from btcnet_jax.codec.plan_file import MAGIC, VERSION, pack_plan, unpack_plan
from btcnet_jax.codec.planning import plan
from btcnet_jax.container.compressed_file import CompressedFile, read_compressed
from btcnet_jax.container.container import MAGIC as FILE_MAGIC
from btcnet_jax.container.container import VERSION as FILE_VERSION
from btcnet_jax.container.limits import Limits
from btcnet_jax.errors import BtcnetError, DataWarning, FileFormatError

NAMES = ("plan_scalar", "plan_dependent", "plan_metadata")
_PREAMBLE = MAGIC + bytes([VERSION])
_OF_FILES = FILE_MAGIC + bytes([FILE_VERSION])
# What a stream of so few lines is written of.
_LINES, _COLS, _MOST_BANDS, _MOST_SAMPLES = 6, 9, 400, 1 << 26


class RefusedError(Exception):
    """The plan was taken, and lines are refused in one line."""


@functools.cache
def make_all() -> dict[str, bytes]:
    """Plans by name, of golden scenes."""
    scenes = scene_of("universal"), scene_of("universal"), scene_of("universal_metadata")
    return {
        name: pack_plan(plan(scene, Rate(1.0), group=8, codec=own_codec(dependent=number == 1)))
        for number, (name, scene) in enumerate(zip(NAMES, scenes, strict=True))
    }


def mutated(chance: random.Random, data: bytes, others: list[bytes]) -> bytes:
    """A damaged plan: its sections are those of a file, after another preamble."""
    pair = [_OF_FILES + each.removeprefix(_PREAMBLE) for each in (data, *others)]
    damaged = mutate(chance, pair[0], pair[1:])
    if not damaged.startswith(_OF_FILES):
        return damaged
    return _PREAMBLE + damaged.removeprefix(_OF_FILES)


def use(data: bytes, read_all: Callable[[Codec, CompressedFile], None]) -> str:
    """Reads a plan; writes lines by it, and reads what came of them.

    Raises:
        FileFormatError: the plan is damaged.
        RefusedError: lines are refused by it.
        what should not be raised: what was written cannot be read, among others.
    """
    taken = unpack_plan(data)
    if taken.bands > _MOST_BANDS or taken.group * _COLS * taken.bands > _MOST_SAMPLES:
        return "decoded"
    span = taken.value_range
    lines = np.full((_LINES, _COLS, taken.bands), span.minimum, taken.dtype.newbyteorder("="))
    lines[::2, ::2] = span.maximum
    file = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            with taken.writer(file) as writer:
                writer.write(lines)
    except BtcnetError as error:
        raise RefusedError(str(error)) from error
    try:
        read_all(
            own_codec(dependent=taken.dependent), read_compressed(file.getvalue(), Limits.none())
        )
    except FileFormatError as error:
        raise AssertionError(f"what was written by it is refused: {error}") from error
    return "decoded"
