"""Chunks of arrays by Zarr and numcodecs: what comes back, what stands in the metadata, what is refused."""

import asyncio
import json
import warnings

import numpy as np
import pytest
from conftest import NODATA

from btcnet_jax.errors import BtcnetError, ConfigError, CubeError, DataError, DataWarning

zarr = pytest.importorskip("zarr", reason="Zarr is not installed: extra arrays")

from btcnet_arrays.chunk_codec import ChunkCodec  # noqa: E402
from btcnet_arrays.chunk_shapes import Shape, better_chunks  # noqa: E402
from btcnet_arrays.numcodecs_codec import Btcnet  # noqa: E402
from btcnet_arrays.zarr_codec import BtcnetSerializer  # noqa: E402

QUICK = {"bpppb": 1.5, "effort": "light"}


@pytest.fixture(scope="module")
def cube(values):
    """A part with missing samples whose data are never the nodata value."""
    return np.ascontiguousarray(values[:, 20:40, :4])


@pytest.fixture(autouse=True)
def _registered():
    zarr.registry.register_codec("btcnet", BtcnetSerializer)


def _array(cube, chunks, codec, store=None, **more):
    more = {"fill_value": NODATA, "compressors": None, **more}
    array = zarr.create_array(
        {} if store is None else store,
        shape=cube.shape,
        dtype=cube.dtype,
        chunks=chunks,
        serializer=codec,
        **more,
    )
    array[:] = cube
    return array


def test_a_chunk_is_the_file_of_its_cube_and_missing_samples_come_back(cube):
    store = {}
    found = _array(cube, cube.shape, BtcnetSerializer(**QUICK), store)[:]
    np.testing.assert_array_equal(found == NODATA, cube == NODATA)
    assert 0 < np.abs(found - cube).max() < 30
    data = store["c/0/0/0"].to_bytes()
    assert data.startswith(b"BTCN")
    assert 8 * len(data) <= QUICK["bpppb"] * cube.size


@pytest.mark.filterwarnings("ignore:each of these chunks")
def test_another_reader_needs_no_configuration(cube):
    store = {}
    found = _array(cube, (20, 12, 4), BtcnetSerializer(axes="r,c,b", **QUICK), store)[:]
    (told,) = json.loads(store["zarr.json"].to_bytes())["codecs"]
    wanted = {"optimize": "balanced", "axes": "r,c,b", "nodata": None, **QUICK}
    assert told == {"name": "btcnet", "configuration": wanted}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = zarr.open_array(store, mode="r")
    np.testing.assert_array_equal(again[:], found)
    # Chunks at the side are filled up with what marks missing samples.
    np.testing.assert_array_equal(found[:, 12:] == NODATA, cube[:, 12:] == NODATA)


def test_axes_may_lie_otherwise_and_others_before_them(cube):
    stored = cube.transpose(2, 0, 1)[None]
    found = _array(stored, stored.shape, BtcnetSerializer(axes="bands,rows,cols", **QUICK))[0]
    wanted = _array(cube, cube.shape, BtcnetSerializer(**QUICK))[:]
    np.testing.assert_array_equal(found, wanted.transpose(2, 0, 1))


def test_shards_hold_the_same_chunks(cube):
    codec = BtcnetSerializer(**QUICK)
    shards = _array(cube, cube.shape, codec, shards=(40, 20, 4))
    np.testing.assert_array_equal(shards[:], _array(cube, cube.shape, codec)[:])


@pytest.mark.parametrize("dtype", ["u1", "i2", ">u2", "i4", "u8", "f4", "f8"])
def test_integers_and_floats_come_back_in_their_type(cube, dtype):
    data = np.where(cube == NODATA, 0, np.maximum(cube, 800) - 799)
    data = (data % 251).astype(dtype)
    codec = ChunkCodec(**QUICK)
    found = codec.decode(codec.encode(data, np.dtype(dtype).type(0)), data.shape, 0)
    assert found.dtype == np.dtype(dtype).newbyteorder("=")
    np.testing.assert_array_equal(found == 0, data == 0)


def test_nan_stays_nan_and_no_datum_is_restored_to_the_fill_value(cube):
    values = np.where(cube == NODATA, np.nan, cube % 3).astype(np.float32)
    codec = ChunkCodec(bpppb=0.5, effort="light")
    found = codec.decode(codec.encode(values, np.float32(np.nan)), values.shape, np.float32(np.nan))
    np.testing.assert_array_equal(np.isnan(found), np.isnan(values))
    coarse = (cube % 3).astype(np.int16)
    found = codec.decode(codec.encode(coarse, 1), coarse.shape, 1)
    np.testing.assert_array_equal(found == 1, coarse == 1)


def test_a_nodata_value_counts_besides_the_fill_value(cube):
    codec = BtcnetSerializer(nodata=NODATA, **QUICK)
    found = _array(cube, cube.shape, codec, fill_value=0)[:]
    np.testing.assert_array_equal(found == NODATA, cube == NODATA)


@pytest.mark.parametrize(
    ("configuration", "told"),
    [
        ({"bpppb": 0.0}, "above zero"),
        ({"optimize": "best"}, "psnr"),
        ({"effort": "hard"}, "effort is"),
        ({"nodata": float("nan")}, "finite"),
        ({"axes": "rows,cols"}, "once each"),
        ({"axes": ""}, "three names"),
        ({"rate": 1.0}, "has no 'rate': it has bpppb"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(configuration, told):
    with pytest.raises((ConfigError, DataError), match=told):
        BtcnetSerializer.from_dict({"name": "btcnet", "configuration": configuration})


@pytest.mark.parametrize(
    ("shape", "dtype", "told"),
    [((8, 8), "u2", "codes cubes"), ((2, 8, 8, 3), "u2", "length 1"), ((8, 8, 3), "c8", "complex")],
)
def test_an_array_that_cannot_be_coded_is_refused_when_it_is_made(shape, dtype, told):
    with pytest.raises(CubeError, match=told):
        zarr.create_array({}, shape=shape, chunks=shape, dtype=dtype, serializer=BtcnetSerializer())


def test_a_damaged_chunk_and_one_of_another_shape_are_refused(cube):
    store = {}
    array = _array(cube, cube.shape, BtcnetSerializer(**QUICK), store)
    whole = store["c/0/0/0"].to_bytes()
    for data, told in (
        (whole[:-3], "truncated"),
        (ChunkCodec().encode(cube[:8], NODATA), "not .20, 20, 4."),
    ):
        store["c/0/0/0"] = zarr.core.buffer.default_buffer_prototype().buffer.from_bytes(data)
        with pytest.raises(BtcnetError, match=told):
            array[:]


def test_bad_chunks_are_told_with_better_ones_and_only_to_who_makes_them(cube):
    store = {}
    with pytest.warns(DataWarning, match="better are chunks of 100 rows, 256 columns and 4 bands"):
        zarr.create_array(
            store,
            shape=(100, 300, 4),
            chunks=(100, 300, 2),
            dtype="i2",
            serializer=BtcnetSerializer(**QUICK),
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        zarr.open_array(store)


@pytest.mark.parametrize(
    ("array", "chunk", "why"),
    [
        ((600, 500, 200), (256, 256, 200), None),
        ((600, 500, 200), (64, 64, 200), None),
        ((600, 500, 200), (64, 32, 200), "64 x 32 pixels"),
        ((600, 500, 200), (512, 500, 1), "1 of 200 bands"),
        ((30, 20, 200), (30, 20, 200), None),
        ((30, 20, 200), (64, 64, 200), None),
        ((30, 20, 200), (10, 20, 200), "10 x 20 pixels"),
    ],
)
def test_small_chunks_and_parted_bands_are_a_bad_idea(array, chunk, why):
    found = better_chunks(Shape(*array), Shape(*chunk))
    if why is None:
        assert found is None
    else:
        told, better = found
        assert why in told
        assert better == (min(array[0], 256), min(array[1], 256), array[2])
        assert better_chunks(Shape(*array), better) is None


def test_numcodecs_and_zarr_2_take_the_same(cube):
    numcodecs = pytest.importorskip("numcodecs")
    numcodecs.register_codec(Btcnet)
    codec = numcodecs.get_codec({"id": "btcnet", "nodata": NODATA, **QUICK})
    found = codec.decode(codec.encode(cube))
    np.testing.assert_array_equal(found == NODATA, cube == NODATA)
    assert numcodecs.get_codec(codec.get_config()).get_config() == codec.get_config()
    out = np.empty_like(cube)
    codec.decode(codec.encode(cube), out)
    np.testing.assert_array_equal(out, found)
    array = zarr.create_array(
        {}, shape=cube.shape, chunks=cube.shape, dtype=cube.dtype, zarr_format=2, compressors=codec
    )
    array[:] = cube
    np.testing.assert_array_equal(array[:], found)
    with pytest.raises(ConfigError, match="rate"):
        Btcnet(rate=3)


def test_chunks_are_coded_away_from_the_loop_that_stores_them(cube):
    async def both():
        codec, ticks = BtcnetSerializer(**QUICK), []

        async def tick():
            while True:
                ticks.append(1)
                await asyncio.sleep(0)

        ticking = asyncio.create_task(tick())
        array = await zarr.api.asynchronous.create_array(
            {},
            shape=cube.shape,
            chunks=cube.shape,
            dtype=cube.dtype,
            fill_value=NODATA,
            serializer=codec,
        )
        before = len(ticks)
        await array.setitem(..., cube)
        ticking.cancel()
        return len(ticks) - before

    assert asyncio.run(both()) > 10


def test_codecs_are_found_by_name(installed):
    from importlib.metadata import entry_points

    for group, name in (("zarr.codecs", "BtcnetSerializer"), ("numcodecs.codecs", "Btcnet")):
        points = [point for point in entry_points(group=group) if point.name == "btcnet"]
        assert {point.load().__name__ for point in points} == {name}
