"""Decoder of blocks: the detail network on the symbols of a scene of any size, and the inverse transform.

The network is in `detail_tiles`, which is imported when it is first needed: an encoder needs none, and with it
come JAX and Flax.
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, Int64

from btcnet_jax.coding.context import PER_STEP
from btcnet_jax.container.compressed_file import CompressedFile
from btcnet_jax.container.container import Section
from btcnet_jax.container.header import DEPENDENT
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import ConfigError
from btcnet_jax.parts.block_transform import BLOCK, SIDE, to_planes
from btcnet_jax.parts.detail_gains import decode_gains, encode_gains, fit_gains, gains_of
from btcnet_jax.parts.interface import Blocks, Region
from btcnet_jax.parts.quantization import dead_zone
from btcnet_jax.progress import Progress
from btcnet_jax.scene.lines import line_blocks
from btcnet_jax.scene.value_range import working_type

_FED = 1.4
"""Times as large as they are the network is shown values of dependent quantization: its steps are larger at the
same rate, and what they leave is less, than where the network was trained."""
# Of foreseen details: how much finer symbols are than those that the network would be shown, and the offset of
# their dead zone. What rate and distortion together lead to is nearly that.
_FINER, _WIDE = 1.43, 0.05
# Blocks that are transformed back at a time: their samples in all bands stay in a processor's cache.
_AT_ONCE = 128


class BlockDecoder:
    """From symbols of blocks to component planes in steps, with details that a network restores.

    Args:
        params: of the detail network, float32; None to restore none, which takes neither JAX nor time.
    """

    def __init__(self, params: dict[str, Any] | None) -> None:
        self._params = params

    @property
    def restores(self) -> bool:
        """Whether there is a network."""
        return self._params is not None

    @functools.cached_property
    def reach(self) -> int:
        """Blocks beyond a window that its samples depend on."""
        if self._params is None:
            return 0
        from btcnet_jax.models.detail_networks import network_of, reach_of

        return reach_of(network_of(self._params))

    def prepare(self, rows: int, cols: int) -> None:
        """Compile the network for scenes of this size."""
        if self._params is not None:
            grid = -(-rows // SIDE), -(-cols // SIDE)
            self._restore(np.zeros((1, BLOCK, *grid), np.int32))

    def synthesize(
        self,
        symbols: Int[np.ndarray, "components 16 rows cols"],
        progress: Progress | None = None,
        ensemble: int = 1,
        file: CompressedFile | None = None,
    ) -> Iterator[Region]:
        """Planes from top to bottom, in the units of symbols.

        Args:
            symbols: of a file.
            progress: called with parts of the network's work done and in all.
            ensemble: 1, 2, 4 or 8 views that the network averages over: slower, a little better.
            file: that may say how much of the details each component takes.

        Raises:
            ConfigError: another ensemble, or one where no network is.
            FileFormatError: the section DETAIL_GAINS is damaged.
        """
        whole = Blocks.whole(symbols.shape[2:])
        for strip in self.strips(symbols, whole, progress, ensemble, file):
            yield strip()

    def strips(
        self,
        symbols: Int[np.ndarray, "components 16 rows cols"],
        wanted: Blocks,
        progress: Progress | None = None,
        ensemble: int = 1,
        file: CompressedFile | None = None,
    ) -> Iterator[Callable[[], Region]]:
        """The same of a part, once the network has restored it; see `StripDecoder`.

        Planes are floats of the type that the file's samples are worked on with.
        """
        details = self._details(symbols, wanted, progress, ensemble, file)
        dtype = np.float64 if file is None else working_type(np.dtype(file.header.dtype))
        some = symbols[(..., *wanted)]

        def work(place: tuple[slice, slice]) -> Region:
            steps = some[(..., *place)].astype(dtype)
            if details is not None:
                steps += details[(..., *place)]
            top, left = (side.start * SIDE for side in place)
            return Region(top, left, np.moveaxis(to_planes(steps), 0, 2))

        for place in _places(*wanted.shape):
            yield functools.partial(work, place)

    def _details(
        self,
        symbols: Int[np.ndarray, "components 16 rows cols"],
        wanted: Blocks,
        progress: Progress | None,
        ensemble: int,
        file: CompressedFile | None,
    ) -> Float32[np.ndarray, "components 16 _ _"] | None:
        """What a network adds to symbols that are wanted, where there is one."""
        if self._params is None:
            if ensemble != 1:
                raise ConfigError(
                    "without a network there is nothing to average: leave out --ensemble, or --decoder none"
                )
            return None
        data = None if file is None else file.sections.get(SectionKind.DETAIL_GAINS)
        gains = None if data is None else decode_gains(data, len(symbols))
        header = None if file is None else file.header
        dependent = header is not None and header.entropy_model in DEPENDENT
        shown = _shown(PER_STEP if dependent else 1)
        details = self._restore(
            symbols, ensemble=ensemble, progress=progress, shown=shown, wanted=wanted
        )
        if gains is not None:
            details *= gains[:, None, None, None]
        return details

    def gains(
        self,
        symbols: Int[np.ndarray, "components 16 rows cols"],
        wanted: Float[np.ndarray, "components 16 rows cols"],
        held: Bool[np.ndarray, "rows cols"] | None,
        per_step: int = 1,
    ) -> Section:
        """How much of its details each component of a file is to take: the section DETAIL_GAINS.

        Args:
            symbols: of the file.
            wanted: coefficients before quantization, in the units of symbols.
            held: blocks that hold data; None for all.
            per_step: symbols are in steps over this.
        """
        details = np.asarray(self._restore(symbols, shown=_shown(per_step)))
        return Section(SectionKind.DETAIL_GAINS, encode_gains(_fit(symbols, details, wanted, held)))

    def foreseen(
        self,
        values: Float32[np.ndarray, "components 16 rows cols"],
        held: Bool[np.ndarray, "rows cols"] | None,
        per_step: int = 1,
        gains: bool = False,
    ) -> Float32[np.ndarray, "components 16 rows cols"]:
        """About what `synthesize` will add to the symbols of values, before they are chosen.

        What it adds hardly depends on single symbols: those that a wide dead zone leaves in finer steps lead to
        as much of it as those that are chosen (docs/EXPERIMENTS.md, "The network in the encoder's mind").

        Args:
            values: coefficients in steps.
            held: blocks that hold data; None for all.
            per_step: symbols will be in steps over this.
            gains: whether the file is to say how much of it each component takes.

        Returns:
            In steps.
        """
        scale = np.float32(_FINER * per_step * _shown(per_step))
        finer = values * scale
        symbols = dead_zone(finer, _WIDE)
        if not symbols.any():
            return np.zeros_like(values)
        details = np.asarray(self._restore(symbols))
        if gains:
            details *= gains_of(_fit(symbols, details, finer, held))[:, None, None, None]
        return details / scale

    def operations(self, blocks: int) -> float:
        """Multiply-adds of the network on so many blocks."""
        from btcnet_jax.models.detail_params import multiply_adds

        assert self._params is not None, "an encoder's decoder has a network"
        return float(blocks * multiply_adds(self._params))

    def _restore(self, symbols: Int[np.ndarray, "components 16 rows cols"], **options: Any) -> Any:
        from btcnet_jax.parts.detail_tiles import restore_details

        assert self._params is not None, "as those who call it have seen to"
        return restore_details(self._params, symbols, **options)


def _places(rows: int, cols: int) -> Iterator[tuple[slice, slice]]:
    """Rows and columns of blocks that are transformed back together, from top to bottom."""
    wide = min(cols, _AT_ONCE)
    for down in line_blocks(rows, max(_AT_ONCE // max(wide, 1), 1)):
        for across in line_blocks(cols, wide):
            yield down, across


def _fit(
    symbols: Int[np.ndarray, "components 16 rows cols"],
    details: Float32[np.ndarray, "components 16 rows cols"],
    wanted: Float[np.ndarray, "components 16 rows cols"],
    held: Bool[np.ndarray, "rows cols"] | None,
) -> Int64[np.ndarray, " components"]:
    """How much of its details each component is to take."""
    there = np.ones(symbols.shape[2:], bool) if held is None else held
    return fit_gains(*(each[:, :, there] for each in (symbols, details, wanted)))


def _shown(per_step: int) -> float:
    """Of symbols in steps over `per_step`, what the network is shown."""
    return 1.0 if per_step == 1 else _FED / per_step
