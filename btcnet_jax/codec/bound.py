"""What a file is asked to promise: how far each sample may be from what it was."""

import math
import numbers
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64

from btcnet_jax.errors import ConfigError
from btcnet_jax.scene.info import SceneInfo
from btcnet_jax.scene.scene import Scene, SceneSource
from btcnet_jax.scene.valid import BandExtremes


@dataclass(frozen=True, eq=False)
class Bound:
    """The smallest file in which no valid sample differs from the original by more than this.

    Attributes:
        error: of all bands; or of each band, in order; or by wavelength in nanometers, of the band there.
            In the samples' unit; 0 keeps them as they are.
        relative: whether errors are shares of the range of each band's valid samples, 0 to 1, instead.
        others: of bands that are not named by their wavelength.

    Raises:
        ConfigError: an error that is no number, negative, NaN or infinite.
    """

    # A number, numbers or a mapping: what is wrong is told in words.
    error: Any
    relative: bool = False
    others: int | float | None = None

    def __post_init__(self) -> None:
        each = _values(self.error)
        if isinstance(self.error, Mapping):
            for wavelength in self.error:
                _require_number(wavelength, "a wavelength")
        if not each:
            raise ConfigError("a bound of no bands: give an error")
        for error in each if self.others is None else [*each, self.others]:
            _require_number(error, "a bound of the error")
            if self.relative and error > 1:
                raise ConfigError(
                    f"a relative error of {error:g} is more than the whole range: give 0 to 1, such as 0.001"
                )

    def errors(
        self, scene: Scene | SceneSource, extremes: BandExtremes | None = None
    ) -> Float64[np.ndarray, " bands"]:
        """The bound of each band in the samples' unit.

        Args:
            scene: in memory; or on disk, of which nothing is read.
            extremes: of its data, where they are known; of a scene on disk they must be for relative errors.

        Raises:
            ConfigError: another number of bands, or a wavelength at which the scene has none.
        """
        bands = (scene.values if isinstance(scene, Scene) else scene).shape[2]
        given = self.error
        if isinstance(given, Mapping):
            found = self._by_wavelength(given, scene)
        elif isinstance(given, numbers.Real):
            found = np.full(bands, float(given))
        else:
            found = np.array(_values(given), np.float64)
            if len(found) != bands:
                raise ConfigError(f"bounds of {len(found)} bands, but the scene has {bands}")
        if self.relative:
            if extremes is None:
                assert isinstance(scene, Scene), "extremes of a scene on disk are given"
                extremes = BandExtremes.of_scene(scene)
            spans = [
                float(high) - float(low) if count else 0.0
                for low, high, count in zip(
                    extremes.low.tolist(), extremes.high.tolist(), extremes.samples, strict=True
                )
            ]
            found = found * np.array(spans)
        return found

    def _by_wavelength(
        self, given: Mapping[Any, Any], scene: SceneInfo
    ) -> Float64[np.ndarray, " bands"]:
        centers = scene.wavelengths
        if centers is None:
            raise ConfigError(
                "the scene has no wavelengths to name bands by: give a bound for each band in order"
            )
        found = np.full(len(centers), math.nan if self.others is None else float(self.others))
        for wavelength, error in given.items():
            band = int(np.argmin(np.abs(centers - wavelength)))
            beside = np.abs(np.delete(centers, band) - centers[band])
            reach = beside.min() if beside.size else math.inf
            if not abs(centers[band] - wavelength) <= reach:
                raise ConfigError(
                    f"the scene has no band at {wavelength:g} nm: the nearest is at {centers[band]:g} nm"
                )
            found[band] = error
        if np.isnan(found).any():
            at = centers[int(np.flatnonzero(np.isnan(found))[0])]
            raise ConfigError(
                f"no bound for the band at {at:g} nm, among {np.isnan(found).sum()}: give one for "
                "all others too"
            )
        return found

    def __str__(self) -> str:
        if isinstance(self.error, numbers.Real):
            return f"{self.error:g} of each band's range" if self.relative else f"{self.error:g}"
        return "bounds of bands"


def _values(given: object) -> list[Any]:
    """The errors of a bound, whatever they are."""
    if isinstance(given, Mapping):
        return [*given.values()]
    one = isinstance(given, (numbers.Real, str)) or not isinstance(given, Iterable)
    return [given] if one else [*given]  # type: ignore[misc]


def _require_number(value: object, what: str) -> None:
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not number or not 0 <= value < math.inf:  # type: ignore[operator]
        shown = repr(value)[:40] if number or isinstance(value, str) else type(value).__name__
        raise ConfigError(f"{what} is 0 or a number above, not {shown}")
