"""`decompress --window --bands --salvage`: what is written, what is said, and the exit status."""

import numpy as np
import pytest

from btcnet_cli.main import run
from btcnet_jax.codec import Rate, load, universal_codec
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.scene import Scene
from btcnet_jax.weights.weight_file import load_weights
from data_pipeline.readers import read_scene

SHAPE = (40, 36, 5)


@pytest.fixture(scope="module")
def data():
    row, col, band = np.mgrid[:40, :36, :5]
    values = (900 + 300 * np.sin(row / 6 + band / 5) + 200 * np.cos(col / 5)).astype(np.int16)
    scene = Scene(
        values=values,
        nodata=-1,
        wavelengths=np.arange(5) * 100.0 + 400,
        crs='LOCAL_CS["here"]',
        transform=(30.0, 0.0, 1000.0, 0.0, -30.0, 9000.0),
    )
    return universal_codec(load_weights(), tile_side=3).compress(scene, Rate(1.0))


@pytest.fixture(scope="module")
def restored(data):
    return load().decompress(data)


@pytest.fixture
def file(data, tmp_path):
    (tmp_path / "scene.btcn").write_bytes(data)
    return tmp_path / "scene.btcn"


def test_a_window_and_bands_are_written_with_what_is_known_of_them(file, restored, capsys):
    output = file.with_name("part.hdr")
    words = ["decompress", str(file), str(output), "--window", "11:,:20", "--bands", "4,1:3"]
    assert run(words) == 0
    assert "29 x 20 x 3 int16" in capsys.readouterr().out
    part = read_scene(output)
    expected = restored.values[11:, :20][..., [4, 1, 2]]
    assert np.abs(part.values.astype(int) - expected).max() <= 1
    np.testing.assert_array_equal(part.wavelengths, [800, 500, 600])
    assert part.transform == (30.0, 0.0, 1000.0, 0.0, -30.0, 8670.0)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--window", "0:41,0:5"], "rows 0:41: the scene has rows 0:40"),
        (["--window", "0:5"], "two ranges"),
        (["--window", "3,4"], "two ranges"),
        (["--window", "0:5,0:5,0:5"], "two ranges"),
        (["--window", "a:b,0:5"], "ranges such as"),
        (["--window", "0:5:2,0:5"], "ranges such as"),
        (["--window", "5:5,0:5"], "rows 5:5"),
        (["--bands", "5"], "bands 5"),
        (["--bands", "3:9"], "bands 3:9"),
        (["--bands", "1,,2"], "ranges such as"),
        (["--bands", ""], "ranges such as"),
        (["--fill", "3"], "--salvage"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(file, capsys, words, told):
    output = file.with_name("part.npy")
    assert run(["decompress", str(file), str(output), *words]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
    assert not output.exists()


def damaged(file, data, *numbers):
    tiles, altered = read_compressed(data).tiles, bytearray(data)
    for number in numbers:
        altered[data.index(tiles.payload(number)) + 9] ^= 1
    file.write_bytes(altered)


def test_a_damaged_file_is_refused_and_with_salvage_the_rest_is_restored(
    file, data, restored, capsys
):
    damaged(file, data, 1, 4)
    output = file.with_name("rest.npy")
    assert run(["decompress", str(file), str(output)]) == 2
    assert "section TILE of the file is altered" in capsys.readouterr().err
    assert not output.exists()
    assert run(["decompress", str(file), str(output), "--salvage"]) == 1
    grid = read_compressed(data).tiles.grid
    rows, cols = (slice(4 * each.start, 4 * each.stop) for each in grid.place(1))
    error = capsys.readouterr().err
    lost = f"lost: rows {rows.start}:{rows.stop}, columns {cols.start}:{cols.stop}, filled with -1"
    assert lost in error
    assert error.count("lost:") == 2
    values = np.load(output)
    assert (values[rows, cols] == -1).all()
    first_rows, first_cols = (slice(4 * each.start, 4 * each.stop) for each in grid.place(0))
    first = values[first_rows, first_cols].astype(int)
    # Tiles of 12 samples: the network sees what stands for the lost ones from all of this one.
    assert np.abs(first - restored.values[first_rows, first_cols]).mean() < 1
    assert "beside them" in error


def test_of_a_whole_file_salvage_loses_nothing(file, restored, capsys):
    output = file.with_name("rest.npy")
    assert run(["decompress", str(file), str(output), "--salvage"]) == 0
    assert capsys.readouterr().err == ""
    assert np.abs(np.load(output).astype(int) - restored.values).max() <= 1


def test_what_is_stated_fills_what_is_lost(file, data):
    damaged(file, data, 0)
    output = file.with_name("rest.npy")
    assert run(["decompress", str(file), str(output), "--salvage", "--fill", "-7"]) == 1
    assert (np.load(output)[:4, :4] == -7).all()


def test_info_tells_of_tiles(file, capsys):
    assert run(["info", str(file)]) == 0
    told = capsys.readouterr().out
    assert "3 x 3 of 16 x 12 samples" in told
    assert "TILE_GRID 2, ADAPTIVE_BASIS" in told
