"""Line by line: the symbols of the whole scene, in memory that does not grow."""

import numpy as np
import pytest

from btcnet_jax.errors import ConfigError, CubeError
from btcnet_jax.onboard.lines import LineEncoder, memory
from tests.btcnet_jax.onboard.conftest import OPTIONS


def _streamed(encoder, values):
    lines = LineEncoder(encoder, values.shape[1])
    rows = [row for line in values if (row := lines.push(line)) is not None]
    return np.concatenate([*(row[None] for row in rows), lines.finish()])


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("rows", [1, 5, 8, 30])
def test_lines_give_the_symbols_of_the_whole_scene(make, name, rows):
    encoder, values = make(name).encoder, make(name).scene.values[:rows]
    np.testing.assert_array_equal(_streamed(encoder, values), encoder.encode(values))


def test_a_strip_gives_its_columns_of_the_swath(make):
    encoder, values = make().encoder, make().scene.values
    np.testing.assert_array_equal(
        _streamed(encoder, values[:, 4:8]), encoder.encode(values)[:, 1:2]
    )


def test_a_row_comes_with_the_last_line_that_it_sees(make):
    encoder, values = make().encoder, make().scene.values
    lines = LineEncoder(encoder, values.shape[1])
    came = [number for number, line in enumerate(values) if lines.push(line) is not None]
    assert came == [5, 9, 13, 17, 21, 25, 29]
    assert len(lines.finish()) == 1


def test_it_is_as_new_once_it_has_finished(make):
    encoder, values = make().encoder, make().scene.values[:7]
    lines = LineEncoder(encoder, values.shape[1])
    assert len(lines.finish()) == 0
    for _ in range(2):
        rows = [row for line in values if (row := lines.push(line)) is not None]
        found = np.concatenate([*(row[None] for row in rows), lines.finish()])
        np.testing.assert_array_equal(found, encoder.encode(values))


def test_lines_of_another_width_are_refused(make):
    lines = LineEncoder(make().encoder, 8)
    with pytest.raises(CubeError, match="made for 8 samples"):
        lines.push(make().scene.values[0])
    with pytest.raises(ConfigError, match="at least one sample"):
        LineEncoder(make().encoder, 0)


def test_memory_is_that_of_the_arrays(make):
    encoder = make().encoder
    lines, told = LineEncoder(encoder, 13), memory(encoder, 13)
    lines.push(make().scene.values[0])
    assert told.line == lines._last.nbytes == 16 * 6
    assert told.sums == lines._sums.nbytes + lines._total.nbytes == 3 * 4 * 6 * 4
    assert told.weights == 11 * 4 * 6 * 5
    assert told.window == 11 * 16 * 6
    assert told.buffers == told.line + told.sums + told.symbols
