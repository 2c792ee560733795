"""Plans: the front end of the universal codec, found on some lines for those that will come."""

import dataclasses
import math
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Num, Shaped

from btcnet_jax.codec.codec import Codec
from btcnet_jax.codec.component_limit import large_sample
from btcnet_jax.codec.encoded import Encoded
from btcnet_jax.codec.line_plan import coded_range, in_range, integers_of
from btcnet_jax.codec.plan_file import Plan
from btcnet_jax.codec.search_progress import PassProgress, SearchProgress
from btcnet_jax.codec.step_encoder import good_bands, lowest_value
from btcnet_jax.codec.step_search import StepSearch
from btcnet_jax.codec.target import Rate
from btcnet_jax.codec.tile_encoder import TileEncoder
from btcnet_jax.codec.tile_samples import TileSamples
from btcnet_jax.codec.trials import BytesAim
from btcnet_jax.coding.adaptive_basis import decode_adaptive_basis
from btcnet_jax.container.plan_record import MOST_GROUP
from btcnet_jax.container.tile_grid import TileGrid
from btcnet_jax.cost import Tally
from btcnet_jax.errors import ConfigError, DataError
from btcnet_jax.parts.block_transform import SIDE
from btcnet_jax.parts.context_latent import ContextLatent
from btcnet_jax.parts.goal import Effort, Goal
from btcnet_jax.parts.integers.calibration import SAMPLE_TYPES
from btcnet_jax.parts.quantization import optimize, zoned
from btcnet_jax.parts.samples import Samples, read_samples
from btcnet_jax.progress import Progress
from btcnet_jax.scene import Scene, SceneInfo, SceneSource, as_scene
from btcnet_jax.scene.gathering import Gathered, gather_facts
from btcnet_jax.scene.suspicion import warn_of_source
from btcnet_jax.scene.value_range import ValueRange

GROUP = 128
"""Lines that are coded together where nothing is said."""
INTEGER_GROUP = 16
"""Likewise of plans in integers, whose lines wait in the memory of a small machine."""
# Lines of the scenes to come over which what a file says once is spread, at least.
_LINES = 1024


class PlanRequest(NamedTuple):
    """What to plan.

    Attributes:
        rate: bits a pixel and band of the lines to come.
        group: lines that are coded together, a multiple of 4.
        value_range: that files shall tell of; None for one with room.
        progress: called with parts of the work done and in all.
        jobs: threads.
        integers: whether lines are coded in integers alone.
    """

    rate: Rate
    group: int = GROUP
    value_range: tuple[float, float] | None = None
    progress: Progress | None = None
    jobs: int = 1
    integers: bool = False


def plan(
    scene: "Scene | SceneSource | Shaped[np.ndarray, '...']",
    target: Rate | None = None,
    *,
    optimize: str | None = None,
    effort: str | None = None,
    quantization: str | None = None,
    group: int | None = None,
    value_range: tuple[float, float] | None = None,
    progress: Progress | None = None,
    jobs: int = 1,
    codec: Codec | None = None,
    integers: bool = False,
) -> Plan:
    """A front end for scenes of one sensor.

    Args:
        scene: to plan on: the first lines of what will come, or another scene; samples alone, a scene in
            memory or one on disk.
        target: rate of the lines to come; what a file says once counts as in a file of 1024 lines or more.
        optimize, effort, quantization: as of `load`.
        group: lines that are coded together, a multiple of 4; if None, 128, of a plan in integers 16.
        value_range: least and greatest value that files tell of, beyond which samples are clipped. If None,
            all values of integers of up to 16 bits; else the range of the scene and its span on each side.
        progress: called with parts of the work done and in all.
        jobs: threads that read a large scene.
        codec: that plans, of the universal weights; then `optimize`, `effort` and `quantization` are its own.
        integers: whether lines shall be coded in integers alone, as an exported program does on board: samples
            of 16 bits that are all data, each symbol quantized by itself, with a dead zone.

    Raises:
        DataError: no band varies; CubeError: the scene cannot be coded.
        ConfigError: no such option, a rate at which nothing is left, or a range that does not hold the scene.

    Warns:
        DataWarning: a value that must mark missing samples.
    """
    from btcnet_jax.codec.build import load

    if not isinstance(integers, bool):
        raise ConfigError(f"integers is True or False, not {type(integers).__name__}")
    if integers:
        quantization = "scalar" if quantization is None and codec is None else quantization
    if codec is None:
        codec = load(optimize=optimize, effort=effort, quantization=quantization)
    elif optimize is not None or effort is not None or quantization is not None:
        raise ConfigError("a codec that is given brings its own optimize, effort and quantization")
    source = scene if isinstance(scene, SceneSource) else SceneSource.of(as_scene(scene))
    rate = codec.default if target is None else target
    if not isinstance(rate, Rate):
        raise ConfigError(f"a plan is for a rate: give Rate(bpppb), not {type(rate).__name__}")
    lines = (INTEGER_GROUP if integers else GROUP) if group is None else group
    asked = PlanRequest(rate, lines, value_range, progress, jobs, integers)
    return _Planner(codec, source, asked).plan()


def _require_integers(dtype: np.dtype, latent: ContextLatent, asked: PlanRequest) -> None:
    """Refuse before any work what a plan in integers cannot be."""
    if dtype.newbyteorder("=") not in SAMPLE_TYPES:
        raise ConfigError(
            f"a plan in integers is for samples of type int16 or uint16, not {dtype.name}: leave out --integers"
        )
    if latent.coder.per_step > 1:
        raise ConfigError(
            "a plan in integers quantizes each symbol by itself: leave out --quantization dependent"
        )
    if asked.value_range is not None:
        raise ConfigError("a plan in integers is for all samples of 16 bits: leave out --range")


class _Planner:
    """One scene to plan on."""

    def __init__(self, codec: Codec, source: SceneSource, asked: PlanRequest) -> None:
        encoder, latent, fields = codec.parts
        if not (isinstance(encoder, TileEncoder) and isinstance(latent, ContextLatent)):
            raise ConfigError("the universal codec alone can be planned: leave out --model")
        if encoder.effort == Effort.MOST:
            raise ConfigError(
                "with a plan no network is in the encoder's mind: leave out --effort most"
            )
        if isinstance(asked.group, bool) or not isinstance(asked.group, int) or asked.group < SIDE:
            raise ConfigError(f"a group has {SIDE} lines or more, not {asked.group!r:.40}")
        if asked.group % SIDE:
            raise ConfigError(f"lines of a group are a multiple of {SIDE}, not {asked.group}")
        if asked.group > MOST_GROUP:
            raise ConfigError(f"a group has {MOST_GROUP} lines at most, not {asked.group:.3g}")
        if asked.integers:
            _require_integers(source.dtype, latent, asked)
        self._codec, self._encoder, self._latent, self._fields = codec, encoder, latent, fields
        self._source, self._asked = source, asked

    def plan(self) -> Plan:
        """The front end of what was read."""
        seen = gather_facts(self._source)
        warn_of_source(self._source, seen.extremes, self._source.name or "the lines")
        if not seen.facts.varying.any():
            raise DataError("no band varies in these lines: plan on others, of a scene")
        gathered = self._in_coded_range(seen)
        grid = self._grid()
        progress = PassProgress(self._asked.progress)
        large = self._codec.is_large(self._source.shape)
        samples = self._mosaic(gathered, grid, progress) if large else self._whole(gathered)
        search = self._search(samples, gathered, grid, progress)
        encoded = search.encode()
        if encoded.empty:
            raise ConfigError(
                f"at {self._asked.rate.bpppb:g} bits a pixel and band nothing is left of these lines: "
                "allow more (--bpppb)"
            )
        return self._found(search, encoded, samples, gathered, seen.facts.value_range)

    def _in_coded_range(self, seen: Gathered) -> Gathered:
        before = seen.facts.value_range
        after = coded_range(before, self._source.dtype)
        if self._asked.value_range is not None:
            after = self._named_range(before)
        facts = dataclasses.replace(seen.facts, value_range=after)
        return seen._replace(facts=facts, mean=in_range(seen.mean, before, after))

    def _named_range(self, seen: ValueRange) -> ValueRange:
        kind = float if self._source.dtype.kind == "f" else int
        given: Any = self._asked.value_range
        limits = np.finfo if kind is float else np.iinfo
        most = limits(self._source.dtype)
        try:
            low, high = (float(each) for each in given)
        except (TypeError, ValueError) as error:
            raise ConfigError(
                f"a range is its least and its greatest value, not {given!r:.40}"
            ) from error
        fits = all(math.isfinite(each) and kind(each) == each for each in (low, high))
        if not (fits and most.min <= low <= seen.minimum and seen.maximum <= high <= most.max):
            raise ConfigError(
                f"the range {low:g} to {high:g} must hold all of the lines, which run from {seen.minimum} to "
                f"{seen.maximum}, and be of their type, {self._source.dtype}"
            )
        return ValueRange(kind(low), kind(high))

    def _grid(self) -> TileGrid:
        rows, cols = (-(-size // SIDE) for size in self._source.shape[:2])
        tile_cols = self._latent.grid(rows, cols).tile_cols
        return TileGrid(rows, cols, min(self._asked.group // SIDE, rows), tile_cols)

    def _whole(self, gathered: Gathered) -> Samples:
        values: Num[np.ndarray, "rows cols bands"] = self._source.read_all().values
        return read_samples(values, gathered.facts, mean=gathered.mean)

    def _mosaic(self, gathered: Gathered, grid: TileGrid, progress: PassProgress) -> Samples:
        light = self._encoder.effort == Effort.LIGHT
        tiles = TileSamples(self._source, gathered, grid, self._asked.jobs)
        return tiles.mosaic(*large_sample(light=light), progress.statistics())

    def _search(
        self, samples: Samples, gathered: Gathered, grid: TileGrid, progress: PassProgress
    ) -> StepSearch:
        facts, bands = gathered.facts, self._source.shape[2]
        zero = samples.mean + lowest_value(facts)
        pixels = samples.places * SIDE**2
        budget = self._asked.rate.bpppb * pixels * bands / 8
        # What stands once in a file is of all its lines.
        share = min(1.0, pixels / (_LINES * self._source.shape[1]))
        goal = Goal(self._encoder.objective, good_bands(facts), zero, self._encoder.effort)
        return StepSearch(
            self._encoder.coder,
            samples,
            BytesAim(budget),
            Tally(),
            SearchProgress(progress.search()),
            goal,
            (grid.tile_rows, grid.tile_cols),
            share,
            quantize=zoned if self._asked.integers else partial(optimize, jobs=self._asked.jobs),
        )

    def _found(
        self,
        search: StepSearch,
        encoded: Encoded,
        samples: Samples,
        gathered: Gathered,
        seen: ValueRange,
    ) -> Plan:
        facts, source, count = gathered.facts, self._source, len(encoded.packed)
        projection = search.plan.projection[:, :count].astype(np.float32)
        # Symbols of a component that was never used would lead nowhere: none are sent.
        matrix = decode_adaptive_basis(encoded.basis, count, len(gathered.mean))
        projection[:, ~matrix[1:].any(axis=1)] = 0
        largest = np.abs(encoded.coefficients[:count]).max(axis=(1, 2, 3)) / encoded.step
        gains = self._encoder.gains(encoded, samples.held)
        rows, cols, bands = source.shape
        found = Plan(
            fingerprint=self._codec.fingerprint,
            entropy_model=self._fields["entropy_model"],
            objective=int(self._encoder.objective),
            rate=float(self._asked.rate.bpppb),
            dtype=source.dtype,
            value_range=facts.value_range,
            seen=seen,
            planned_on=(rows, cols, bands),
            group=self._asked.group,
            side=self._latent.tile_side,
            varying=facts.varying,
            fill=np.where(facts.varying, facts.fill.dtype.type(0), facts.fill),
            mean=gathered.mean,
            weights=search.plan.weights,
            projection=projection,
            largest=largest.astype(np.float64),
            step=encoded.step,
            basis=encoded.basis,
            gains=None if gains is None else gains.payload,
            info=_of_sensor(source),
        )
        return in_integers(found) if self._asked.integers else found


def in_integers(plan: Plan) -> Plan:
    """The plan with a front end in integers, to which all samples are data.

    Raises:
        ConfigError: which option of the plan is in the way.
    """
    info = dataclasses.replace(plan.info, nodata=None)
    return dataclasses.replace(plan, integers=integers_of(plan), info=info)


def _of_sensor(source: SceneSource) -> SceneInfo:
    """What other scenes of the sensor share."""
    names = "wavelengths", "fwhm", "band_names", "band_mask", "nodata", "scale", "offset", "units"
    return SceneInfo(**{name: getattr(source, name) for name in names})
