"""The spectral front end of a scene: between its varying bands and the components of its own basis."""

import numpy as np
from jaxtyping import Float64, Int

from btcnet_jax.coding.adaptive_basis import decode_adaptive_basis
from btcnet_jax.coding.spectral_basis import decode_basis
from btcnet_jax.container.compressed_file import CompressedFile
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import FileFormatError
from btcnet_jax.parts.interface import Inverse
from btcnet_jax.parts.plane_samples import samples_of_planes
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.scene import Scene

# What the inverse transform and the detail network may add to symbols; a bound, not a measurement.
_HEADROOM = 2.0**12


class SceneBasis:
    """Front end that is found on the scene; bands of one value are kept apart."""

    exact = True

    def facts(self, scene: Scene) -> SceneFacts:
        """What is known of a scene that can be coded.

        Raises:
            CubeError: it cannot; says why.
        """
        return SceneFacts.of(scene, constant_bands=True)

    def inverse(
        self,
        file: CompressedFile,
        facts: SceneFacts,
        symbols: Int[np.ndarray, "components 16 rows cols"],
        bands: Int[np.ndarray, " some"],
    ) -> Inverse:
        """The matrix of the file, from planes in steps to bands, whose samples are rounded and clipped.

        Raises:
            FileFormatError: the section of the basis is missing or damaged.
        """
        varying = int(facts.varying.sum())
        matrix = _matrix(file, len(symbols), varying)
        largest = np.abs(symbols.reshape(len(symbols), -1)).max(axis=1)
        with np.errstate(over="ignore"):
            reach = np.abs(matrix[0]) + (_HEADROOM * (largest + 1.0)) @ np.abs(matrix[1:])
        if not np.isfinite(reach).all():
            raise FileFormatError(
                "the spectral basis leads beyond all numbers: the file is damaged"
            )
        return samples_of_planes(matrix[:, bands], facts.value_range, facts.dtype)


def _matrix(file: CompressedFile, components: int, bands: int) -> Float64[np.ndarray, "rows bands"]:
    """Of the section that the file has; older files have BASIS."""
    if {SectionKind.BASIS, SectionKind.ADAPTIVE_BASIS} <= file.sections.keys():
        raise FileFormatError("the file has two spectral bases: it is damaged")
    if SectionKind.BASIS in file.sections:
        return decode_basis(file.sections[SectionKind.BASIS], components, bands)
    return decode_adaptive_basis(file.payload(SectionKind.ADAPTIVE_BASIS), components, bands)
