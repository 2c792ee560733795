"""Scratch folders: what dead runs left goes, what lives stays, and no plan leads elsewhere."""

import json
import os
from pathlib import Path

import pytest

from btcnet_jax.files import atomic_paths, write_atomically
from btcnet_jax.scratch import PREFIX, clear_dead, move_together, passing_folder, scratch_folder


def dead_folder(parent, name="dead"):
    folder = parent / (PREFIX + name)
    folder.mkdir()
    (folder / "half").write_bytes(b"half")
    return folder


def write_pair(paths, data):
    with atomic_paths(*paths) as temporary:
        for path in temporary:
            path.write_bytes(data)


def test_next_run_removes_what_dead_runs_left(tmp_path):
    folders = [dead_folder(tmp_path, name) for name in ("one", "two")]
    write_atomically(tmp_path / "a.btcn", b"data")
    assert not any(folder.exists() for folder in folders)
    assert (tmp_path / "a.btcn").read_bytes() == b"data"


def test_passing_folders_of_dead_runs_go_too(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    dead = dead_folder(tmp_path)
    with passing_folder() as folder:
        assert [*tmp_path.iterdir()] == [folder]
        assert folder != dead
    assert [*tmp_path.iterdir()] == []


def test_folder_of_a_run_that_lives_stays(tmp_path):
    with scratch_folder(tmp_path) as living:
        (living / "half").write_bytes(b"half")
        write_atomically(tmp_path / "a.btcn", b"data")
        assert (living / "half").exists()
    assert not living.exists()


def test_folders_of_others_and_links_stay(tmp_path, monkeypatch):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_bytes(b"")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / (PREFIX + "link")).symlink_to(outside)
    (folder / (PREFIX + "file")).write_bytes(b"")
    clear_dead(folder)
    assert (outside / "kept").exists()
    assert (folder / (PREFIX + "file")).exists()
    foreign = dead_folder(folder)
    monkeypatch.setattr(os, "geteuid", lambda: foreign.stat().st_uid + 1)
    clear_dead(folder)
    assert foreign.exists()


def test_plan_of_a_dead_run_is_finished_where_its_last_file_is_missing(tmp_path):
    folder = dead_folder(tmp_path)
    (folder / ".btcnet-plan").write_text(json.dumps([["a.img", "a.img"], ["a.hdr", "a.hdr"]]))
    (folder / "a.hdr").write_bytes(b"new header")
    (tmp_path / "a.img").write_bytes(b"new data")
    clear_dead(tmp_path)
    assert (tmp_path / "a.hdr").read_bytes() == b"new header"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.hdr", "a.img"]


def test_plan_is_dropped_where_somebody_has_written_since(tmp_path):
    folder = dead_folder(tmp_path)
    (folder / ".btcnet-plan").write_text(json.dumps([["a.img", "a.img"], ["a.hdr", "a.hdr"]]))
    for name in ("a.img", "a.hdr"):
        (folder / name).write_bytes(b"stale")
        (tmp_path / name).write_bytes(b"since")
    clear_dead(tmp_path)
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {b"since"}


@pytest.mark.parametrize("target", ["../stolen", "/tmp/stolen", "..", "", 7, None])
def test_plan_of_a_downloaded_folder_names_no_file_elsewhere(tmp_path, target):
    folder = tmp_path / "downloaded"
    folder.mkdir()
    scratch = dead_folder(folder)
    (scratch / ".btcnet-plan").write_text(json.dumps([["half", "half"], ["half", target]]))
    clear_dead(folder)
    assert [*folder.iterdir()] == []
    assert [*tmp_path.iterdir()] == [folder]


@pytest.mark.parametrize("failing", ["a.hdr", "a.img"])
def test_failure_amid_the_moves_leaves_a_whole_pair(tmp_path, monkeypatch, failing):
    for name in ("a.img", "a.hdr"):
        (tmp_path / name).write_bytes(b"old")
    replace, failed = Path.replace, []

    def once(path, target):
        if path.name == failing and path.parent.name.startswith(PREFIX) and not failed:
            failed.append(path)
            raise KeyboardInterrupt
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", once)
    paths = tmp_path / "a.img", tmp_path / "a.hdr"
    with pytest.raises(KeyboardInterrupt):
        write_pair(paths, b"new")
    assert failed
    content = {path.read_bytes() for path in paths}
    assert content == {b"old" if failing == "a.img" else b"new"}
    assert len([*tmp_path.iterdir()]) == 2


def test_links_into_other_folders_have_no_plan(tmp_path):
    (tmp_path / "there").mkdir()
    with scratch_folder(tmp_path) as folder:
        for name in ("a.img", "a.hdr"):
            (folder / name).write_bytes(b"new")
        targets = {"a.img": tmp_path / "a.img", "a.hdr": tmp_path / "there" / "b.hdr"}
        move_together(folder, targets)
        assert [*folder.iterdir()] == []
    assert targets["a.hdr"].read_bytes() == b"new"
