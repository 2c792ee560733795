"""A file that is small for its scene: whoever writes it is told, and whoever reads it must say so."""

import re

import numpy as np
import pytest

from btcnet_cli.limit_options import size_of

LIGHT = ("--bpppb", "0.5", "--effort", "light", "--no-check")


@pytest.fixture(scope="module")
def sparse(tmp_path_factory):
    """A cube of one pixel that differs."""
    values = np.zeros((10000, 4, 1), np.uint8)
    values[100, 2] = 7
    path = tmp_path_factory.mktemp("sparse") / "cube.npy"
    np.save(path, values)
    return path


def refused(result, message):
    status, _, error = result
    assert status == 2
    assert error.count("\n") == 1
    assert message in error
    return error


def test_small_file_is_read_with_the_option_that_its_writer_named(btcnet, sparse, tmp_path):
    file, again = tmp_path / "a.btcn", tmp_path / "again.npy"
    status, printed, _ = btcnet("compress", sparse, file, *LIGHT)
    assert status == 0
    allow = re.search(r"reading it takes (--max-bytes) (\d+)$", printed, re.MULTILINE).groups()
    less = ("--max-bytes", "1000")
    # The network would take most of the test.
    plain = ["--decoder", "none"]
    reading = (
        ["info", file],
        ["evaluate", sparse, file, *plain],
        ["decompress", file, again, *plain],
    )
    for words in reading:
        for option in ((), less):
            error = refused(btcnet(*words, *option), " ".join(allow))
            assert f"{file.stat().st_size} bytes are few for the 10000 x 4 x 1 samples" in error
        assert not again.exists()
        assert btcnet(*words, *allow)[0] == 0
    np.testing.assert_array_equal(np.load(again), np.load(sparse))


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("2000000", 2_000_000),
        ("1MB", 10**6),
        ("500 mb", 5 * 10**8),
        ("2GiB", 2 << 30),
        ("1.5k", 1500),
        ("3TB", 3 * 10**12),
        ("7B", 7),
    ],
)
def test_sizes_are_read_as_people_write_them(text, size):
    assert size_of(text) == size


@pytest.mark.parametrize("text", ["0", "-1", "1XB", "MB", "1,5MB", "iB", "1iB", "", "1e9", "inf"])
def test_what_is_no_size_is_refused(btcnet, sparse, text):
    refused(
        btcnet("info", sparse, f"--max-bytes={text}"), f"{text} is no size: give bytes, such as"
    )


def test_a_size_with_a_unit_raises_the_limit(btcnet, sparse, tmp_path):
    file = tmp_path / "a.btcn"
    btcnet("compress", sparse, file, *LIGHT)
    refused(btcnet("info", file, "--max-bytes", "1kB"), "--max-bytes")
    assert btcnet("info", file, "--max-bytes", "1GB")[0] == 0


def test_the_option_is_refused_where_no_file_is_read(btcnet, sparse, tmp_path):
    message = "--max-bytes is of reading a .btcn file, and none is read"
    refused(btcnet("evaluate", sparse, "--max-bytes", "9"), message)
    refused(btcnet("evaluate", sparse, sparse, "--max-bytes", "9"), message)
    refused(
        btcnet("evaluate", "--records", tmp_path, "--model", "m", "--max-bytes", "9"),
        "--max-bytes is of scenes",
    )
