"""A whole split: each patch once, in order, hosts apart."""

import itertools

import numpy as np
import pytest

from data_pipeline.split_patches import SplitPatches

# Of the records in conftest.py.
RECORDS, SIDE, BANDS = 21, 16, 5


def test_every_patch_comes_once_and_in_order(source):
    patches = SplitPatches(source)
    assert len(patches) == RECORDS
    for _ in range(2):
        read = list(patches)
        assert [patch["number"] for patch in read] == list(range(RECORDS))
        assert {patch["patch"].shape for patch in read} == {(SIDE, SIDE, BANDS)}
        assert read[0]["patch"].dtype == source.dtype == np.uint16
        places = {(patch["scene"], patch["row"], patch["col"]) for patch in read}
        assert places == {(f"{number % 2}.npy", number * 100, 0) for number in range(RECORDS)}


@pytest.mark.parametrize("hosts", [2, 3, 8, 30])
def test_hosts_share_the_patches(source, hosts):
    shares = [SplitPatches(source, (host, hosts)) for host in range(hosts)]
    numbers = [[patch["number"] for patch in share] for share in shares]
    assert [len(share) for share in shares] == [len(own) for own in numbers]
    assert sorted(itertools.chain(*numbers)) == list(range(RECORDS))
