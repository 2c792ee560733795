"""A `.btcn` file taken apart: its header, and each section by its kind."""

from dataclasses import dataclass

from btcnet_jax.container.container import read_container
from btcnet_jax.container.header import Header
from btcnet_jax.container.limits import Limits
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import FileFormatError


@dataclass(frozen=True, eq=False)
class CompressedFile:
    """A file whose checksums are right and whose header makes sense.

    Attributes:
        header: of the file.
        sections: the payload of each known section, in the file's order.
        size: bytes of the file.
    """

    header: Header
    sections: dict[SectionKind, bytes]
    size: int

    def payload(self, kind: SectionKind) -> bytes:
        """Of the section of a kind.

        Raises:
            FileFormatError: there is none.
        """
        if kind not in self.sections:
            raise FileFormatError(f"the file has no {kind.name} section: compress the cube again")
        return self.sections[kind]

    def needed(self, limits: Limits) -> int:
        """What `Limits.of_bytes` must be given to read the file again; 0 where `limits` allow it."""
        return limits.needed(self.header, self.sections, self.size)


def read_compressed(data: bytes, limits: Limits | None = None) -> CompressedFile:
    """Takes a file apart; the one place that reads a header.

    Args:
        data: a whole file.
        limits: of what it may ask for; `Limits()` if None.

    Raises:
        FileFormatError: no such file, damaged, of a newer version, with another section before its
            header, with a section twice, which programs could read as two different scenes, or telling of
            more than `limits` allow.
    """
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise FileFormatError(
            f"a compressed file is bytes, not {type(data).__name__}; btcnet_jax.open takes its path"
        )
    sections: dict[SectionKind, bytes] = {}
    for kind, payload in read_container(data):
        if kind in sections:
            raise FileFormatError(
                f"the file has two {SectionKind(kind).name} sections: it is damaged"
            )
        sections[SectionKind(kind)] = payload
    if SectionKind.HEADER not in sections:
        raise FileFormatError("the file has no HEADER section: compress the cube again")
    if next(iter(sections)) != SectionKind.HEADER:
        raise FileFormatError("the file's HEADER section is not its first: it is damaged")
    header = Header.unpack(sections[SectionKind.HEADER])
    (limits or Limits()).check(header, sections, len(data))
    return CompressedFile(header, sections, len(data))
