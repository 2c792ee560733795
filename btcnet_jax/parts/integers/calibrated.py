"""The parts of a codec that writes what an encoder on board does: nothing is measured on the scene."""

import numpy as np
from jaxtyping import Int, Num

from btcnet_jax.coding.band_scales import ScaleSymbols
from btcnet_jax.coding.static_table import compress_with
from btcnet_jax.container.compressed_file import CompressedFile
from btcnet_jax.container.container import Section
from btcnet_jax.errors import CubeError
from btcnet_jax.parts.integers.calibration import Calibration
from btcnet_jax.parts.integers.transform import require_whole
from btcnet_jax.parts.interface import Inverse
from btcnet_jax.parts.range_latent import StaticTables
from btcnet_jax.parts.whole_range import WholeRange
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.scene import Scene


class CalibratedFrontEnd(WholeRange):
    """A front end whose scenes all have the range that was calibrated to; of files it reads all.

    Args:
        inner: of the model.
        bands: that the network was trained for.
        calibration: to a scene.
    """

    def __init__(self, inner: WholeRange, bands: int, calibration: Calibration) -> None:
        super().__init__(bands)
        self._inner, self._calibration = inner, calibration

    def facts(self, scene: Scene) -> SceneFacts:
        """What is known before a scene comes: its range is that of the calibration.

        Raises:
            CubeError: other bands or another type than were calibrated to, or samples that are no data.
        """
        shape, dtype = scene.values.shape, self._calibration.dtype
        self._require_bands(shape[2])
        if scene.values.dtype.newbyteorder("=") != dtype:
            raise CubeError(
                f"the scene's samples are {scene.values.dtype}, the calibration is of {dtype}: export again "
                "with a scene as the instrument delivers it"
            )
        varying, fill = np.ones(shape[2], dtype=bool), np.zeros(shape[2], dtype)
        missing = SceneFacts.of(scene, constant_bands=True).missing
        facts = SceneFacts(
            shape, dtype, self._calibration.value_range, varying, fill, missing, scene.band_mask
        )
        require_whole(facts)
        return facts

    def sections(self, scales: ScaleSymbols | None) -> list[Section]:
        """Those of the model's front end."""
        return self._inner.sections(scales)

    def inverse(
        self,
        file: CompressedFile,
        facts: SceneFacts,
        latent: Num[np.ndarray, "..."],
        bands: Int[np.ndarray, " some"],
    ) -> Inverse:
        """That of the model's front end; errors too."""
        return self._inner.inverse(file, facts, latent, bands)


class CalibratedTables(StaticTables):
    """Symbols by tables that are given, whatever the scene's own are; see `SymbolCoder`.

    Args:
        tables: as `static_table.open_tables` gives them.
    """

    def __init__(self, tables: bytes) -> None:
        super().__init__()
        self._tables = tables

    def compress_symbols(
        self, symbols: Int[np.ndarray, "rows cols channels"], bits: int
    ) -> tuple[bytes, bytes]:
        """The tables as they are, and coded symbols."""
        return compress_with(self._tables, symbols, bits)
