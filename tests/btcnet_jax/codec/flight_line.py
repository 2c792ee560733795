"""A flight line in parts, its plan, and its coded lines, for tests of what takes lines as they come."""

import io

import numpy as np

from btcnet_jax.codec import Limits, Rate, universal_codec
from btcnet_jax.codec.plan_file import pack_plan, unpack_plan
from btcnet_jax.codec.planning import plan
from btcnet_jax.scene import Scene

SHAPE = (70, 58, 8)
RATE = Rate(1.0)


def flight_codec(weights):
    return universal_codec(weights, tile_side=4)


def flight_values(make_cube):
    cube = make_cube(*SHAPE).astype(np.int16)
    cube[..., 3] = 17
    return cube


def flight_scene(values):
    values = values.copy()
    values[10:20, 5:9] = -9999
    values[40, 50, 2] = -9999
    return Scene(
        name="flight", values=values, nodata=-9999, wavelengths=np.linspace(400, 1100, SHAPE[2])
    )


def flight_plan(codec, scene):
    first = Scene(values=scene.values[:24], **{**scene.info(), "name": ""})
    return unpack_plan(pack_plan(plan(first, RATE, group=16, codec=codec)))


def written(made, codec, groups, output=None, **options):
    output = io.BytesIO() if output is None else output
    with made.writer(output, codec=codec, **options) as writer:
        for group in groups:
            writer.write(group)
    return output.getvalue() if isinstance(output, io.BytesIO) else output.read_bytes()


def restored(codec, data):
    return codec.decompress(data, limits=Limits.none())
