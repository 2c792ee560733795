"""Sources of compressed files: each gives the bytes of the file, and says in one line why it cannot."""

import io
import os
import sys
import threading

import pytest

from btcnet_jax.errors import BtcnetError, MissingExtraError
from btcnet_jax.sources import open_source

DATA = bytes(range(256)) * 700


@pytest.fixture
def path(tmp_path):
    (tmp_path / "file").write_bytes(DATA)
    return tmp_path / "file"


def pieces(source):
    file = open_source(source)
    file.seek(-1000, 2)
    end = file.read()
    file.seek(100_000)
    return file.read(5), end, file.seek(0, 2)


@pytest.mark.parametrize("kind", ["path", "text", "file", "bytes", "url"])
def test_pieces_of_a_file(path, kind):
    with path.open("rb") as file:
        made = {"path": path, "text": str(path), "file": file, "bytes": io.BytesIO(DATA)}
        if kind == "url":
            fsspec = pytest.importorskip("fsspec")
            fsspec.filesystem("memory").pipe("/tiles/file", DATA)
            made["url"] = "memory://tiles/file"
        assert pieces(made[kind]) == (DATA[100_000:100_005], DATA[-1000:], len(DATA))


def test_a_path_stays_open_for_no_longer_than_it_is_read(path):
    file = open_source(path)
    file.read(10)
    path.unlink()
    file.seek(150_000)
    with pytest.raises(BtcnetError, match=r"cannot read .*No such file"):
        file.read(10)


def test_a_pipe_is_read_to_its_end(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(DATA,))
    writer.start()
    assert pieces(pipe) == (DATA[100_000:100_005], DATA[-1000:], len(DATA))
    writer.join()


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("nowhere/file", "cannot read nowhere/file"),
        (".", "cannot read .*directory"),
        (3, "a path is wanted, a URL or a file that can be sought in, not int"),
        (None, "not NoneType"),
        (io.StringIO("text"), "mode 'rb'"),
        ("nosuch://host/file", "cannot read nosuch://host/file"),
        ("memory://nowhere", "cannot read memory://nowhere"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(source, told):
    if isinstance(source, str) and "://" in source:
        pytest.importorskip("fsspec")
    with pytest.raises(BtcnetError, match=told) as error:
        open_source(source)
    assert "\n" not in str(error.value)


def test_a_url_that_stops_is_told_of(monkeypatch):
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    memory.pipe("/tiles/stops", DATA)
    file = open_source("memory://tiles/stops")

    def stop(*_):
        raise TimeoutError("the host\nis silent")

    monkeypatch.setattr(type(memory), "cat_file", stop)
    with pytest.raises(BtcnetError, match="cannot read memory://tiles/stops: the host is silent"):
        file.read(1)


def test_a_file_that_was_closed_is_told_of(path):
    with path.open("rb") as opened:
        file = open_source(opened)
    with pytest.raises(BtcnetError, match=r"cannot read .*file"):
        file.read(1)


def test_a_url_without_fsspec_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'btcnet_jax\[remote\]'"):
        open_source("s3://bucket/scene.btcn")
