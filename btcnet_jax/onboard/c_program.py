"""The encoder as C99: the model's integers beside a program that is the same for all models."""

from importlib import resources

import numpy as np

from btcnet_jax.models.encoder import KERNEL_ROWS, PADDING_ROWS
from btcnet_jax.onboard.integer_encoder import FRACTION, LARGEST_VALUE, IntegerEncoder
from btcnet_jax.onboard.lines import memory

PROGRAM = ("btcnet_encoder.h", "btcnet_encoder.c", "encode.c", "Makefile")
_NUMBERS_A_LINE = 24
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
(and `stdio.h`, `stdlib.h` in `encode.c`).

- `btcnet_encoder.h`, `btcnet_encoder.c`: the encoder, a line at a time
- `btcnet_model.h`, `btcnet_model.c`: sizes and weights
- `encode.c`: a program, `encode SAMPLES < lines > symbols`; lines as 16-bit little-endian BIL
- `lines.bil`, `expected.symbols`, `samples.txt`: test vectors
- `make check`: compiles, encodes the lines and compares

Lines have {bands} bands of {dtype} and at most {samples} samples. A row of symbols, int32,
places x {channels} channels, comes whenever the last of its 11 lines has come, and the last ones from
`btcnet_finish`. The ranges are those of the scene that was calibrated to: samples beyond them count as the
nearest within.

Memory at {samples} samples: weights {told.weights:,} bytes, constants {told.constants:,}; written to: line
{told.line:,}, sums {told.sums:,}, symbols {told.symbols:,}, in all {told.buffers:,} (and in `encode.c` a
line and a row of symbols as bytes, and the line as it came).
"""


def c_files(name: str, encoder: IntegerEncoder, samples: int) -> dict[str, bytes]:
    """The program's files, its test vectors aside.

    Args:
        name: of the model.
        encoder: to export.
        samples: of a line, at most.
    """
    folder = resources.files("btcnet_jax.onboard") / "program"
    files = {each: (folder / each).read_bytes() for each in PROGRAM}
    words = {
        "name": name.replace("*/", ""),
        "sample": _TYPES[encoder.dtype.name],
        "activation": _TYPES[encoder.activation_dtype.name],
        "weight": _TYPES[encoder.weights.dtype.name],
        "macros": "\n".join(
            f"#define BTCNET_{key} {value}" for key, value in _macros(encoder, samples)
        ),
    }
    readme = _README.format(
        name=name,
        bands=encoder.bands,
        dtype=encoder.dtype.name,
        samples=samples,
        channels=encoder.channels,
        told=memory(encoder, samples),
    )
    return files | {
        "btcnet_model.h": _HEADER.format(**words).encode(),
        "btcnet_model.c": _arrays(encoder).encode(),
        "README.md": readme.encode(),
    }


def _macros(encoder: IntegerEncoder, samples: int) -> list[tuple[str, str]]:
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
    return [(key, f"({value})") for key, value in numbers.items()] + [
        (key, f"INT64_C({value})") for key, value in wide.items()
    ]


def _arrays(encoder: IntegerEncoder) -> str:
    taps = "[BTCNET_SCALE * BTCNET_BANDS]"
    declared = {
        "int32_t btcnet_gain[BTCNET_BANDS]": encoder.gain,
        "int64_t btcnet_offset[BTCNET_BANDS]": encoder.offset,
        f"btcnet_weight btcnet_weights[BTCNET_KERNEL_ROWS][BTCNET_CHANNELS]{taps}": encoder.weights,
        "int32_t btcnet_multiplier[BTCNET_CHANNELS]": encoder.multiplier,
        "int32_t btcnet_total_multiplier[BTCNET_CHANNELS]": encoder.total_multiplier,
        "uint8_t btcnet_channel_shift[BTCNET_CHANNELS]": encoder.channel_shift,
        "int64_t btcnet_bias[BTCNET_KERNEL_ROWS + 1][BTCNET_CHANNELS]": encoder.bias,
        "int64_t btcnet_constant[BTCNET_CHANNELS]": encoder.constant,
    }
    parts = [f"const {head} = {_braced(array)};\n" for head, array in declared.items()]
    return '#include "btcnet_model.h"\n\n' + "\n".join(parts)


def _braced(array: np.ndarray) -> str:
    if array.ndim > 1:
        return "{\n" + ",\n".join(map(_braced, array)) + "}"
    wide = np.abs(array.astype(np.int64)).max() > 2**31 - 1
    words = [f"INT64_C({number})" if wide else str(number) for number in array.tolist()]
    lines = [
        ", ".join(words[first : first + _NUMBERS_A_LINE])
        for first in range(0, len(words), _NUMBERS_A_LINE)
    ]
    return "{" + ",\n".join(lines) + "}"
