"""compress as it is used every day: what a file is worth, many cubes, pipes."""

import errno
import io
import json
import sys
import types

import numpy as np
import pytest

from btcnet_cli.streams import write_standard
from btcnet_jax.codec import decompress, open_file
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.metrics import measure_quality


def _cube(seed=0, dtype=np.int16):
    row, col, band = np.mgrid[:24, :20, :8]
    values = 900 + 300 * np.sin(row / 3 + band / 9 + seed) + 200 * np.cos(col / 3 - band / 9)
    return (values + np.random.default_rng(seed).normal(0, 4, values.shape)).astype(dtype)


@pytest.fixture
def folder(tmp_path):
    scenes = tmp_path / "scenes"
    scenes.mkdir()
    for index, name in enumerate("ac"):
        np.save(scenes / f"{name}.npy", _cube(index))
    (scenes / "b.npy").write_bytes(b"no cube")
    (scenes / "notes.txt").write_text("not looked at")
    return scenes


@pytest.fixture
def piped(monkeypatch):
    """Puts bytes on standard input; gives what comes out as bytes."""

    def put(data):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    return put


def test_the_figures_told_are_those_of_the_file(btcnet, tmp_path):
    cube = _cube().astype(np.float32)
    cube[:3] = np.nan
    np.save(tmp_path / "a.npy", cube)
    figures = tmp_path / "a.json"
    words = ("compress", tmp_path / "a.npy", tmp_path / "a.btcn", "--bpppb", 1)
    status, told, _ = btcnet(*words, "--json", figures)
    assert status == 0
    restored = open_file(tmp_path / "a.btcn").decompress().values
    quality = measure_quality(cube, restored, valid=np.isfinite(cube))
    assert f"PSNR {quality.psnr_db:.2f} dB" in told
    assert f"greatest error {quality.max_error:.5g}" in told
    assert "on samples that are data" in told
    (found,) = json.loads(figures.read_text())["results"]
    assert found["psnr_db"] == pytest.approx(quality.psnr_db)
    assert found["file_bytes"] == (tmp_path / "a.btcn").stat().st_size
    assert "PSNR" not in btcnet(*words, "--no-check")[1]


def test_a_folder_goes_on_after_a_failure(btcnet, folder, tmp_path):
    out = tmp_path / "new" / "out"
    status, told, error = btcnet(
        "compress", folder, out, "--bpppb", 1, "--json", tmp_path / "f.json"
    )
    assert status == 1
    assert sorted(path.name for path in out.iterdir()) == [".compressed.json", "a.btcn", "c.btcn"]
    lines = told.splitlines()
    assert [line.split(":")[0] for line in lines[:2]] == [str(out / "a.btcn"), str(out / "c.btcn")]
    assert "PSNR" in lines[0]
    assert lines[2].startswith("2 of 3 cubes compressed")
    assert lines[2].endswith("1 failed")
    (line,) = (line for line in error.splitlines() if "warning" not in line)
    assert "b.npy" in line
    results = json.loads((tmp_path / "f.json").read_text())["results"]
    assert [result["scene"] for result in results if "error" in result] == ["b.npy"]


def test_many_cubes_give_what_each_gives_alone(btcnet, folder, tmp_path):
    names = [folder / "a.npy", folder / "c.npy"]
    assert btcnet("compress", *names, tmp_path, "--bpppb", 1, "--no-check")[0] == 0
    assert btcnet("compress", names[1], tmp_path / "alone.btcn", "--bpppb", 1)[0] == 0
    assert (tmp_path / "c.btcn").read_bytes() == (tmp_path / "alone.btcn").read_bytes()


def test_two_cubes_of_one_name_are_not_mixed(btcnet, folder, tmp_path):
    np.savez(tmp_path / "a.npz", _cube(5))
    words = ("compress", folder / "a.npy", tmp_path / "a.npz", tmp_path, "--bpppb", 1)
    status, _, error = btcnet(*words)
    assert status == 1
    assert "is that of" in error
    first = open_file(tmp_path / "a.btcn").decompress().values
    assert np.abs(first.astype(int) - _cube(0)).mean() < np.abs(first.astype(int) - _cube(5)).mean()


def test_many_cubes_need_a_folder(btcnet, folder, tmp_path):
    names = [folder / "a.npy", folder / "c.npy"]
    for words in ((*names, tmp_path / "a.btcn"), (folder, "-"), (folder, "-", tmp_path)):
        status, _, error = btcnet("compress", *words)
        assert status == 2
        assert "folder" in error
    assert not (tmp_path / "a.btcn").exists()


def test_pipes_carry_the_same_bytes_as_files(folder, tmp_path, piped, capsysbinary):
    def run(*words):
        import main

        status = main.run([str(word) for word in words])
        return status, capsysbinary.readouterr().out

    cube, file = (folder / "a.npy").read_bytes(), tmp_path / "a.btcn"
    assert run("compress", folder / "a.npy", file, "--bpppb", 1)[0] == 0
    piped(cube)
    status, piped_file = run("compress", "-", "-", "--bpppb", 1)
    assert status == 0
    # A file has a name to keep, which takes some of its bytes.
    assert b"standard_input" not in piped_file
    ours, its = (read_compressed(data) for data in (piped_file, file.read_bytes()))
    assert (ours.header.rows, ours.header.dtype) == (its.header.rows, its.header.dtype)
    np.testing.assert_allclose(
        decompress(piped_file).values, decompress(file.read_bytes()).values, atol=60
    )
    assert run("decompress", file, tmp_path / "a.npy")[0] == 0
    piped(file.read_bytes())
    assert run("decompress", "-", "-") == (0, (tmp_path / "a.npy").read_bytes())
    piped(file.read_bytes())
    status, told = run("info", "-", "--json", "-")
    assert status == 0
    assert json.loads(told)["numbers"]["file_bytes"] == file.stat().st_size


def test_a_pipe_that_takes_a_part_at_a_time_gets_all_and_a_full_one_is_told(monkeypatch):
    taken = bytearray()

    class Unbuffered(io.RawIOBase):
        """As standard output is with PYTHONUNBUFFERED, in front of a disk of 100 bytes."""

        def write(self, data):
            part = bytes(data[:30])[: 100 - len(taken)]
            if not part:
                raise OSError(errno.ENOSPC, "No space left on device")
            taken.extend(part)
            return len(part)

    monkeypatch.setattr(sys, "stdout", types.SimpleNamespace(buffer=Unbuffered()))
    write_standard(bytes(range(90)))
    assert taken == bytes(range(90))
    with pytest.raises(OSError, match="No space left"):
        write_standard(bytes(90))


def test_subfolders_are_not_passed_over_in_silence(btcnet, folder, tmp_path):
    (folder / "deeper").mkdir()
    error = btcnet("compress", folder, tmp_path / "out", "--no-check")[2]
    assert "subfolders are not read (deeper)" in error


def test_a_warning_about_a_pipe_names_no_passing_file(btcnet, piped, tmp_path):
    values = _cube()
    values[:3] = -9999
    np.save(tmp_path / "a.npy", values)
    piped((tmp_path / "a.npy").read_bytes())
    status, _, error = btcnet("info", "-")
    assert status == 0
    lines = error.splitlines()
    assert all(line.startswith("btcnet: warning: standard input: ") for line in lines)
    assert "of the samples are -9999" in lines[-1]


def test_what_no_pipe_carries_is_told(btcnet, piped, tmp_path):
    piped(b"ENVI\nsamples = 3")
    status, _, error = btcnet("compress", "-", tmp_path / "a.btcn")
    assert (status, error.count("\n")) == (2, 1)
    assert "standard input is no file" in error
    piped(b"\x93NUMPY")
    assert "standard input: " in btcnet("compress", "-", tmp_path / "a.btcn")[2]
    piped(b"")
    assert "standard input is empty" in btcnet("decompress", "-", tmp_path / "a.npy")[2]


def test_a_file_of_little_rate_says_so(btcnet, tmp_path):
    np.save(tmp_path / "a.npy", np.outer(_cube()[..., 0], np.arange(1, 9.0)).reshape(24, 20, 8))
    status, _, error = btcnet("compress", tmp_path / "a.npy", tmp_path / "a.btcn", "--bpppb", 30)
    assert status == 0
    assert "bpppb used of 30 asked for: more bits buy nothing" in error


def test_an_empty_tile_compresses(btcnet, tmp_path):
    np.save(tmp_path / "a.npy", np.full((40, 40, 10), -1, np.int16))
    words = (tmp_path / "a.npy", tmp_path / "a.btcn")
    status, told, error = btcnet("compress", *words, "--nodata", -1)
    assert (status, error) == (0, "")
    assert "nothing to measure" in told
    assert btcnet("decompress", words[1], tmp_path / "b.npy")[0] == 0
    np.testing.assert_array_equal(np.load(tmp_path / "b.npy"), np.load(words[0]))


def test_a_slip_of_a_command_is_guessed(btcnet):
    assert "did you mean compress?" in btcnet("cmpress", "a", "b")[2]
    assert "there are train," in btcnet("xyzzy")[2]
