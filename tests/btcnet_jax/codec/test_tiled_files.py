"""Files of tiles by the codec: what they cost, windows of them, and what is left of damaged ones."""

import io

import numpy as np
import pytest

from btcnet_jax.codec import Rate, open_file, universal_codec
from btcnet_jax.codec.open_file import OpenFile
from btcnet_jax.codec.regions import Damage
from btcnet_jax.coding.context import ComponentLevels
from btcnet_jax.container.compressed_file import open_compressed, read_compressed
from btcnet_jax.container.container import Section, write_container
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import DataError, FileFormatError
from btcnet_jax.scene import Scene
from btcnet_jax.scene.part import Part

RATE = Rate(0.4)
SHAPE = (70, 58, 8)


@pytest.fixture(scope="module")
def tiled(plain_weights):
    """A codec of tiles of 16 to 28 samples a side."""
    return universal_codec(plain_weights, tile_side=4)


@pytest.fixture(scope="module")
def scene(make_cube):
    values = make_cube(*SHAPE).astype(np.int16)
    values[..., 3] = 17
    values[10:20, 5:9] = -9999
    values[40, 50, 2] = -9999
    return Scene(
        name="tiled",
        values=values,
        nodata=-9999,
        wavelengths=np.linspace(400, 1100, SHAPE[2]),
        band_names=tuple("abcdefgh"),
        band_mask=np.arange(SHAPE[2]) != 6,
        transform=(30.0, 0.0, 1000.0, 0.0, -30.0, 9000.0),
    )


@pytest.fixture(scope="module")
def data(tiled, scene):
    return tiled.compress(scene, RATE)


@pytest.fixture(scope="module")
def restored(tiled, data):
    return tiled.decompress(data)


@pytest.fixture
def opened(tiled, data):
    file = OpenFile(open_compressed(io.BytesIO(data)))
    file.codec = tiled
    return file


def apart(data):
    """Payloads by kind and tiles of a file."""
    file = read_compressed(data)
    return file, [file.tiles.payload(number) for number in range(file.tiles.grid.count)]


def in_one_piece(codec, data):
    """The same symbols in one piece."""
    file = read_compressed(data)
    symbols = codec._latent.read(file)
    levels = ComponentLevels.of(symbols)
    sections = [
        Section(*each) for each in file.sections.items() if each[0] != SectionKind.TILE_GRID
    ]
    sections.append(Section(SectionKind.QUANTIZER, levels.to_bytes()))
    coded = codec._latent.coder.encode(symbols, levels)
    return write_container([*sections, Section(SectionKind.SYMBOLS, coded)])


def test_a_scene_of_tiles_is_the_scene_of_one(tiled, plain, data, restored):
    _, tiles = apart(data)
    one = in_one_piece(tiled, data)
    assert len(tiles) == 12
    assert read_compressed(one).tiles is None
    np.testing.assert_array_equal(plain.decompress(one).values, restored.values)
    assert len(one) < len(data)


def test_threads_change_no_byte(tiled, scene, data):
    assert tiled.compress(scene, RATE, jobs=3) == data


def test_every_codec_reads_tiles_of_any_size(plain, data, restored):
    np.testing.assert_array_equal(plain.decompress(data).values, restored.values)


def test_small_scenes_are_in_one_piece(plain, make_cube):
    file = read_compressed(plain.compress(make_cube(40, 36, 4), RATE))
    assert file.tiles is None
    assert SectionKind.TILE_GRID not in file.sections


def test_the_rate_is_kept(tiled, scene, data):
    assert len(data) <= RATE.file_bytes(scene.values.size)


def test_the_rate_map_adds_up_to_the_tiles(tiled, data):
    _, tiles = apart(data)
    bits = tiled.rate_map(data)
    assert bits.shape == (18, 15)
    assert bits.sum() / 8 == pytest.approx(sum(map(len, tiles)), rel=0.15)


# Over every border between tiles and along it, at every side of the scene, of one sample and of all.
_ROWS = [(0, 1), (0, 70), (19, 21), (20, 40), (39, 41), (59, 61), (69, 70), (3, 68)]
_COLS = [(57, 58), (0, 58), (19, 21), (0, 1), (39, 41), (20, 40), (0, 58), (5, 6)]


@pytest.mark.parametrize(("rows", "cols"), [*zip(_ROWS, _COLS, strict=True)])
def test_a_window_is_that_of_the_scene(opened, restored, rows, cols):
    window = opened[slice(*rows), slice(*cols)]
    expected = restored.values[slice(*rows), slice(*cols)]
    assert window.values.dtype == expected.dtype
    # Floats of another shape may round otherwise.
    difference = np.abs(window.values.astype(int) - expected)
    assert difference.max() <= 1
    assert np.count_nonzero(difference) <= 0.01 * difference.size + 1
    np.testing.assert_array_equal(window.valid(), restored.valid()[slice(*rows), slice(*cols)])


@pytest.mark.parametrize("bands", [slice(2, 6), [5], 3, [6, 0, 3], -1, np.arange(8) % 2 == 0])
def test_bands_come_with_what_is_known_of_them(opened, restored, scene, bands):
    part = opened[20:37, 10:31, bands]
    numbers = np.atleast_1d(np.arange(8)[bands])
    expected = restored.values[20:37, 10:31][..., numbers]
    assert np.abs(part.values.astype(int) - expected).max() <= 1
    np.testing.assert_array_equal(part.wavelengths, scene.wavelengths[numbers])
    np.testing.assert_array_equal(part.band_mask, scene.band_mask[numbers])
    assert part.band_names == tuple("abcdefgh"[number] for number in numbers)
    assert part.transform == (30.0, 0.0, 1300.0, 0.0, -30.0, 8400.0)
    assert (part.name, part.nodata) == ("tiled", -9999)


def test_what_is_known_takes_no_decoding(opened, scene, monkeypatch):
    monkeypatch.setattr(
        type(opened.file.tiles), "payload", lambda *_: pytest.fail("a tile was read")
    )
    assert opened.shape == SHAPE
    assert opened.dtype == np.int16
    np.testing.assert_array_equal(opened.wavelengths, scene.wavelengths)
    assert opened.info.transform == scene.transform


def test_the_tiles_that_are_read_grow_with_the_window(opened, tiled, monkeypatch):
    read = []
    payload = type(opened.file.tiles).payload
    monkeypatch.setattr(
        type(opened.file.tiles), "payload", lambda self, n: read.append(n) or payload(self, n)
    )
    monkeypatch.setattr(tiled._decoder, "reach", 1)
    counts = []
    for rows, cols in [
        ((4, 8), (4, 8)),
        ((16, 36), (4, 8)),
        ((4, 24), (4, 30)),
        ((0, 70), (0, 58)),
    ]:
        read.clear()
        _ = opened[slice(*rows), slice(*cols)]
        counts.append(len(read))
        assert len({*read}) == len(read)
    assert counts == [1, 2, 4, 12]


def test_ellipsis_and_fewer_axes(opened, restored):
    for part in (opened[5:9], opened[5:9, ...], opened[5:9, :, :], opened[-65:-61]):
        assert np.abs(part.values.astype(int) - restored.values[5:9]).max() <= 1
    assert opened[..., 2:4].values.shape == (70, 58, 2)
    assert opened[7, 8].values.shape == (1, 1, 8)


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (np.s_[0:71], "rows 0:71: the scene has rows 0:70"),
        (np.s_[:, 58:59], "columns 58:59: the scene has columns 0:58"),
        (np.s_[5:5], "rows 5:5"),
        (np.s_[9:5], "rows 9:5"),
        (np.s_[-71:], "rows -71:"),
        (np.s_[::2], "without a step"),
        (np.s_[70], "rows 70"),
        (np.s_[:, :, 8], "bands 8"),
        (np.s_[:, :, 3:9], "bands 3:9"),
        (np.s_[:, :, [0, -9]], "bands"),
        (np.s_[:, :, []], "bands"),
        (np.s_[:, :, [True, False]], "bands"),
        (np.s_[:, :, 0.5], "bands"),
        (np.s_[:, "a"], "columns are a slice"),
        (np.s_[0.5:2], "whole numbers"),
        (np.s_[0, 0, 0, 0], "three axes|3 axes"),
        (np.s_[..., ..., 0], "axes"),
    ],
)
def test_what_is_outside_is_refused(opened, wanted, told):
    with pytest.raises(DataError, match=told):
        _ = opened[wanted]


def test_a_window_of_a_file_in_one_piece(plain, make_cube, tmp_path):
    cube = make_cube(40, 36, 6)
    data = plain.compress(cube, RATE)
    (tmp_path / "one.btcn").write_bytes(data)
    file = open_file(tmp_path / "one.btcn")
    file.codec = plain
    whole = plain.decompress(data).values
    part = file[11:30, 2:35, 1:4].values
    assert np.abs(part.astype(int) - whole[11:30, 2:35, 1:4]).max() <= 1


def test_an_ensemble_sees_a_window_as_it_sees_the_scene(tiled, data):
    part = Part.of(SHAPE, slice(21, 40), slice(13, 30))
    whole = tiled.decompress(data, ensemble=8).values[21:40, 13:30]
    assert (
        np.abs(tiled.decompress(data, ensemble=8, part=part).values.astype(int) - whole).max() <= 1
    )


def altered(data, number):
    """The file with a byte of a tile changed."""
    _, tiles = apart(data)
    at = data.index(tiles[number]) + len(tiles[number]) // 2
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize("number", [0, 4, 11])
def test_a_damaged_tile_is_lost_alone(tiled, data, restored, number):
    with pytest.raises(FileFormatError, match="TILE"):
        tiled.decompress(altered(data, number))
    file, damage = open_compressed(io.BytesIO(altered(data, number)), salvage=True), Damage()
    scene = tiled.decompress(file, damage=damage)
    rows, cols = (slice(4 * b.start, 4 * b.stop) for b in file.tiles.grid.place(number))
    (place,) = damage.places
    assert place == (slice(rows.start, min(rows.stop, 70)), slice(cols.start, min(cols.stop, 58)))
    assert (scene.values[place] == -9999).all()
    assert not scene.valid()[place].any()
    kept = np.ones(SHAPE[:2], bool)
    kept[place] = False
    difference = np.abs(scene.values.astype(int) - restored.values)[kept]
    assert np.count_nonzero(difference > 1) < 0.01 * difference.size
    np.testing.assert_array_equal(scene.valid()[kept], restored.valid()[kept])


def test_a_window_beside_the_damage_loses_nothing(tiled, data, restored):
    file, damage = open_compressed(io.BytesIO(altered(data, 11)), salvage=True), Damage()
    part = Part.of(SHAPE, slice(0, 20), slice(0, 20))
    scene = tiled.decompress(file, part=part, damage=damage)
    assert damage.places == []
    assert np.abs(scene.values.astype(int) - restored.values[:20, :20]).max() <= 1


def test_the_place_of_damage_in_a_window_is_that_of_the_scene(tiled, data):
    file, damage = open_compressed(io.BytesIO(altered(data, 0)), salvage=True), Damage()
    part = Part.of(SHAPE, slice(10, 40), slice(12, 30))
    scene = tiled.decompress(file, part=part, damage=damage)
    rows, cols = (slice(0, 4 * b.stop) for b in file.tiles.grid.place(0))
    assert damage.places == [(slice(10, rows.stop), slice(12, cols.stop))]
    lost = np.s_[: rows.stop - 10, : cols.stop - 12]
    assert (scene.values[lost] == -9999).all()


def test_where_nothing_is_left_nothing_is_restored(tiled, data):
    start, length = open_compressed(io.BytesIO(data)).tiles._places[0]
    cut = altered(data, 0)[: start + length]
    file = open_compressed(io.BytesIO(cut), salvage=True)
    with pytest.raises(FileFormatError, match="nothing can be restored"):
        tiled.decompress(file, damage=Damage())


def test_without_nodata_a_fill_must_be_named(tiled, make_cube):
    data = altered(tiled.compress(make_cube(40, 36, 4), RATE), 1)

    def salvaged(fill):
        file = open_compressed(io.BytesIO(data), salvage=True)
        return tiled.decompress(file, damage=Damage(fill))

    with pytest.raises(DataError, match="--fill"):
        salvaged(None)
    with pytest.raises(DataError, match="no value of uint16"):
        salvaged(-1)
    scene = salvaged(7)
    assert scene.nodata == 7
    assert (scene.values == 7).sum() == (~scene.valid()).sum() > 0
    # A value that data have too marks nothing: the mask alone tells.
    held = int(scene.values.max())
    scene = salvaged(held)
    assert scene.nodata is None
    assert (~scene.valid()).any()


def test_floats_are_filled_with_nan(tiled, make_cube):
    data = tiled.compress(make_cube(40, 36, 4).astype(np.float32), RATE)
    file = open_compressed(io.BytesIO(altered(data, 0)), salvage=True)
    scene = tiled.decompress(file, damage=(damage := Damage()))
    assert np.isnan(scene.values[damage.places[0]]).all()
    assert np.isfinite(scene.values).mean() > 0.5


def test_symbols_that_make_no_sense_are_damage_too(tiled, data, restored):
    # The checksum is right: the tile was made so.
    file, tiles = apart(data)
    made = [Section(*each) for each in file.sections.items()]
    for number, payload in enumerate(tiles):
        payload = payload[:-8] + bytes(8) if number == 4 else payload
        made.append(Section(SectionKind.TILE, bytes([number]) + payload))
    hostile = write_container(made)
    with pytest.raises(FileFormatError):
        tiled.decompress(hostile)
    damage = Damage()
    tiled.decompress(open_compressed(io.BytesIO(hostile), salvage=True), damage=damage)
    assert len(damage.places) == 1


_REAL = ["indian_pines.npz", "jasper_ridge.npz", "pavia_university.npz", "salinas_a.mat"]


@pytest.mark.parametrize("name", _REAL)
def test_no_seams_in_real_scenes_with_the_network_that_ships(real_data, name):
    from btcnet_jax.weights.weight_file import load_weights
    from data_pipeline.readers import read_scene

    values = read_scene(real_data / name).values[:72, :24, ::50]
    codec = universal_codec(load_weights(), tile_side=4)
    data = codec.compress(np.ascontiguousarray(values), Rate(0.5))
    whole = codec.decompress(data).values.astype(np.float64)
    # Reaches over five tiles each way, and no border of the scene on one side.
    part = Part.of(values.shape, slice(60, 71), slice(0, 9))
    window = codec.decompress(data, part=part).values
    step = np.spacing(np.float32(np.ptp(values.astype(np.float64)))) * 64 + 1
    assert np.abs(window - whole[60:71, :9]).max() <= step
    # Tiles are no more than another order of the symbols: what is restored has no seam to begin with.
    np.testing.assert_array_equal(codec.decompress(in_one_piece(codec, data)).values, whole)
