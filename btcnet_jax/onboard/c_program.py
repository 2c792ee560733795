"""The encoder as C99: the model's integers beside a program that is the same for all models."""

from importlib import resources

from btcnet_jax.models.encoder import KERNEL_ROWS, PADDING_ROWS
from btcnet_jax.onboard.c_arrays import declared, macros_of
from btcnet_jax.onboard.c_tables import WRITER, FileForm, table_files
from btcnet_jax.onboard.lines import memory
from btcnet_jax.parts.integers.integer_encoder import FRACTION, LARGEST_VALUE, IntegerEncoder
from btcnet_jax.scene.lines import padded_size

PROGRAM = (
    "btcnet_encoder.h",
    "btcnet_encoder.c",
    "btcnet_lines.h",
    "btcnet_lines.c",
    "encode.c",
    "Makefile",
)
_TYPES = {"int8": "int8_t", "int16": "int16_t", "uint8": "uint8_t", "uint16": "uint16_t"}

_HEADER = """/* Sizes and integers of {name}; made by btcnet export. */
#ifndef BTCNET_MODEL_H
#define BTCNET_MODEL_H

#include <stdint.h>

{macros}

typedef {sample} btcnet_sample;
typedef {activation} btcnet_activation;
typedef {weight} btcnet_weight;

extern const int32_t btcnet_gain[BTCNET_BANDS];
extern const int64_t btcnet_offset[BTCNET_BANDS];
extern const btcnet_weight
    btcnet_weights[BTCNET_KERNEL_ROWS][BTCNET_CHANNELS][BTCNET_SCALE * BTCNET_BANDS];
extern const int32_t btcnet_multiplier[BTCNET_CHANNELS];
extern const int32_t btcnet_total_multiplier[BTCNET_CHANNELS];
extern const uint8_t btcnet_channel_shift[BTCNET_CHANNELS];
extern const int64_t btcnet_bias[BTCNET_KERNEL_ROWS + 1][BTCNET_CHANNELS];
extern const int64_t btcnet_constant[BTCNET_CHANNELS];

#endif
"""

_README = """# The encoder of {name} in C99

Made by `btcnet export`. No allocation, no floating point, no library but `string.h`
(and `stdio.h`, `stdlib.h` in `btcnet_lines.c` and the programs).

- `btcnet_encoder.h`, `btcnet_encoder.c`: the encoder, a line at a time
- `btcnet_model.h`, `btcnet_model.c`: sizes and weights
- `encode.c`: a program, `encode SAMPLES < lines > symbols`; lines as 16-bit little-endian BIL
  (`btcnet_lines.h`, `btcnet_lines.c`)
- `lines.bil`, `expected.symbols`, `samples.txt`: test vectors
- `make check`: compiles, encodes the lines and compares
{coding}
Lines have {bands} bands of {dtype} and at most {samples} samples. A row of symbols, int32,
places x {channels} channels, comes whenever the last of its 11 lines has come, and the last ones from
`btcnet_finish`. The ranges are those of the scenes that were calibrated to (`calibration.json`): samples beyond
them count as the nearest within.

Memory at {samples} samples: weights {told.weights:,} bytes, constants {told.constants:,}; written to: line
{told.line:,}, sums {told.sums:,}, symbols {told.symbols:,}, in all {told.buffers:,} (and in `encode.c` a
line and a row of symbols as bytes, and the line as it came).
"""

_CODING = """- `compress.c`: a program, `compress SAMPLES < lines > scene.btcn`, of at most {lines} lines
- `btcnet_file.h`, `btcnet_file.c`: keeps symbols ({latent:,} bytes), writes the file at the end
- `btcnet_tables.h`, `btcnet_tables.c`: coding tables and what all files have, {tables:,} bytes
- `btcnet_range_coder.h`, `.c`, `btcnet_container.h`, `.c`: of any encoder
- `expected.btcn`: of the test vectors, by `btcnet compress --calibration calibration.json`
"""
_NO_CODING = """- files are not written: their symbols are coded by {what}, which is not in C
"""


def c_files(
    name: str, encoder: IntegerEncoder, samples: int, form: FileForm | None = None
) -> dict[str, bytes]:
    """The program's files, its test vectors aside.

    Args:
        name: of the model.
        encoder: to export.
        samples: of a line, at most.
        form: of the files that it is to write; None where it gives symbols alone.
    """
    folder = resources.files("btcnet_jax.onboard") / "program"
    sources = PROGRAM if form is None else PROGRAM + WRITER
    files = {each: (folder / each).read_bytes() for each in sources}
    safe = name.replace("*/", "")
    if form is not None:
        files |= table_files(safe, form)
    words = {
        "name": safe,
        "sample": _TYPES[encoder.dtype.name],
        "activation": _TYPES[encoder.activation_dtype.name],
        "weight": _TYPES[encoder.weights.dtype.name],
        "macros": _macros(encoder, samples),
    }
    readme = _README.format(
        name=name,
        bands=encoder.bands,
        dtype=encoder.dtype.name,
        samples=samples,
        channels=encoder.channels,
        told=memory(encoder, samples),
        coding=_coding(encoder, samples, form),
    )
    return files | {
        "btcnet_model.h": _HEADER.format(**words).encode(),
        "btcnet_model.c": _arrays(encoder).encode(),
        "README.md": readme.encode(),
    }


def latent_bytes(encoder: IntegerEncoder, samples: int, lines: int) -> int:
    """Of the symbols that the program keeps until the last line has come."""
    rows, cols = padded_size(lines, samples, (encoder.multiple, encoder.multiple))
    return rows // encoder.scale * (cols // encoder.scale) * encoder.channels


def _coding(encoder: IntegerEncoder, samples: int, form: FileForm | None) -> str:
    if form is None:
        return _NO_CODING.format(what="tables or contexts of the model's own")
    latent = latent_bytes(encoder, samples, form.lines)
    return _CODING.format(lines=form.lines, latent=latent, tables=form.table_bytes)


def _macros(encoder: IntegerEncoder, samples: int) -> str:
    numbers = {
        "MAX_SAMPLES": samples,
        "BANDS": encoder.bands,
        "CHANNELS": encoder.channels,
        "KERNEL_ROWS": KERNEL_ROWS,
        "PADDING_ROWS": PADDING_ROWS,
        "SCALE": encoder.scale,
        "MULTIPLE": encoder.multiple,
        "SIGNED": int(encoder.dtype.kind == "i"),
        "SHIFT": encoder.shift,
        "FRACTION": FRACTION,
        "ACTIVATION_LOW": encoder.activation_low,
        "ACTIVATION_HIGH": encoder.activation_high,
        "SYMBOL_LOW": encoder.symbol_low,
        "SYMBOL_HIGH": encoder.symbol_high,
    }
    wide = {"SLOPE": encoder.slope, "LOW": encoder.low, "LARGEST_VALUE": LARGEST_VALUE}
    return macros_of(numbers, wide)


def _arrays(encoder: IntegerEncoder) -> str:
    taps = "[BTCNET_SCALE * BTCNET_BANDS]"
    arrays = {
        "int32_t btcnet_gain[BTCNET_BANDS]": encoder.gain,
        "int64_t btcnet_offset[BTCNET_BANDS]": encoder.offset,
        f"btcnet_weight btcnet_weights[BTCNET_KERNEL_ROWS][BTCNET_CHANNELS]{taps}": encoder.weights,
        "int32_t btcnet_multiplier[BTCNET_CHANNELS]": encoder.multiplier,
        "int32_t btcnet_total_multiplier[BTCNET_CHANNELS]": encoder.total_multiplier,
        "uint8_t btcnet_channel_shift[BTCNET_CHANNELS]": encoder.channel_shift,
        "int64_t btcnet_bias[BTCNET_KERNEL_ROWS + 1][BTCNET_CHANNELS]": encoder.bias,
        "int64_t btcnet_constant[BTCNET_CHANNELS]": encoder.constant,
    }
    return declared(arrays, "btcnet_model.h")
