"""Files that appear whole or not at all."""

import errno
import os
import types
from pathlib import Path

import pytest

from btcnet_jax.errors import BtcnetError
from btcnet_jax.files import atomic_path, atomic_paths, require_writable, write_atomically


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def fail_with(number):
    def fail(*args, **options):
        raise OSError(number, os.strerror(number))

    return fail


def test_file_is_written_and_replaced(tmp_path):
    for data in (b"first", b"second, longer", b""):
        write_atomically(tmp_path / "a.btcn", data)
        assert (tmp_path / "a.btcn").read_bytes() == data
    assert names(tmp_path) == ["a.btcn"]


def test_text_path_relative_to_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_atomically("a.btcn", b"data")
    assert names(tmp_path) == ["a.btcn"]


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_permissions_follow_the_umask(tmp_path, umask):
    former = os.umask(umask)
    try:
        write_atomically(tmp_path / "a.btcn", b"data")
    finally:
        os.umask(former)
    assert (tmp_path / "a.btcn").stat().st_mode & 0o777 == 0o666 & ~umask


def test_temporary_files_keep_their_names_in_a_hidden_folder_beside(tmp_path):
    with atomic_paths(tmp_path / "cube.img", tmp_path / "cube.hdr") as temporary:
        assert [path.name for path in temporary] == ["cube.img", "cube.hdr"]
        assert {path.parent.parent for path in temporary} == {tmp_path}
        assert names(tmp_path) == [temporary[0].parent.name]
        assert names(tmp_path)[0].startswith(".")
        for path in temporary:
            path.write_bytes(b"image")
    assert names(tmp_path) == ["cube.hdr", "cube.img"]


def test_pair_is_left_as_it_was_where_one_file_was_not_written(tmp_path):
    (tmp_path / "cube.img").write_bytes(b"former")
    with (
        pytest.raises(BtcnetError, match="cannot write"),
        atomic_paths(tmp_path / "cube.img", tmp_path / "cube.hdr") as (_, header),
    ):
        header.write_bytes(b"new")
    assert names(tmp_path) == ["cube.img"]
    assert (tmp_path / "cube.img").read_bytes() == b"former"


def test_symbolic_link_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    link = tmp_path / "link.btcn"
    link.symlink_to(tmp_path / "real" / "a.btcn")
    write_atomically(link, b"data")
    assert link.is_symlink()
    assert names(tmp_path / "real") == ["a.btcn"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_failure_leaves_the_former_file_and_nothing_else(tmp_path, error):
    def write_half(target):
        with atomic_path(target) as temporary:
            temporary.write_bytes(b"half")
            raise error

    (tmp_path / "a.btcn").write_bytes(b"former")
    with pytest.raises(error):
        write_half(tmp_path / "a.btcn")
    assert (tmp_path / "a.btcn").read_bytes() == b"former"
    assert names(tmp_path) == ["a.btcn"]


def test_missing_folder(tmp_path):
    with pytest.raises(BtcnetError, match=r"a\.btcn: its folder does not exist"):
        write_atomically(tmp_path / "none" / "a.btcn", b"")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BtcnetError, match="its folder is not a folder"):
        write_atomically(tmp_path / "file" / "a.btcn", b"")


def test_folder_as_output(tmp_path):
    with pytest.raises(BtcnetError, match="it is a folder"):
        write_atomically(tmp_path, b"")
    assert names(tmp_path) == []


def test_pipe_as_output(tmp_path):
    # A pipe of our own, not /dev/null: broken code run as root would replace the real device.
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BtcnetError, match="not a regular file"):
        write_atomically(tmp_path / "pipe", b"")
    assert (tmp_path / "pipe").is_fifo()


def test_name_too_long(tmp_path):
    with pytest.raises(BtcnetError, match="name is too long"):
        write_atomically(tmp_path / ("n" * 300), b"")
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("number", "reason"),
    [(errno.EACCES, "permission denied"), (errno.EROFS, "the disk is read-only")],
)
def test_folder_that_refuses(tmp_path, monkeypatch, number, reason):
    monkeypatch.setattr("btcnet_jax.scratch.tempfile.mkdtemp", fail_with(number))
    with pytest.raises(BtcnetError, match=reason):
        write_atomically(tmp_path / "a.btcn", b"")


@pytest.mark.parametrize("place", ["write_bytes", "replace"])
def test_full_disk(tmp_path, monkeypatch, place):
    monkeypatch.setattr(Path, place, fail_with(errno.ENOSPC))
    with pytest.raises(BtcnetError, match=r"a\.btcn: the disk is full$"):
        write_atomically(tmp_path / "a.btcn", b"data")
    assert names(tmp_path) == []


def test_a_disk_that_is_mounted_read_only_is_told_as_such(tmp_path, monkeypatch):
    usual = os.statvfs(tmp_path)
    told = types.SimpleNamespace(f_flag=usual.f_flag | os.ST_RDONLY)
    monkeypatch.setattr(os, "statvfs", lambda _: told)
    with pytest.raises(BtcnetError, match="the disk is read-only"):
        require_writable(tmp_path / "a.btcn")


def test_a_failure_without_a_number_is_given_its_likely_reasons(tmp_path):
    with (
        pytest.raises(BtcnetError, match=r"the disk may be full, or files may not be that large"),
        atomic_path(tmp_path / "a.npy"),
    ):
        raise OSError("999 requested and 12 written")


def test_full_disk_noticed_on_synchronizing(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", fail_with(errno.ENOSPC))
    with pytest.raises(BtcnetError, match="the disk is full"):
        write_atomically(tmp_path / "a.btcn", b"data")
    assert names(tmp_path) == []


def test_other_errors_of_the_body_pass(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_path(tmp_path / "a.btcn"):
        (tmp_path / "input").read_bytes()
    assert names(tmp_path) == []
