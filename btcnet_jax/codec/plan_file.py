"""The file of a plan, `.btcplan`: "BTCP", a version, and sections as of a `.btcn` file (docs/FORMAT.md)."""

import os
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from btcnet_jax.codec.line_plan import LinePlan
from btcnet_jax.codec.line_writer import LineWriter
from btcnet_jax.codec.plan_integers import pack_integers, unpack_integers
from btcnet_jax.coding.adaptive_basis import decode_adaptive_basis
from btcnet_jax.coding.constant_bands import decode_constant_bands, encode_constant_bands
from btcnet_jax.container.container import ContainerWriter, Section, walk_sections
from btcnet_jax.container.header import CodecId, CoderId, Header
from btcnet_jax.container.limits import Limits
from btcnet_jax.container.metadata import pack_metadata, unpack_metadata
from btcnet_jax.container.plan_record import AGAIN, PlanRecord
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import FileFormatError
from btcnet_jax.files import read_file, write_atomically
from btcnet_jax.parts.block_transform import BLOCK
from btcnet_jax.progress import Progress
from btcnet_jax.scene.info import SceneInfo
from btcnet_jax.scene.value_range import ValueRange

if TYPE_CHECKING:
    from btcnet_jax.codec.codec import Codec

MAGIC = b"BTCP"
VERSION = 1
_ROUNDED, _MOST_STEPS = 1e-6, 1e30


class Plan(LinePlan):
    """A plan that is kept in a file, and by which lines are written; `LinePlan` tells what it holds."""

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a file, by convention NAME.btcplan.

        Raises:
            BtcnetError: the path cannot be written.
        """
        write_atomically(path, pack_plan(self))

    def writer(
        self,
        output: str | os.PathLike[str] | Any,
        *,
        info: SceneInfo | None = None,
        jobs: int = 1,
        progress: Progress | None = None,
        codec: "Codec | None" = None,
    ) -> LineWriter:
        """What takes lines and writes a file; see `LineWriter` for the arguments and the errors."""
        return LineWriter(self, output, info=info, jobs=jobs, progress=progress, codec=codec)


def pack_plan(plan: LinePlan) -> bytes:
    """The bytes of a plan's file."""
    rows, cols, bands = plan.planned_on
    header = Header(
        rows=rows,
        cols=cols,
        bands=bands,
        dtype=plan.dtype.str,
        minimum=plan.value_range.minimum,
        maximum=plan.value_range.maximum,
        bits=32,
        latent_channels=BLOCK * plan.components,
        fingerprint=plan.fingerprint,
        entropy_model=plan.entropy_model,
        codec=CodecId.UNIVERSAL,
        coder=CoderId.RANGE,
        objective=plan.objective,
    )
    record = PlanRecord(plan.rate, *plan.seen, plan.group, plan.side, plan.step)
    numbers = [plan.mean, plan.weights, plan.largest]
    arrays = b"".join(each.astype("<f8").tobytes() for each in numbers)
    arrays += plan.projection.astype("<f4").tobytes()
    file = BytesIO()
    writer = ContainerWriter(file, MAGIC + bytes([VERSION]))
    writer.add(Section(SectionKind.HEADER, header.pack()))
    writer.add(Section(SectionKind.PLAN, record.pack()))
    if metadata := pack_metadata(plan.info):
        writer.add(Section(SectionKind.METADATA, metadata))
    if not plan.varying.all():
        constant = encode_constant_bands(plan.varying, plan.fill)
        writer.add(Section(SectionKind.CONSTANT_BANDS, constant))
    writer.add(Section(SectionKind.PROJECTION, arrays))
    if plan.integers is not None:
        writer.add(Section(SectionKind.INTEGERS, pack_integers(plan.integers)))
    writer.add(Section(SectionKind.ADAPTIVE_BASIS, plan.basis))
    if plan.gains is not None:
        writer.add(Section(SectionKind.DETAIL_GAINS, plan.gains))
    writer.finish()
    return file.getvalue()


def is_plan(data: bytes) -> bool:
    """Whether a file begins as a plan does."""
    return data.startswith(MAGIC)


def read_plan(path: str | os.PathLike[str]) -> Plan:
    """The plan of a file.

    Raises:
        BtcnetError: it cannot be read.
        FileFormatError: no plan, truncated, damaged, or of a later version; one line that names the file.
    """
    data = read_file(path)
    try:
        return unpack_plan(data)
    except FileFormatError as error:
        raise FileFormatError(f"{path}: {error}") from error


def unpack_plan(data: bytes) -> Plan:
    """Inverse of `pack_plan`.

    Raises:
        FileFormatError: as of `read_plan`.
    """
    sections = _sections(data)
    header = Header.unpack(_one(sections, SectionKind.HEADER))
    record = PlanRecord.unpack(_one(sections, SectionKind.PLAN), header)
    dtype, bands = np.dtype(header.dtype), header.bands
    components, rest = divmod(header.latent_channels, BLOCK)
    if header.codec != CodecId.UNIVERSAL or rest or components > bands:
        raise FileFormatError(f"the plan is of no codec that has plans: {AGAIN}")
    if bands > Limits().bands:
        raise FileFormatError(
            f"the plan is for {bands} bands, more than any sensor has: it is damaged"
        )
    varying, fill = np.ones(bands, bool), np.zeros(bands, dtype)
    if SectionKind.CONSTANT_BANDS in sections:
        varying, fill = decode_constant_bands(sections[SectionKind.CONSTANT_BANDS], bands, dtype)
    count = int(varying.sum())
    mean, weights, largest, projection = _arrays(
        _one(sections, SectionKind.PROJECTION), count, components
    )
    _require_sane(mean, projection, record.step)
    basis = _one(sections, SectionKind.ADAPTIVE_BASIS)
    # Now, rather than by whoever reads a file that was written with it.
    decode_adaptive_basis(basis, components, count)
    integers = None
    if SectionKind.INTEGERS in sections:
        integers = unpack_integers(sections[SectionKind.INTEGERS], dtype, components, bands)
    info = {}
    if SectionKind.METADATA in sections:
        shape = header.rows, header.cols, bands
        info = unpack_metadata(sections[SectionKind.METADATA], shape)
    return Plan(
        fingerprint=header.fingerprint,
        entropy_model=header.entropy_model,
        objective=header.objective,
        rate=record.rate,
        dtype=dtype,
        value_range=ValueRange(header.minimum, header.maximum),
        seen=record.seen,
        planned_on=(header.rows, header.cols, bands),
        group=record.group,
        side=record.side,
        varying=varying,
        fill=fill,
        mean=mean,
        weights=weights,
        projection=projection,
        largest=largest,
        step=record.step,
        basis=basis,
        gains=sections.get(SectionKind.DETAIL_GAINS),
        info=SceneInfo(**info),
        integers=integers,
    )


def _sections(data: bytes) -> dict[int, bytes]:
    start = len(MAGIC) + 1
    if not data:
        raise FileFormatError("the file is empty")
    if data.startswith(b"BTCN"):
        raise FileFormatError("this is a compressed scene, not a plan: make one with `btcnet plan`")
    if not MAGIC.startswith(data[: len(MAGIC)]):
        raise FileFormatError("this is no plan: it does not start with the letters BTCP")
    if len(data) < start:
        raise FileFormatError("the plan is truncated: it ends before its version")
    version = data[len(MAGIC)]
    if version > VERSION:
        raise FileFormatError(
            f"the plan has version {version} and this program reads up to {VERSION}: upgrade btcnet_jax"
        )
    if version < 1:
        raise FileFormatError("the plan is altered: no version 0 exists")
    file, sections = BytesIO(data), dict[int, bytes]()
    file.seek(start)
    for kind, payload in walk_sections(file, len(data)):
        if kind in sections:
            raise FileFormatError(f"the plan has two {SectionKind(kind).name} sections: {AGAIN}")
        sections[kind] = payload
    return sections


def _one(sections: dict[int, bytes], kind: SectionKind) -> bytes:
    if kind not in sections:
        raise FileFormatError(f"the plan has no {kind.name} section: {AGAIN}")
    return sections[kind]


def _require_sane(mean: np.ndarray, projection: np.ndarray, step: float) -> None:
    """Refuse numbers with which lines would be coded to what float32 cannot hold."""
    # Samples are 0 to 1 of the range, and so are their means, but for how they were rounded.
    reach = BLOCK * np.abs(projection).sum(axis=0, dtype=np.float64).max()
    means = ((mean >= -_ROUNDED) & (mean <= 1 + _ROUNDED)).all()
    if not means or not np.finfo(np.float32).tiny < step or not reach <= _MOST_STEPS * min(step, 1):
        raise FileFormatError(f"the plan has numbers that no plan has: {AGAIN}")


def _arrays(data: bytes, bands: int, components: int) -> tuple[np.ndarray, ...]:
    """Means, weights, greatest coefficients and projection."""
    doubles = 2 * bands + components
    if not bands or not components or components > bands:
        raise FileFormatError(f"the plan has no component, or no band: {AGAIN}")
    if len(data) != 8 * doubles + 4 * bands * components:
        raise FileFormatError(f"the plan's projection has another size: {AGAIN}")
    numbers = np.frombuffer(data, "<f8", doubles).astype(np.float64)
    projection = np.frombuffer(data, "<f4", offset=8 * doubles).astype(np.float32)
    if not (np.isfinite(numbers).all() and np.isfinite(projection).all()):
        raise FileFormatError(f"the plan has numbers that are none: {AGAIN}")
    mean, weights, largest = np.split(numbers, [bands, 2 * bands])
    return mean, weights, largest, projection.reshape(bands, components)
