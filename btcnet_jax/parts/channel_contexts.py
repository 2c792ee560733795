"""Symbols of a network's latent by integer contexts: its channels are coefficients of a block transform.

A network whose training began with a KLT and DCT keeps one frequency of one spectral component in each channel,
so that what the universal codec's contexts know of such coefficients holds for its symbols too.
"""

import numpy as np
from jaxtyping import Float64, Int

from btcnet_jax.coding.context import (
    POSITIONS,
    ComponentLevels,
    ContextCoder,
    ContextWeights,
    judge_all,
)
from btcnet_jax.container.header import CoderId, EntropyModelId
from btcnet_jax.errors import FileFormatError
from btcnet_jax.models.prior_tables import Tables
from btcnet_jax.parts.block_transform import BLOCK, SIDE

_ORDER = np.array([POSITIONS.index(divmod(frequency, SIDE)) for frequency in range(BLOCK)])


class ChannelContexts:
    """The entropy model of a learned latent by contexts; side information: levels of the components.

    Args:
        tables: of the model: `layout` and the integers of `ContextWeights`.
    """

    entropy_model = EntropyModelId.CONTEXT
    coders: frozenset[int] = frozenset({CoderId.RANGE})

    def __init__(self, tables: Tables) -> None:
        component, frequency, sign = np.asarray(tables["layout"], np.int64).T
        self._component, self._position = component, _ORDER[frequency]
        self._sign = sign.astype(np.int32)
        self._components = int(component.max()) + 1
        self._coder = ContextCoder(ContextWeights.of_arrays(tables))

    def encode(
        self, symbols: Int[np.ndarray, "h w channels"], level: int, coder_id: int
    ) -> tuple[bytes, bytes]:
        """The components' levels, and the symbols."""
        planes = self._planes(symbols)
        levels = ComponentLevels.of(planes)
        return levels.to_bytes(), self._coder.encode(planes, levels)

    def decode(
        self, side: bytes, data: bytes, shape: tuple[int, int, int], level: int, coder_id: int
    ) -> Int[np.ndarray, "h w channels"]:
        """Inverse of `encode`.

        Raises:
            FileFormatError: the bytes do not fit, or tell of coefficients that are no channels.
        """
        levels = ComponentLevels.from_bytes(side, self._components)
        planes = self._coder.decode(data, (self._components, *shape[:2]), levels)
        channels = planes[self._component, self._position]
        if np.count_nonzero(planes) != np.count_nonzero(channels):
            raise FileFormatError("symbols of channels that the model lacks: the file is damaged")
        return np.ascontiguousarray(np.moveaxis(channels, 0, -1)) * self._sign

    def bits_by_place(
        self, side: bytes, symbols: Int[np.ndarray, "h w channels"], level: int
    ) -> Float64[np.ndarray, "h w"]:
        """Code length in bits of each place of the latent."""
        levels = ComponentLevels.from_bytes(side, self._components)
        return judge_all(self._coder, self._planes(symbols), levels)[2].sum(axis=(0, 1))

    def _planes(
        self, symbols: Int[np.ndarray, "h w channels"]
    ) -> Int[np.ndarray, "components 16 h w"]:
        planes = np.zeros((self._components, BLOCK, *symbols.shape[:2]), np.int32)
        planes[self._component, self._position] = np.moveaxis(symbols * self._sign, -1, 0)
        return planes
