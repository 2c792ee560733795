"""Plans in integers: no float decides a symbol of their lines; their files; what they refuse."""

import dataclasses
import io

import numpy as np
import pytest

from btcnet_jax.codec import Rate, universal_codec
from btcnet_jax.codec.line_plan import LinePlan
from btcnet_jax.codec.plan_file import pack_plan, unpack_plan
from btcnet_jax.codec.planning import plan
from btcnet_jax.container.container import Section, read_container, write_container
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import ConfigError, CubeError, FileFormatError
from btcnet_jax.scene import Scene

RATE = Rate(0.8)


@pytest.fixture(scope="module")
def codec(plain_weights):
    return universal_codec(plain_weights, tile_side=4)


@pytest.fixture(scope="module")
def values(make_cube):
    values = make_cube(40, 36, 8).astype(np.int16)
    values[..., 3] = 17
    return values


@pytest.fixture(scope="module")
def made(codec, values):
    scene = Scene(values=values[:24], nodata=-9999)
    return unpack_plan(pack_plan(plan(scene, RATE, codec=codec, integers=True)))


def written(made, codec, values, **options):
    output = io.BytesIO()
    with made.writer(output, codec=codec, **options) as writer:
        writer.write(values)
    return output.getvalue()


def test_a_plan_in_integers_comes_back_and_its_lines_decode(made, codec, values):
    assert (made.group, made.info.nodata) == (16, None)
    again = unpack_plan(pack_plan(made)).integers
    for name in ("weights", "bias", "multiplier", "shift"):
        np.testing.assert_array_equal(getattr(made.integers, name), getattr(again, name))
    assert not made.integers.weights[:, 3].any()
    data = written(made, codec, values)
    restored = codec.decompress(data).values
    assert restored.dtype == np.int16
    error = restored.astype(float) - values
    assert np.sqrt(np.mean(error**2)) < 0.25 * values[..., 4].std()
    # About what was asked for, of lines that count with their basis once in 1024.
    beside = len(made.basis) * 8 / values.size
    assert 0.5 < 8 * len(data) / values.size - beside < 1.5


def test_floats_decide_nothing(made, codec, values):
    """What stands in floats beside the integers may be anything."""
    nothing = dataclasses.replace(
        made, projection=made.projection * 0, mean=made.mean * 0, step=1.0
    )
    assert written(made, codec, values) == written(nothing, codec, values)


def test_groups_and_jobs_change_nothing(made, codec, values):
    output = io.BytesIO()
    with made.writer(output, codec=codec, jobs=3) as writer:
        for at in range(0, 40, 7):
            writer.write(values[at : at + 7])
    assert output.getvalue() == written(made, codec, values)


def test_what_has_no_plan_in_integers_is_refused(codec, values, made):
    scene = Scene(values=values)
    with pytest.raises(ConfigError, match="int16 or uint16, not float32: leave out --integers"):
        plan(values.astype(np.float32), RATE, codec=codec, integers=True)
    with pytest.raises(ConfigError, match="leave out --range"):
        plan(scene, RATE, codec=codec, integers=True, value_range=(-32768.0, 32767.0))
    with pytest.raises(ConfigError, match="leave out --quantization dependent"):
        plan(scene, RATE, quantization="dependent", integers=True)
    lines = np.ma.MaskedArray(values, np.zeros(values.shape, bool))
    lines[3, 4] = np.ma.masked
    with pytest.raises(CubeError, match="a plan in integers takes all for data"):
        written(made, codec, lines)
    assert isinstance(made, LinePlan)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[:-1], "integers have another size"),
        (lambda data: b"\xff\x7f" * (len(data) // 2) + data[: len(data) % 2], "could overflow"),
        (lambda data: data[:-1] + b"\xff", "a shift too large"),
    ],
)
def test_damaged_integers_are_refused(made, change, message):
    data = pack_plan(made)
    sections = read_container(b"BTCN\x02" + data[5:])
    changed = [
        Section(kind, change(payload)) if kind == SectionKind.INTEGERS else Section(kind, payload)
        for kind, payload in sections
    ]
    with pytest.raises(FileFormatError, match=message):
        unpack_plan(data[:5] + write_container(changed)[5:])
