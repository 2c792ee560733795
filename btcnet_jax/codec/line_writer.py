"""Lines in, a compressed file out: push-broom, by a plan, in memory that does not grow with the lines."""

import contextlib
import dataclasses
import os
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Num

from btcnet_jax.codec.encoders import Coded
from btcnet_jax.codec.layout import sections_of
from btcnet_jax.codec.line_output import LineOutput, StreamOutput, WholeOutput
from btcnet_jax.codec.line_plan import LinePlan, own_codec
from btcnet_jax.codec.line_tally import LineTally
from btcnet_jax.codec.tile_coding import code_tile
from btcnet_jax.coding.context import ComponentLevels
from btcnet_jax.container.container import Section
from btcnet_jax.container.growing_mask import GrowingMask
from btcnet_jax.container.metadata import pack_metadata
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.container.tile_grid import TileGrid
from btcnet_jax.errors import ConfigError, CubeError, DataError, DataWarning, ModelMismatchError
from btcnet_jax.parallel import in_order
from btcnet_jax.parts.block_transform import SIDE
from btcnet_jax.parts.context_latent import ContextLatent
from btcnet_jax.parts.file_facts import latent_channels
from btcnet_jax.parts.samples import read_samples
from btcnet_jax.progress import Progress
from btcnet_jax.scene.info import SceneInfo
from btcnet_jax.scene.info_checks import check_info
from btcnet_jax.scene.masked import data_mask, joined
from btcnet_jax.scene.missing_samples import Missing, find_missing
from btcnet_jax.scene.part import Part
from btcnet_jax.scene.scene import Scene

if TYPE_CHECKING:
    from btcnet_jax.codec.codec import Codec


class LineWriter:
    """A file that is written as its lines come; to be used in a `with` statement.

    To a path goes an ordinary `.btcn` file once the last line has come: until then its tiles wait in a
    temporary file beside it. To a file object, which nobody need be able to seek in, goes each group of lines
    as soon as it is coded, and last what is known at the end alone (docs/FORMAT.md, "Streams").

    Args:
        plan: what lines are coded with.
        output: a path, or a binary file object.
        info: what is known of the scene; None for what the plan knows of its bands.
        jobs: threads, which code a tile each.
        progress: called with lines that were coded, twice: nobody knows how many will come.
        codec: of the universal weights by whose contexts it was planned; None for those that ship.

    Attributes:
        rows, cols: lines that were coded so far, and samples of a line.
        missing: samples that are no data so far.
        size: bytes of the file, once it is finished.
        tally: of samples that the plan did not foresee.

    Raises:
        ModelMismatchError: the plan was made with other contexts.
        CubeError: `info` is of another sensor.
    """

    def __init__(
        self,
        plan: LinePlan,
        output: str | os.PathLike[str] | Any,
        *,
        info: SceneInfo | None = None,
        jobs: int = 1,
        progress: Progress | None = None,
        codec: "Codec | None" = None,
    ) -> None:
        codec = own_codec(dependent=plan.dependent) if codec is None else codec
        _, latent, self._fields = codec.parts
        if codec.fingerprint != plan.fingerprint or not isinstance(latent, ContextLatent):
            raise ModelMismatchError(
                f"the plan was made with contexts {plan.fingerprint.hex()}, these are "
                f"{codec.fingerprint.hex()}: make the plan again with `btcnet plan`"
            )
        if not isinstance(output, (str, os.PathLike)) and not hasattr(output, "write"):
            raise ConfigError(
                f"lines are written to a path or a binary file, not to {type(output).__name__}"
            )
        self.plan, self._latent, self._output = plan, latent, output
        self._info = plan.info if info is None else info
        plan.require(plan.bands, plan.dtype, self._info)
        self._jobs, self._progress = jobs, progress
        self.rows, self.cols, self.missing, self.size = 0, 0, 0, 0
        self.tally = LineTally(plan)
        self._stack = contextlib.ExitStack()
        self._out: LineOutput | None = None
        self._grid: TileGrid | None = None
        self._open, self._waiting = False, 0

    def __enter__(self) -> "LineWriter":
        if self._open or self.rows:
            raise ConfigError("a writer writes one file: make another")
        if isinstance(self._output, (str, os.PathLike)):
            self._out = WholeOutput(self._output, self._stack)
        else:
            self._out = StreamOutput(self._output)
        self._open = True
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: Any) -> None:
        try:
            if kind is None:
                self._finish()
        except BaseException as failure:
            self._stack.__exit__(type(failure), failure, failure.__traceback__)
            raise
        finally:
            self._open = False
        self._stack.__exit__(kind, *error)

    def write(self, lines: Any) -> None:
        """Take a line or more.

        Args:
            lines: samples, (lines, cols, bands) or those of one line, (cols, bands), in the plan's type;
                of a masked array what is masked is no data.

        Raises:
            CubeError: lines of another sensor: of other bands or another type; or of another width than before.
            OSError: the disk is full, or nobody reads what is written.
        """
        if not self._open:
            raise ConfigError(
                "lines are written within a with statement: `with plan.writer(...) as file`"
            )
        values, mask = self._checked(lines)
        if not self.cols:
            self._begin(values.shape[1])
        start = 0
        while start < len(values):
            stop = min(start + self.plan.group - self._waiting, len(values))
            place = slice(self._waiting, self._waiting + stop - start)
            self._values[place] = values[start:stop]
            if mask is not None:
                self._masked()[place] = mask[start:stop]
            self._waiting, start = place.stop, stop
            if self._waiting == self.plan.group:
                self._code()

    @property
    def came(self) -> int:
        """Lines that came so far, coded or waiting for others of their group."""
        return self.rows + self._waiting

    def keep(self, path: str | os.PathLike[str]) -> None:
        """Write the lines that came so far to another path, as an ordinary file.

        For a scene whose lines end where they should not, before the error leaves the `with` statement: then
        nothing is under the name of the whole file, and what came is not lost.

        Args:
            path: of the file.

        Raises:
            ConfigError: of a file object, which has got the lines already; finish the stream instead.
            DataError: no line came.
            BtcnetError: the path cannot be written.
        """
        if not isinstance(self._out, WholeOutput):
            raise ConfigError("lines are kept of a file: a file object has got them already")
        self._out.keep(path, *self._end())

    def _checked(
        self, lines: Any
    ) -> tuple[Num[np.ndarray, "lines cols bands"], Bool[np.ndarray, "..."] | None]:
        values = lines if isinstance(lines, np.ndarray) else _as_array(lines)
        values = values[None] if values.ndim == 2 else values
        if values.ndim != 3 or not values.shape[1]:
            raise CubeError(
                f"lines have shape (lines, cols, bands), one (cols, bands), not {np.shape(lines)}"
            )
        self.plan.require(values.shape[2], values.dtype)
        if self.cols and values.shape[1] != self.cols:
            raise CubeError(
                f"lines of {values.shape[1]} samples came after lines of {self.cols}: a scene's are alike"
            )
        mask = None
        if isinstance(values, np.ma.MaskedArray):
            mask = joined(None, data_mask(np.ma.getmaskarray(values)))
            mask = mask[..., None] if mask is not None and mask.ndim == 2 else mask
        return np.ma.getdata(values), mask

    def _begin(self, cols: int) -> None:
        plan, native = self.plan, self.plan.dtype.newbyteorder("=")
        self.cols = cols
        self._values = np.empty((plan.group, cols, plan.bands), native)
        self._mask: Bool[np.ndarray, "group cols bands"] | None = None
        self._growing = GrowingMask(cols, plan.bands, native, self._info.nodata)

    def _masked(self) -> Bool[np.ndarray, "group cols bands"]:
        """The mask of the lines that wait."""
        if self._mask is None:
            self._mask = np.ones(self._values.shape, bool)
        return self._mask

    def _head(self, rows: int, grid: TileGrid) -> list[Section]:
        """The sections before the tiles, without the mask."""
        plan = self.plan
        coded = [
            Section(SectionKind.TILE_GRID, grid.pack()),
            Section(SectionKind.ADAPTIVE_BASIS, plan.basis),
            *([] if plan.gains is None else [Section(SectionKind.DETAIL_GAINS, plan.gains)]),
        ]
        channels = latent_channels(plan.components)
        fields = plan.fingerprint, self._fields, Coded(channels, coded, plan.objective)
        return sections_of(plan.facts(rows, self.cols), pack_metadata(self._info), *fields)

    def _code(self) -> None:
        """Code the lines that wait."""
        assert self._out is not None, "as `__enter__` made it"
        lines = self._waiting
        values = self._values[:lines]
        mask = None if self._mask is None else self._mask[:lines]
        missing = find_missing(Scene(values=values, mask=mask, nodata=self._info.nodata))
        if missing is not None and self.plan.integers is not None:
            raise CubeError(
                "lines hold samples that are no data, and a plan in integers takes all for data: plan without "
                "--integers"
            )
        self.tally.add(values, missing)
        if self._grid is None:
            self._grid = self._grid_of(lines)
            self._out.begin(self._head(lines, self._grid))
        grid = dataclasses.replace(self._grid, rows=-(-lines // SIDE))
        first = self.rows // self.plan.group * grid.across

        def code(number: int) -> tuple[Section, int]:
            return self._tile_of(grid, number, first, values, missing)

        for tile, clipped in in_order(code, range(grid.across), self._jobs):
            self._out.add(tile)
            self.tally.coefficients += clipped
        self._growing.add(lines, missing)
        self.missing = self._growing.count
        self.rows, self._waiting, self._mask = self.rows + lines, 0, None
        if self._progress is not None:
            self._progress(self.rows, self.rows)

    def _grid_of(self, lines: int) -> TileGrid:
        rows, cols = -(-lines // SIDE), -(-self.cols // SIDE)
        return TileGrid(rows, cols, rows, TileGrid.of(rows, cols, self.plan.side).tile_cols)

    def _tile_of(
        self,
        grid: TileGrid,
        number: int,
        first: int,
        values: Num[np.ndarray, "lines cols bands"],
        missing: Missing | None,
    ) -> tuple[Section, int]:
        plan = self.plan
        _, blocks = grid.place(number)
        cols = slice(SIDE * blocks.start, min(SIDE * blocks.stop, self.cols))
        if plan.integers is not None:
            symbols, cut = plan.integers.encode(values[:, cols])
            levels = ComponentLevels.of_integers(symbols)
            return self._latent.tile(first + number, symbols, levels), cut
        facts = plan.facts(len(values), self.cols, missing)
        own = facts.part(Part(slice(0, len(values)), cols, np.arange(plan.bands)))
        samples = read_samples(self.tally.within(values[:, cols]), own, mean=plan.mean)
        coder = self._latent.coder
        coded = code_tile(coder, samples, plan.projection, plan.components, plan.step)
        return self._latent.tile(first + number, coded.symbols, coded.contexts), coded.clipped

    def _end(self) -> tuple[list[Section], int, bytes]:
        """Codes the lines that wait; gives sections before the tiles, lines, and the payload of MASK."""
        if self._waiting:
            self._code()
        if self._grid is None:
            raise DataError("no line came: there is nothing to write")
        check_info(self._info.info(), (self.rows, self.cols, self.plan.bands))
        if text := self.tally.told():
            warnings.warn(text, DataWarning, stacklevel=4)
        return self._head(self.rows, self._grid), self.rows, self._growing.pack()

    def _finish(self) -> None:
        assert self._out is not None, "as `__enter__` made it"
        self.size = self._out.finish(*self._end())


def _as_array(lines: Any) -> np.ndarray:
    """Arrays of other libraries as numpy's."""
    try:
        return np.asarray(lines)
    except (TypeError, ValueError) as error:
        raise CubeError(f"lines are arrays, not {type(lines).__name__}") from error
