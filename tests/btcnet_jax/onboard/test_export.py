"""Exports: compiled or loaded, run on their test vectors, and equal to the reference to the bit."""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from btcnet_jax.codec import network_codec
from btcnet_jax.coding.range_coder import CONSTRICTION
from btcnet_jax.coding.runs import encode_runs
from btcnet_jax.errors import BtcnetError, ConfigError
from btcnet_jax.onboard.export import FORMS, make_export, write_export
from btcnet_jax.onboard.lines import memory
from btcnet_jax.scene.scene import Scene

COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="no C compiler: cc, gcc or clang")
STRICT = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic")
SANITIZED = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
NAMES = ["published", "6 bits by bands", "learned, floats", "learned, 8 bits, stride 2", "stride 8"]


def _exported(made, form, folder, samples=16):
    export = _export(made, samples)
    write_export(form, export, folder)
    return export.vectors


def _export(made, samples=16, lines=40):
    return make_export("tiny", made.saved, [made.latent], made.scene.values, samples, lines)


def _compiled(folder, name="encode", flags=SANITIZED):
    others = [path for path in folder.glob("*.c") if path.name not in ("encode.c", "compress.c")]
    if name == "encode":
        others = [folder / f"btcnet_{part}.c" for part in ("encoder", "model", "lines")]
    sources = [folder / f"{name}.c", *others]
    program = folder / name
    subprocess.run([COMPILER, *STRICT, *flags, "-o", program, *sources], check=True)
    return program


def _encode(program, lines, *words):
    data = lines.transpose(0, 2, 1).astype(lines.dtype.newbyteorder("<")).tobytes()
    words = words or (lines.shape[1],)
    done = subprocess.run(
        [program, *map(str, words)], input=data, capture_output=True, check=False, timeout=60
    )
    return done.returncode, np.frombuffer(done.stdout, "<i4"), done.stderr.decode()


@needs_compiler
@pytest.mark.parametrize("name", NAMES)
def test_the_c_program_gives_the_reference_s_symbols(make, tmp_path, name):
    made = make(name)
    vectors = _exported(made, "c", tmp_path)
    program = _compiled(tmp_path)
    status, symbols, errors = _encode(program, vectors.lines)
    assert (status, errors) == (0, "")
    np.testing.assert_array_equal(symbols, vectors.symbols.ravel())
    # Scenes of any lines, narrower than the widest, of values beyond the calibration, and none at all.
    for rows, cols in ((1, 13), (6, 5), (9, 1), (0, 4)):
        lines = made.scene.values[:rows, :cols] * 7
        wanted = made.encoder.encode(lines) if rows else np.zeros(0)
        np.testing.assert_array_equal(_encode(program, lines)[1], wanted.ravel())


@needs_compiler
def test_unsigned_samples_in_c(make, cube, tmp_path):
    made = make("published", (cube.astype(np.int32) * 9 + 40000).clip(0, 65535).astype(np.uint16))
    vectors = _exported(made, "c", tmp_path)
    _, symbols, _ = _encode(_compiled(tmp_path), vectors.lines)
    np.testing.assert_array_equal(symbols, vectors.symbols.ravel())


@needs_compiler
def test_the_c_program_refuses_in_one_line(make, tmp_path):
    lines = _exported(make(), "c", tmp_path).lines
    program = _compiled(tmp_path)
    for words, message in (
        ((17,), "lines of 1 to 16 samples, not 17: export with --samples 17"),
        ((0,), "lines of 1 to 16 samples"),
        (("x",), "say how many samples"),
        ((7,), "the stream ends inside a line"),
    ):
        status, _, errors = _encode(program, lines, *words)
        assert (status, errors.count("\n")) == (2, 1)
        assert message in errors


CODED = ["published", "6 bits by bands", "stride 8", "stride 1"]


def _written(program, lines, *words):
    data = lines.transpose(0, 2, 1).astype(lines.dtype.newbyteorder("<")).tobytes()
    words = [program, *map(str, words or (lines.shape[1],))]
    done = subprocess.run(words, input=data, capture_output=True, check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr.decode()


@needs_compiler
@pytest.mark.parametrize("name", CODED)
def test_the_c_program_writes_the_file_that_the_codec_does(make, tmp_path, name):
    made = make(name)
    _exported(made, "c", tmp_path)
    program = _compiled(tmp_path, "compress")
    codec = network_codec(*made.saved, settings=made.settings)
    values, random = made.scene.values, np.random.default_rng(3)
    wild = random.integers(-32768, 32767, (40, 16, 6), np.int16)
    # The scene of the calibration, parts of it far brighter, one line, noise over all of the type's range.
    for lines in (values, values[3:9, :5] * 7, values[:1], wild):
        status, data, errors = _written(program, lines)
        assert (status, errors) == (0, "")
        assert data == codec.compress(Scene(values=np.ascontiguousarray(lines)))
        restored = network_codec(*made.saved).decompress(data).values
        assert (restored.shape, restored.dtype) == (lines.shape, lines.dtype)


@needs_compiler
def test_the_c_program_that_writes_files_refuses_in_one_line(make, tmp_path):
    lines = _exported(make(), "c", tmp_path).lines
    program = _compiled(tmp_path, "compress")
    for given, words, message in (
        (lines, (17,), "lines of 1 to 16 samples, not 17: export with --samples 17"),
        (lines[:10], (7,), "the stream ends inside a line"),
        (lines[:0], (13,), "no line came"),
        (np.repeat(lines, 2, 0), (13,), "more than 40 lines: export with --lines"),
        (lines, ("",), "say how many samples"),
    ):
        status, data, errors = _written(program, given, *words)
        assert (status, data, errors.count("\n")) == (2, b"", 1)
        assert message in errors
    if Path("/dev/full").exists():
        data = lines.transpose(0, 2, 1).tobytes()
        with Path("/dev/full").open("wb") as full:
            words = [program, "13"]
            done = subprocess.run(
                words, input=data, stdout=full, stderr=subprocess.PIPE, check=False
            )
        assert (done.returncode, done.stderr) == (2, b"compress: cannot write\n")


@needs_compiler
def test_the_range_coder_in_c_is_that_of_the_library(make, tmp_path):
    """Symbols whose carries run through many words, by tables as uneven as there are."""
    _exported(make(), "c", tmp_path)
    (tmp_path / "try.c").write_text(_TRY)
    sources = [tmp_path / "try.c", tmp_path / "btcnet_range_coder.c"]
    subprocess.run([COMPILER, *STRICT, *SANITIZED, "-o", tmp_path / "try", *sources], check=True)
    random = np.random.default_rng(5)
    for table in ([1, 2**24 - 1], [2**23, 2**23], [1, 2**24 - 2, 1], [3, 2**12, 2**24 - 2**12 - 3]):
        table = np.array(table)
        for share in (0.001, 0.5):
            rare = random.random(3000) < share
            symbols = np.where(rare, random.integers(0, len(table), 3000), table.argmax())
            left = np.cumsum([0, *table])[symbols]
            words = np.stack([left, table[symbols]], axis=1).astype("<u4").tobytes()
            found = subprocess.run([tmp_path / "try"], input=words, capture_output=True, check=True)
            wanted = encode_runs(CONSTRICTION, [symbols], [CONSTRICTION.table(table)])
            assert found.stdout == wanted
    assert subprocess.run([tmp_path / "try"], input=b"", capture_output=True).stdout == b""


_TRY = """#include <stdio.h>
#include "btcnet_range_coder.h"
static void put(void *to, uint8_t byte) { putc(byte, (FILE *)to); }
static uint32_t word(const unsigned char *b) {
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}
int main(void) {
    btcnet_range_coder coder;
    btcnet_sink sink;
    unsigned char b[8];
    sink.put = put;
    sink.to = stdout;
    btcnet_range_start(&coder, sink);
    while (fread(b, 1, 8, stdin) == 8) btcnet_range_encode(&coder, word(b), word(b + 4));
    btcnet_range_finish(&coder);
    return 0;
}
"""


@needs_compiler
def test_make_check_runs_the_vectors_and_sees_a_wrong_symbol(make, tmp_path):
    if shutil.which("make") is None:
        pytest.skip("no make")
    _exported(make(), "c", tmp_path)
    words = ["make", "-C", tmp_path, "check", f"CC={COMPILER}", "CFLAGS=-O1"]
    assert subprocess.run(words, check=False, capture_output=True).returncode == 0
    wrong = bytearray((tmp_path / "expected.symbols").read_bytes())
    wrong[40] ^= 1
    (tmp_path / "expected.symbols").write_bytes(wrong)
    assert subprocess.run(words, check=False, capture_output=True).returncode != 0


@needs_compiler
def test_memory_told_is_the_program_s(make, tmp_path):
    encoder = make("learned, floats").encoder
    _exported(make("learned, floats"), "c", tmp_path, 13)
    (tmp_path / "size.c").write_text(
        '#include <stdio.h>\n#include "btcnet_encoder.h"\nint main(void) {\n'
        'printf("%lu %lu", (unsigned long)sizeof(btcnet_state), (unsigned long)sizeof btcnet_weights);'
        "return 0; }\n"
    )
    program = tmp_path / "size"
    sources = [tmp_path / "size.c", tmp_path / "btcnet_model.c"]
    subprocess.run([COMPILER, *STRICT, "-o", program, *sources], check=True)
    state, weights = map(int, subprocess.check_output([program]).split())
    told = memory(encoder, 13)
    # Four counters besides.
    assert state == told.line + told.sums + 16
    assert weights == told.weights


def test_c_has_neither_floats_nor_allocation(make, tmp_path):
    _exported(make(), "c", tmp_path)
    for path in tmp_path.glob("*.[ch]"):
        text = path.read_text()
        for word in ("float", "double", "malloc", "calloc", "alloca"):
            assert word not in text.replace("no allocation, no floating point", "")


@pytest.mark.parametrize("name", ["6 bits by bands", "learned, floats"])
def test_stablehlo_is_integers_and_checks_itself(make, tmp_path, name):
    _exported(make(name), "stablehlo", tmp_path)
    text = (tmp_path / "encoder.mlir").read_text()
    assert "stablehlo" in text
    assert not any(f"x{kind}>" in text for kind in ("f16", "bf16", "f32", "f64"))
    words = [sys.executable, tmp_path / "check.py"]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    assert done.stdout == "0 of 160 symbols differ from those that are expected\n", done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize("name", ["6 bits by bands", "learned, floats", "stride 8", "stride 1"])
def test_onnx_is_integers_and_checks_itself(make, tmp_path, name):
    onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install btcnet_jax[onnx]")
    made = make(name)
    vectors = _exported(made, "onnx", tmp_path)
    model = onnx.load(tmp_path / "encoder.onnx")
    floats = {1, 10, 11, 16}
    assert not floats & {tensor.data_type for tensor in model.graph.initializer}
    bytes_each = made.encoder.weights.itemsize
    found = [node.op_type for node in model.graph.node].count("ConvInteger")
    assert found == bytes_each**2
    pytest.importorskip(
        "onnxruntime", reason="onnxruntime is not installed: pip install btcnet_jax[onnx]"
    )
    words = [sys.executable, tmp_path / "check.py"]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    wanted = f"0 of {vectors.symbols.size} symbols differ from those that are expected\n"
    assert (done.stdout, done.returncode) == (wanted, 0), done.stderr
    wrong = bytearray((tmp_path / "expected.symbols").read_bytes())
    wrong[0] ^= 1
    (tmp_path / "expected.symbols").write_bytes(wrong)
    assert subprocess.run(words, check=False, capture_output=True).returncode == 1


def test_exports_are_refused_before_anything_is_written(make, tmp_path):
    export = _export(make())
    with pytest.raises(ConfigError, match="no form tflite: its converter"):
        write_export("tflite", export, tmp_path / "a")
    with pytest.raises(ConfigError, match="1 to 65536 samples, not 0"):
        _export(make(), 0)
    with pytest.raises(ConfigError, match="1 to 1048576 lines, not 0"):
        _export(make(), 16, 0)
    assert not (tmp_path / "a").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(BtcnetError, match="it is a file"):
        write_export("c", export, tmp_path / "file")


def test_each_form_has_a_readme_and_vectors(make, tmp_path):
    for form in FORMS:
        if form == "onnx" and find_spec("onnx") is None:
            continue
        _exported(make(), form, tmp_path / form)
        names = {path.name for path in (tmp_path / form).iterdir()}
        assert {"README.md", "lines.bil", "expected.symbols", "samples.txt"} <= names
