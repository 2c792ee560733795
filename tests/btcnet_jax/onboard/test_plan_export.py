"""The C program of a plan: the bytes that Python writes, whatever the lines; its memory; what it refuses."""

import dataclasses
import io
import shutil
import subprocess
import warnings

import numpy as np
import pytest

from btcnet_jax.codec import Rate, decompress
from btcnet_jax.codec.line_plan import own_codec
from btcnet_jax.codec.planning import plan
from btcnet_jax.codec.regions import Damage
from btcnet_jax.container.compressed_file import open_compressed, read_compressed
from btcnet_jax.errors import ConfigError, CubeError, DataWarning
from btcnet_jax.onboard.plan_export import (
    make_plan_export,
    require_plan_form,
    write_plan_export,
)
from btcnet_jax.onboard.plan_loss import plan_loss
from btcnet_jax.scene import Scene
from data_pipeline.readers import open_scene

COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="no C compiler: cc, gcc or clang")
STRICT = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic")
SANITIZED = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
BANDS, SAMPLES = 11, 70


def cube(dtype=np.int16):
    row, col, band = np.mgrid[:40, :SAMPLES, :BANDS]
    noise = np.random.default_rng(0).normal(0, 6, row.shape)
    values = 900 * np.sin(row / 5 + band / 3) * np.cos(col / 4) + 300 * band + noise
    if dtype == np.uint16:
        values += 31000
    values[..., 4] = 29
    return values.astype(dtype)


@pytest.fixture(scope="module")
def made():
    """Plans of a type; tiles are of 4 blocks or more, so that a line has several."""
    plans = {}

    def make(dtype=np.int16):
        if dtype not in plans:
            found = plan(Scene(values=cube(dtype)[:24]), Rate(1.0), integers=True, group=8)
            plans[dtype] = dataclasses.replace(found, side=4)
        return plans[dtype]

    return make


def written(plan, lines):
    output = io.BytesIO()
    with warnings.catch_warnings():
        # Noise is beyond what symbols can tell, of which Python tells.
        warnings.simplefilter("ignore", DataWarning)
        with plan.writer(output) as writer:
            writer.write(lines)
    return output.getvalue()


def compiled(folder, flags=SANITIZED):
    program = folder / "program"
    sources = sorted(folder.glob("*.c"))
    subprocess.run([COMPILER, *STRICT, *flags, "-o", program, *sources], check=True)
    return program


def compress(program, lines, *words):
    data = lines.transpose(0, 2, 1).astype(lines.dtype.newbyteorder("<")).tobytes()
    words = [program, *map(str, words or (lines.shape[1],))]
    done = subprocess.run(words, input=data, capture_output=True, check=False, timeout=120)
    return done.returncode, done.stdout, done.stderr.decode()


@pytest.fixture(scope="module")
def flight(made, tmp_path_factory):
    """A program for lines of up to SAMPLES samples, under sanitizers."""
    folder = tmp_path_factory.mktemp("flight")
    form = make_plan_export("tiny", made(), SAMPLES, 44)
    files, lines = write_plan_export(form, cube(), folder)
    assert lines == 30
    assert {path.name for path in files} >= {"README.md", "lines.bil", "expected.btcn", "Makefile"}
    return folder, (None if COMPILER is None else compiled(folder))


def noise(rows, cols, dtype=np.int16):
    info, random = np.iinfo(dtype), np.random.default_rng(3)
    return random.integers(info.min, info.max, (rows, cols, BANDS), dtype)


@needs_compiler
def test_the_program_writes_what_python_does(made, flight):
    values, extremes = cube(), noise(10, 38)
    extremes[:, :19] = np.where(extremes[:, :19] < 0, -32768, 32767)
    # All lines, a few and narrow ones, one sample, far brighter ones, noise over all of the type's range.
    for lines in (values, values[3:14, :9], values[:1, :1], values[:7] * 8, extremes):
        status, data, errors = compress(flight[1], lines)
        assert status == 0
        assert data == written(made(), lines)
        # Of what is lost both tell the same.
        told = "samples of bands that held one value" in errors
        assert told == bool((lines[..., 4] != 29).any())
    restored = decompress(compress(flight[1], values)[1]).values
    assert (restored.shape, restored.dtype) == (values.shape, values.dtype)
    assert (restored[..., 4] == 29).all()
    assert np.abs(restored - values.astype(float)).mean() < 20


@needs_compiler
def test_unsigned_samples_and_tiles_that_no_buffer_holds(made, tmp_path):
    wide = dataclasses.replace(made(np.uint16), side=32, group=16)
    # Steps finer than any plan's, so that noise is more than symbols can tell.
    finer = dataclasses.replace(wide.integers, shift=wide.integers.shift - np.uint8(6))
    wide = dataclasses.replace(wide, integers=finer)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        form = make_plan_export("wide", wide, 252)
        write_plan_export(form, cube(np.uint16), tmp_path)
    program = compiled(tmp_path, ("-O2",))
    lines = np.tile(cube(np.uint16)[:20], (1, 4, 1))[:, :252]
    assert compress(program, lines)[1] == written(wide, lines)
    lines = noise(16, 252, np.uint16)
    _, data, errors = compress(program, lines)
    assert len(data) > form.sizes.buffer
    assert data == written(wide, lines)
    assert "coefficients are beyond what symbols can tell" in errors


@needs_compiler
def test_the_program_refuses_in_one_line(flight):
    program = flight[1]
    for words, lines, message in (
        (
            (SAMPLES + 1,),
            cube(),
            f"lines of 1 to {SAMPLES} samples, not 71: export with --samples 71",
        ),
        ((0,), cube(), "lines of 1 to 70 samples"),
        (("x",), cube(), "say how many samples"),
        ((69,), cube(), "the stream ends inside a line"),
        ((SAMPLES,), np.concatenate([cube(), cube()[:5]]), "more than 44 lines"),
        ((SAMPLES,), cube()[:0], "no line came"),
    ):
        status, _, errors = compress(program, lines, *words)
        assert (status, errors.count("\n")) == (2, 1)
        assert message in errors


@needs_compiler
@pytest.mark.parametrize("number", [0, 6, 19])
def test_a_flipped_bit_loses_its_tile_alone(flight, number):
    data = compress(flight[1], cube())[1]
    file = read_compressed(data)
    assert (file.tiles.grid.down, file.tiles.grid.across) == (5, 4)
    payload = file.tiles.payload(number)
    at = data.index(payload) + len(payload) // 2
    flipped = io.BytesIO(data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :])
    opened, damage = open_compressed(flipped, salvage=True), Damage(-1)
    salvaged = own_codec(dependent=False).decompress(opened, damage=damage).values
    (place,) = damage.places
    assert (salvaged[place] == -1).all()
    kept = np.ones(salvaged.shape[:2], bool)
    kept[place] = False
    # Networks see a little beyond a tile: all else decodes to what it was.
    difference = np.abs(salvaged.astype(int) - decompress(data).values)[kept]
    assert np.mean(difference > 2) < 0.2


@needs_compiler
def test_make_check_finds_a_wrong_file(flight, tmp_path):
    if shutil.which("make") is None:
        pytest.skip("no make")
    folder = tmp_path / "copy"
    shutil.copytree(flight[0], folder)
    words = ["make", "-C", folder, "check", "CFLAGS=-O1"]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    assert "the file is the one that is expected" in done.stdout, done.stderr
    wrong = bytearray((folder / "expected.btcn").read_bytes())
    wrong[-40] ^= 1
    (folder / "expected.btcn").write_bytes(wrong)
    assert subprocess.run(words, check=False, capture_output=True).returncode != 0


@needs_compiler
def test_memory_told_is_the_program_s(made, flight, tmp_path):
    folder = tmp_path / "size"
    shutil.copytree(flight[0], folder)
    (folder / "size.c").write_text(
        '#include <stdio.h>\n#include "btcnet_stream.h"\nint main(void) {\n'
        'printf("%lu", (unsigned long)sizeof(btcnet_stream));return 0; }\n'
    )
    sources = [folder / "size.c", folder / "btcnet_model.c"]
    subprocess.run([COMPILER, *STRICT, "-o", folder / "size", *sources], check=True)
    told = make_plan_export("tiny", made(), SAMPLES, 44).memory
    # Counters and pointers besides, and what alignment adds.
    assert 0 <= int(subprocess.check_output([folder / "size"])) - told.state < 256


def test_a_swath_of_a_sensor_takes_less_than_a_megabyte(made):
    form = make_plan_export("wide", dataclasses.replace(made(), side=32, group=16), 256)
    sizes = form.sizes._replace(bands=172, components=24)
    assert form._replace(sizes=sizes).memory.state < 1 << 20


def test_c_has_neither_floats_nor_allocation(flight):
    for path in flight[0].glob("*.[ch]"):
        text = path.read_text().replace("no allocation", "").replace("no floating point", "")
        for word in ("float", "double", "malloc", "calloc", "alloca"):
            assert word not in text


def test_what_cannot_be_exported_is_refused(made):
    floats = dataclasses.replace(made(), integers=None)
    with pytest.raises(
        ConfigError, match=r"computes in floats, .*: make one with `btcnet plan --integers`"
    ):
        require_plan_form("c", floats)
    with pytest.raises(ConfigError, match="as a C program alone, not as onnx"):
        require_plan_form("onnx", made())
    with pytest.raises(ConfigError, match="no form vhdl"):
        require_plan_form("vhdl", made())
    with pytest.raises(ConfigError, match="1 to 65536 samples, not 0"):
        make_plan_export("tiny", made(), 0)
    with pytest.raises(ConfigError, match="1 to 1048576 lines, not 0"):
        make_plan_export("tiny", made(), 16, 0)


def test_vectors_of_another_sensor_are_refused_before_anything_is_written(made, tmp_path):
    form = make_plan_export("tiny", made(), SAMPLES)
    with pytest.raises(CubeError, match="the plan is for 11 bands, not 5"):
        write_plan_export(form, cube()[..., :5], tmp_path / "no")
    assert not (tmp_path / "no").exists()


@needs_compiler
@pytest.mark.parametrize("name", ["jasper_ridge.npz", "abu-urban-1.mat", "abu-beach-2.mat"])
def test_real_scenes_by_both_and_what_integers_cost(real_data, tmp_path, name):
    source = open_scene(real_data / name, None, None)
    values = np.ascontiguousarray(source.read(slice(0, 30), slice(0, 34)))
    scene = Scene(values=values)
    found = plan(scene, Rate(0.1), integers=True)
    write_plan_export(make_plan_export(name, found, 34), values, tmp_path)
    data = compress(compiled(tmp_path, ("-O2",)), values)[1]
    assert data == written(found, values)
    loss = plan_loss(found, scene)
    assert loss.share < 0.002
    assert abs(loss.loss_db) < 0.02
