"""What the C program that writes files is given: coding tables, and the sections that all its files have."""

from typing import NamedTuple

import numpy as np

from btcnet_jax.coding.table_layout import TableLayout, read_layout
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.container import Section, pack_section
from btcnet_jax.container.header import Header
from btcnet_jax.container.limits import Limits
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.onboard.c_arrays import declared, macros_of

WRITER = (
    "btcnet_range_coder.h",
    "btcnet_range_coder.c",
    "btcnet_container.h",
    "btcnet_container.c",
    "btcnet_file.h",
    "btcnet_file.c",
    "compress.c",
)

_HEADER = """/* Coding tables of {name}, and what all its files have; made by btcnet export. */
#ifndef BTCNET_TABLES_H
#define BTCNET_TABLES_H

#include <stdint.h>

{macros}

extern const uint32_t btcnet_cumulative[BTCNET_TABLES][BTCNET_ALPHABET + 1];
extern const uint16_t btcnet_table_of_channel[BTCNET_CHANNELS];
extern const uint8_t btcnet_symbol_shift[BTCNET_CHANNELS];
extern const uint8_t btcnet_header_before[BTCNET_HEADER_BEFORE];
extern const uint8_t btcnet_header_after[BTCNET_HEADER_AFTER];
extern const uint8_t btcnet_sections[BTCNET_SECTIONS];

#endif
"""


class FileForm(NamedTuple):
    """What all files of a program have.

    Attributes:
        lines: of a scene, at most.
        layout: tables of the symbols.
        before, after: bytes of the header's record before its rows, and after its columns.
        sections: between HEADER and SYMBOLS, packed.
    """

    lines: int
    layout: TableLayout
    before: bytes
    after: bytes
    sections: bytes

    @property
    def table_bytes(self) -> int:
        """Of the constants."""
        tables = 4 * len(self.layout.tables) * (2**self.layout.bits + 1)
        channels = 3 * len(self.layout.table_of_channel)
        return tables + channels + len(self.before) + len(self.after) + len(self.sections)


def file_form(data: bytes, lines: int) -> FileForm:
    """That of a file that the codec wrote with the program's settings.

    Args:
        data: the file, of symbols quantized by range.
        lines: of a scene, at most.
    """
    file = read_compressed(data, Limits.none())
    own, kind = file.header, SectionKind
    common = [
        pack_section(Section(each, payload))
        for each, payload in file.sections.items()
        if each not in (kind.HEADER, kind.SYMBOLS)
    ]
    layout = read_layout(file.payload(kind.TABLES), own.latent_channels, own.bits)
    return FileForm(lines, layout, *header_parts(own), b"".join(common))


def header_parts(own: Header) -> tuple[bytes, bytes]:
    """A header's record before its rows, and after its columns."""
    fields = {name: getattr(own, name) for name in Header.__slots__}
    record = Header(**{**fields, "rows": 1, "cols": 1}).pack()
    # Of one byte each: rows and columns, behind the array's length and the record's version.
    assert record[2:4] == b"\x01\x01", "a record is an array of less than 16 elements"
    return record[:2], record[4:]


def table_files(name: str, form: FileForm) -> dict[str, bytes]:
    """The two files of a model.

    Args:
        name: of the model, for comments.
        form: of its files.
    """
    layout = form.layout
    edges = [np.cumsum([0, *table.symbol_frequencies()]) for table in layout.tables]
    arrays = {
        "uint32_t btcnet_cumulative[BTCNET_TABLES][BTCNET_ALPHABET + 1]": np.stack(edges),
        "uint16_t btcnet_table_of_channel[BTCNET_CHANNELS]": layout.table_of_channel,
        "uint8_t btcnet_symbol_shift[BTCNET_CHANNELS]": layout.shifts,
    }
    for each in ("header_before", "header_after", "sections"):
        data = {"header_before": form.before, "header_after": form.after}.get(each, form.sections)
        arrays[f"uint8_t btcnet_{each}[BTCNET_{each.upper()}]"] = np.frombuffer(data, np.uint8)
    sizes = {
        "MAX_LINES": form.lines,
        "ALPHABET": 2**layout.bits,
        "TABLES": len(layout.tables),
        "HEADER_BEFORE": len(form.before),
        "HEADER_AFTER": len(form.after),
        "SECTIONS": len(form.sections),
    }
    head = _HEADER.format(name=name, macros=macros_of(sizes))
    includes = ("btcnet_model.h", "btcnet_tables.h")
    return {
        "btcnet_tables.h": head.encode(),
        "btcnet_tables.c": declared(arrays, *includes).encode(),
    }
