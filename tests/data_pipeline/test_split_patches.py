"""A whole split: each record once, in order, hosts apart, and damage told in one line."""

import dataclasses
import itertools

import numpy as np
import pytest

from btcnet_jax.errors import DataError, MissingExtraError

# Of the records in conftest.py.
RECORDS, SIDE, BANDS = 21, 16, 5


@pytest.fixture(scope="module")
def split_patches():
    module = pytest.importorskip("data_pipeline.split_patches", exc_type=MissingExtraError)
    return module.SplitPatches


def test_every_record_comes_once_and_in_order(split_patches, source):
    patches = split_patches(source)
    assert len(patches) == RECORDS
    for _ in range(2):
        read = list(patches)
        assert [patch["number"] for patch in read] == list(range(RECORDS))
        assert {patch["patch"].shape for patch in read} == {(SIDE, SIDE, BANDS)}
        assert read[0]["patch"].dtype == source.dtype == np.uint16


@pytest.mark.parametrize("hosts", [2, 3, 4, 8, 30])
def test_hosts_share_the_records(split_patches, source, hosts):
    shares = [split_patches(source, (host, hosts)) for host in range(hosts)]
    numbers = [[patch["number"] for patch in share] for share in shares]
    assert [len(share) for share in shares] == [len(own) for own in numbers]
    assert sorted(itertools.chain(*numbers)) == list(range(RECORDS))


def test_damage_is_told_in_one_line(split_patches, source, tmp_path):
    cut = tmp_path / "cut.tfrecord"
    with open(source.paths[0], "rb") as file:  # noqa: PTH123
        cut.write_bytes(file.read()[:-9])
    for path, records in ((str(cut), 7), (str(tmp_path / "gone"), 7), (source.paths[0], 8)):
        damaged = dataclasses.replace(source, paths=(path,), records=(records,))
        with pytest.raises(
            DataError, match=r"missing, cut short or damaged; remove .* convert again"
        ):
            list(split_patches(damaged))
    more = dataclasses.replace(source, paths=source.paths[:1], records=(6,))
    with pytest.raises(DataError, match="cut short or damaged"):
        list(split_patches(more))
