"""The encoder of a plan in integers as C99: its integers beside a program that is the same for all plans."""

import io
from importlib import resources
from typing import NamedTuple

import numpy as np
from jaxtyping import Integer

from btcnet_jax.codec.line_plan import LinePlan, own_codec
from btcnet_jax.codec.line_writer import LineWriter
from btcnet_jax.coding.context.fixed_point import LOG_TABLE
from btcnet_jax.coding.context.kernel.arrays import Model
from btcnet_jax.coding.context.levels import LEVEL_THRESHOLDS
from btcnet_jax.container.container import pack_section, read_container
from btcnet_jax.container.header import EntropyModelId, Header
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import ConfigError
from btcnet_jax.onboard.c_arrays import declared, macros_of
from btcnet_jax.onboard.c_tables import header_parts
from btcnet_jax.onboard.plan_memory import PlanMemory, PlanSizes, plan_memory
from btcnet_jax.parts.context_latent import ContextLatent
from btcnet_jax.parts.integers.block_encoder import LARGEST_SYMBOL, BlockEncoder
from btcnet_jax.scene.value_range import value_span

PROGRAM = (
    "btcnet_front.h",
    "btcnet_front.c",
    "btcnet_contexts.h",
    "btcnet_contexts.c",
    "btcnet_stream.h",
    "btcnet_stream.c",
    "compress.c",
    "Makefile",
)
SHARED = (
    "btcnet_lines.h",
    "btcnet_lines.c",
    "btcnet_container.h",
    "btcnet_container.c",
    "btcnet_range_coder.h",
    "btcnet_range_coder.c",
)
"""Files that programs of networks have too."""
_TYPES = {"int16": "int16_t", "uint16": "uint16_t"}

_HEADER = """/* Sizes and integers of {name}; made by btcnet export. */
#ifndef BTCNET_MODEL_H
#define BTCNET_MODEL_H

#include <stdint.h>

{macros}

typedef {sample} btcnet_sample;
/* Holds an expectation but for its cross term, in 1/256 steps. */
typedef {expected} btcnet_expected;

extern const int16_t btcnet_weights[BTCNET_COMPONENTS][BTCNET_PADDED_BANDS];
extern const int32_t btcnet_bias[BTCNET_COMPONENTS];
extern const int32_t btcnet_multiplier[BTCNET_COMPONENTS];
extern const uint8_t btcnet_shift[BTCNET_COMPONENTS];
extern const int32_t btcnet_mean_weights[16][7][7];
extern const int32_t btcnet_scale_weights[16][7][14];
extern const uint32_t btcnet_lefts[504][66];
extern const uint8_t btcnet_shifts[56];
extern const uint8_t btcnet_logarithms[4096];
extern const int32_t btcnet_thresholds[BTCNET_THRESHOLDS];
extern const int32_t btcnet_constant_band[BTCNET_CONSTANT + 1];
extern const int32_t btcnet_constant_value[BTCNET_CONSTANT + 1];
extern const uint8_t btcnet_header_before[BTCNET_HEADER_BEFORE];
extern const uint8_t btcnet_header_after[BTCNET_HEADER_AFTER];
extern const uint8_t btcnet_sections_before[BTCNET_SECTIONS_BEFORE + 1];
extern const uint8_t btcnet_sections_after[BTCNET_SECTIONS_AFTER + 1];

#endif
"""

_README = """# The encoder of {name} in C99

Made by `btcnet export`. No allocation, no floating point, no library but `string.h`
(and `stdio.h`, `stdlib.h` in `btcnet_lines.c` and the program).

- `compress.c`: a program, `compress SAMPLES < lines > scene.btcn`; lines as 16-bit little-endian BIL
  (`btcnet_lines.h`, `btcnet_lines.c`), at most {lines} of them
- `btcnet_stream.h`, `btcnet_stream.c`: the same for a caller that has lines and takes bytes
- `btcnet_front.h`, `btcnet_front.c`: projection, 4 x 4 transform and quantization, line by line
- `btcnet_contexts.h`, `btcnet_contexts.c`: the context model, which codes a tile's symbols
- `btcnet_range_coder.h`, `.c`, `btcnet_container.h`, `.c`: of any encoder
- `btcnet_model.h`, `btcnet_model.c`: sizes, weights and tables
- `lines.bil`, `expected.btcn`, `samples.txt`: test vectors; the file is what
  `btcnet compress --plan PLAN ... - -` writes of the lines to standard output, byte for byte
  (named NAME.btcn, its file has the same tiles behind another header, and is no stream)
- `make check`: compiles, compresses the lines and compares

Lines have {bands} bands of {dtype} and at most {samples} samples, all of them data. {group} lines are coded
together, in tiles from left to right of {components} components, and written as soon as the last of them
has come; a damaged tile loses itself alone (`btcnet decompress --salvage`). What is damaged or
lost on the way is told by packets (`btcnet packets`).

What is not kept is counted (`front.cut`, `front.changed` of the state), and told on standard error:
coefficients beyond what symbols can tell, and samples of bands that held one value where it was planned.

Memory at {samples} samples: weights and tables {told.constants:,} bytes; written to: {told.state:,}
(lines and components {told.lines:,}, symbols of a group {told.symbols:,}, contexts {told.contexts:,},
bytes of a tile and index {told.output:,}), and in `compress.c` {told.program:,} for a line and the line as
it came; on the stack under 4,096.
"""


class PlanForm(NamedTuple):
    """What a plan's program is made of.

    Attributes:
        name: of the plan, for the README.
        plan: in integers.
        model: weights of the contexts, and their tables.
        sizes: of what the program holds.
        head: what files have before their tiles: record of the header before its rows and after its columns,
            sections before TILE_GRID and after it.
    """

    name: str
    plan: LinePlan
    model: Model
    sizes: PlanSizes
    head: tuple[bytes, bytes, bytes, bytes]

    @property
    def encoder(self) -> BlockEncoder:
        """The front end."""
        assert self.plan.integers is not None, "as `plan_form` sees to"
        return self.plan.integers

    @property
    def memory(self) -> PlanMemory:
        """In bytes."""
        return plan_memory(self.sizes, sum(map(len, self.head)))


def require_exportable(plan: LinePlan) -> BlockEncoder:
    """The integers of a plan that can be exported.

    Raises:
        ConfigError: which option of the plan is in the way.
    """
    if plan.integers is None:
        extra = " (and without --quantization dependent)" if plan.dependent else ""
        raise ConfigError(
            f"the plan computes in floats, which do not fly: make one with `btcnet plan --integers`{extra}"
        )
    if plan.entropy_model != EntropyModelId.CONTEXT:
        raise ConfigError(
            "the plan's contexts are not those of symbols quantized by themselves: make one with `btcnet plan "
            "--integers`"
        )
    return plan.integers


def plan_form(name: str, plan: LinePlan, samples: int, lines: int) -> PlanForm:
    """All that a program is made of.

    Args:
        name: of the plan.
        plan: to export.
        samples: of a line, at most.
        lines: of a scene, at most.

    Raises:
        ConfigError: which option of the plan is in the way.
        ModelMismatchError: the plan was made with other contexts.
    """
    require_exportable(plan)
    codec = own_codec(dependent=False)
    latent = codec.parts[1]
    assert isinstance(latent, ContextLatent), "the universal codec has contexts"
    output = io.BytesIO()
    with LineWriter(plan, output) as writer:
        writer.write(_usual(plan)[None, None])
    sizes = PlanSizes(
        samples=samples,
        lines=lines,
        bands=plan.bands,
        components=plan.components,
        group=plan.group,
        side=plan.side,
        wide=_expectation(latent.coder.model) >= 1 << 31,
    )
    return PlanForm(name, plan, latent.coder.model, sizes, _head(output.getvalue()))


def plan_files(form: PlanForm) -> dict[str, bytes]:
    """The program's files, its test vectors aside."""
    folder = resources.files("btcnet_jax.onboard")
    files = {name: (folder / "scene_program" / name).read_bytes() for name in PROGRAM}
    files |= {name: (folder / "program" / name).read_bytes() for name in SHARED}
    encoder, sizes = form.encoder, form.sizes
    words = {
        "name": form.name.replace("*/", ""),
        "sample": _TYPES[encoder.dtype.name],
        "expected": "int64_t" if sizes.wide else "int32_t",
        "macros": _macros(form),
    }
    readme = _README.format(
        name=form.name,
        lines=sizes.lines,
        bands=sizes.bands,
        dtype=encoder.dtype.name,
        samples=sizes.samples,
        group=sizes.group,
        components=sizes.components,
        told=form.memory,
    )
    return files | {
        "btcnet_model.h": _HEADER.format(**words).encode(),
        "btcnet_model.c": _arrays(form).encode(),
        "README.md": readme.encode(),
    }


def _expectation(model: Model) -> int:
    """What an expectation may come to, its cross term aside: factors are sums of up to four symbols."""
    weights = np.abs(model.means[:, :, :6]).sum(axis=2)
    return int(weights.max()) * 4 * (LARGEST_SYMBOL + 1)


def _usual(plan: LinePlan) -> Integer[np.ndarray, " bands"]:
    """A sample of each band of which nothing is to be told."""
    sample = plan.fill.astype(np.float64)
    span, minimum = value_span(plan.value_range), plan.value_range.minimum
    sample[plan.varying] = np.rint(plan.mean * span + minimum)
    return sample.astype(plan.dtype.newbyteorder("="))


def _head(data: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Of a stream."""
    sections = read_container(data)
    kinds = [section.kind for section in sections]
    grid, first = kinds.index(SectionKind.TILE_GRID), kinds.index(SectionKind.TILE)
    before, after = (
        b"".join(map(pack_section, part)) for part in (sections[1:grid], sections[grid + 1 : first])
    )
    return (*header_parts(Header.unpack(sections[0].payload)), before, after)


def _macros(form: PlanForm) -> str:
    sizes, head = form.sizes, form.head
    return macros_of(
        {
            "MAX_SAMPLES": sizes.samples,
            "MAX_LINES": sizes.lines,
            "MAX_TILES": sizes.tiles,
            "MAX_TILE_COLS": sizes.tile_cols,
            "TILE_SIDE": sizes.side,
            "BANDS": sizes.bands,
            "PADDED_BANDS": sizes.padded_bands,
            "COMPONENTS": sizes.components,
            "GROUP": sizes.group,
            "BUFFER": sizes.buffer,
            "SIGNED": int(form.encoder.dtype.kind == "i"),
            "ZERO": form.encoder.zero,
            "CONSTANT": int(np.count_nonzero(~form.plan.varying)),
            "THRESHOLDS": len(LEVEL_THRESHOLDS),
            "HEADER_BEFORE": len(head[0]),
            "HEADER_AFTER": len(head[1]),
            "SECTIONS_BEFORE": len(head[2]),
            "SECTIONS_AFTER": len(head[3]),
        }
    )


def _arrays(form: PlanForm) -> str:
    encoder, sizes, model = form.encoder, form.sizes, form.model
    padding = ((0, 0), (0, sizes.padded_bands - sizes.bands))
    each = "[BTCNET_COMPONENTS]"
    arrays = {
        f"int16_t btcnet_weights{each}[BTCNET_PADDED_BANDS]": np.pad(encoder.weights, padding),
        f"int32_t btcnet_bias{each}": encoder.bias,
        f"int32_t btcnet_multiplier{each}": encoder.multiplier,
        f"uint8_t btcnet_shift{each}": encoder.shift,
        "int32_t btcnet_mean_weights[16][7][7]": model.means,
        "int32_t btcnet_scale_weights[16][7][14]": model.scales,
        "uint32_t btcnet_lefts[504][66]": model.lefts,
        "uint8_t btcnet_shifts[56]": model.shifts[::9],
        "uint8_t btcnet_logarithms[4096]": LOG_TABLE,
        "int32_t btcnet_thresholds[BTCNET_THRESHOLDS]": LEVEL_THRESHOLDS,
    }
    constant = np.flatnonzero(~form.plan.varying)
    for name, of_bands in (("band", constant), ("value", form.plan.fill[constant])):
        # There may be none, and C knows no empty array.
        numbers = np.append(of_bands, 0).astype(np.int64)
        arrays[f"int32_t btcnet_constant_{name}[BTCNET_CONSTANT + 1]"] = numbers
    names = "HEADER_BEFORE", "HEADER_AFTER", "SECTIONS_BEFORE", "SECTIONS_AFTER"
    for name, data in zip(names, form.head, strict=True):
        more = " + 1" if name.startswith("SECTIONS") else ""
        numbers = np.frombuffer(data + (b"\0" if more else b""), np.uint8)
        arrays[f"uint8_t btcnet_{name.lower()}[BTCNET_{name}{more}]"] = numbers
    return declared(arrays, "btcnet_model.h")
