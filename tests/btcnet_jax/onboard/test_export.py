"""Exports: compiled or loaded, run on their test vectors, and equal to the reference to the bit."""

import shutil
import subprocess
import sys

import numpy as np
import pytest

from btcnet_jax.errors import BtcnetError, ConfigError
from btcnet_jax.onboard.export import FORMS, Export, check_vectors, write_export
from btcnet_jax.onboard.lines import memory

COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="no C compiler: cc, gcc or clang")
STRICT = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic")
SANITIZED = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
NAMES = ["published", "6 bits by bands", "learned, floats", "learned, 8 bits, stride 2", "stride 8"]


def _exported(made, form, folder, samples=16):
    vectors = check_vectors(made.encoder, made.scene.values, samples)
    write_export(form, Export("tiny", made.encoder, samples, vectors), folder)
    return vectors


def _compiled(folder, flags=SANITIZED):
    sources = [folder / name for name in ("encode.c", "btcnet_encoder.c", "btcnet_model.c")]
    program = folder / "program"
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
    for name in ("btcnet_encoder.c", "btcnet_encoder.h", "btcnet_model.h", "encode.c"):
        text = (tmp_path / name).read_text()
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


def test_exports_are_refused_before_anything_is_written(make, tmp_path):
    export = Export(
        "tiny", make().encoder, 16, check_vectors(make().encoder, make().scene.values, 16)
    )
    with pytest.raises(ConfigError, match="no form tflite: there are c, stablehlo"):
        write_export("tflite", export, tmp_path / "a")
    with pytest.raises(ConfigError, match="not 0"):
        check_vectors(make().encoder, make().scene.values, 0)
    assert not (tmp_path / "a").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(BtcnetError, match="it is a file"):
        write_export("c", export, tmp_path / "file")


def test_each_form_has_a_readme_and_vectors(make, tmp_path):
    for form in FORMS:
        _exported(make(), form, tmp_path / form)
        names = {path.name for path in (tmp_path / form).iterdir()}
        assert {"README.md", "lines.bil", "expected.symbols", "samples.txt"} <= names
