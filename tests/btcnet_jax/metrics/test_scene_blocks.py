"""Blocks of rows, in any order and grouping, give the quality of the whole scene."""

import json
from itertools import pairwise

import numpy as np
import pytest

from btcnet_jax.errors import CubeError
from btcnet_jax.metrics import QualityAccumulator, blocks, measure_quality


@pytest.fixture(scope="module")
def pair():
    random = np.random.default_rng(0)
    original = random.integers(0, 4000, (23, 7, 5)).astype(np.uint16)
    original[..., 2] = 9
    original[4, 3] = 0
    original[20, 0, 1] = 60000
    return original, (original + random.normal(0, 30, original.shape)).astype(np.float32)


def _same(first, second):
    a, b = first.to_json(), second.to_json()
    assert a.keys() == b.keys()
    for key in a:
        first_values, second_values = (np.array(side[key], dtype=float) for side in (a, b))
        np.testing.assert_allclose(first_values, second_values, rtol=1e-12, err_msg=key)


def _blocks(pair, *edges):
    for start, stop in pairwise(edges):
        yield pair[0][start:stop], pair[1][start:stop]


def test_updating_with_blocks_equals_the_whole(pair):
    accumulator = QualityAccumulator()
    for block in _blocks(pair, 0, 1, 9, 23):
        accumulator.update(*block)
    _same(accumulator.result(), measure_quality(*pair))


def test_merging_equals_the_whole_in_any_order(pair):
    parts = []
    for block in _blocks(pair, 0, 10, 15, 23):
        parts.append(QualityAccumulator())
        parts[-1].update(*block)
    whole = measure_quality(*pair)
    _same(parts[0].merge(parts[1]).merge(parts[2]).result(), whole)
    _same(parts[2].merge(parts[0].merge(parts[1])).result(), whole)
    _same(
        QualityAccumulator().merge(parts[0]).result(), measure_quality(*next(_blocks(pair, 0, 10)))
    )


def test_small_pieces_inside_a_block_change_nothing(pair, monkeypatch):
    whole = measure_quality(*pair)
    monkeypatch.setattr(blocks, "_SAMPLES_AT_ONCE", 80)
    _same(measure_quality(*pair), whole)


def test_merging_changes_neither(pair):
    first, second = QualityAccumulator(), QualityAccumulator()
    first.update(*pair)
    second.update(pair[0], pair[1] + 1)
    before = json.dumps(first.result().to_json()), json.dumps(second.result().to_json())
    first.merge(second)
    assert before == (json.dumps(first.result().to_json()), json.dumps(second.result().to_json()))


def test_a_refused_block_leaves_no_trace(pair):
    accumulator = QualityAccumulator()
    accumulator.update(*pair)
    before = accumulator.result().to_json()
    broken = pair[1].copy()
    broken[-1] = np.nan
    with pytest.raises(CubeError, match="NaN"):
        accumulator.update(pair[0], broken)
    assert accumulator.result().to_json() == before


def test_blocks_of_two_scenes_are_refused(pair):
    accumulator = QualityAccumulator()
    accumulator.update(*pair)
    with pytest.raises(CubeError, match="number of bands"):
        accumulator.update(pair[0][..., :3], pair[1][..., :3])
    with pytest.raises(CubeError, match="data type"):
        accumulator.update(pair[0].astype(np.float32), pair[1])
    with pytest.raises(CubeError, match="different band masks"):
        accumulator.merge(QualityAccumulator(np.array([True, False, True, True, True])))


def test_a_mask_holds_for_every_block_though_the_caller_changes_it(pair):
    mask = np.array([True, True, True, False, True])
    accumulator = QualityAccumulator(mask)
    mask[:] = True
    for block in _blocks(pair, 0, 8, 23):
        accumulator.update(*block)
    mask[3] = False
    _same(accumulator.result(), measure_quality(*pair, band_mask=mask))
    assert accumulator.result().bands_masked == 1


def test_nothing_measured_has_no_result():
    with pytest.raises(CubeError, match="no pixel was measured"):
        QualityAccumulator().result()
