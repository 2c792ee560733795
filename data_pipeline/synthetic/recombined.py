"""Semi-synthetic scenes: the spectra of real scenes over the component planes of other real scenes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64
from numpy import ndarray

from btcnet_jax.errors import DataError
from btcnet_jax.scene.scene import Scene
from data_pipeline.synthetic.donor import Donor, Spectra, principal
from data_pipeline.synthetic.settings import Number
from data_pipeline.synthetic.streams import stream

COMPONENTS = 64
"""Principal components that have planes; what is beyond them is noise in every scene at hand."""
_FULL_SCALE = 8192
"""What a donor's bright samples become: room for brighter ones below 2^16."""
_SHARE = 0.5
"""How often two scenes are mixed, where there are two, and how often a texture is taken."""
_WHOLE = 0.25
"""How often a scene keeps a donor's own planes with its own spectra, so that real pairings are seen too."""
_LEAST_CONTRAST = 0.5

Planes = Float[ndarray, "rows cols components"]


@dataclass(frozen=True, kw_only=True)
class RecombinedSettings:
    """Size and seed of a recombined scene.

    Attributes:
        rows, cols, bands: shape of the scene, each at least 1.
        seed: of everything random, at least 0.
        noise: standard deviation of the noise in multiples of what the donors have beyond their
            `COMPONENTS` components.

    Raises:
        DataError: a setting is outside its range.
    """

    rows: int
    cols: int
    bands: int
    seed: int
    noise: Number = 1.0

    def __post_init__(self) -> None:
        for name, least in (("rows", 1), ("cols", 1), ("bands", 2), ("seed", 0), ("noise", 0)):
            if getattr(self, name) < least:
                raise DataError(f"{name} is {getattr(self, name)}; use at least {least}")


class Sources(NamedTuple):
    """What scenes are made of.

    Attributes:
        donors: real scenes; at least one has spectra and one has planes.
        textures: planes of variance one of photographs and the like.
        wavelengths: centers of the bands in nm, or None where no donor tells them.
    """

    donors: Sequence[Donor]
    textures: Sequence[Planes] = ()
    wavelengths: Float64[ndarray, "bands"] | None = None


def recombined_scene(settings: RecombinedSettings, sources: Sources) -> Scene:
    """Make a scene: mean + planes x basis + noise.

    Mean and basis are a donor's or, half of the time, a mix of two donors'; the planes are another
    donor's, half of the time two others', strong components of one over weak ones of the other. Of
    the textures, half of the scenes take one in place of the strongest components. Planes are cut at
    random, turned, mirrored and, except for brightness, their signs drawn; planes smaller than the
    scene are continued by their mirror image. A quarter of the scenes are a donor's own planes with its
    own spectra, signs as they are: a cut of a real scene in other contrast.

    The same settings and sources give the same scene on the same machine.

    Args:
        settings: size, seed, noise.
        sources: the parts.

    Returns:
        The scene: uint16, 8192 where a donor is bright, nothing below 0.
    """
    mean, covariance, planes = _draw(settings, sources)
    basis, deviations = principal(covariance, planes.shape[2])
    beyond = np.diag(covariance) - np.square(basis * deviations).sum(1)
    noise = stream(settings.seed, "noise")
    contrast = noise.uniform(_LEAST_CONTRAST, 1)
    values = planes @ (basis * (deviations * contrast)).T.astype(np.float32)
    values += mean.astype(np.float32)
    spread = settings.noise * np.sqrt(np.maximum(beyond, 0))
    values += noise.standard_normal(values.shape, np.float32) * spread.astype(np.float32)
    digits = np.clip(np.rint(values * _FULL_SCALE), 0, np.iinfo(np.uint16).max)
    return Scene(
        name=f"recombined_{settings.seed}",
        values=digits.astype(np.uint16),
        wavelengths=sources.wavelengths,
    )


def _draw(settings: RecombinedSettings, sources: Sources) -> tuple[ndarray, ndarray, Planes]:
    """Mean, covariance and planes: a donor's own, or drawn apart."""
    rng = stream(settings.seed, "whole")
    whole = [donor for donor in sources.donors if donor.spectra and donor.planes is not None]
    if whole and rng.uniform() < _WHOLE:
        donor = whole[int(rng.integers(len(whole)))]
        assert donor.spectra is not None
        assert donor.planes is not None
        return *donor.spectra, _cut(
            donor.planes[..., : min(COMPONENTS, settings.bands)], settings, rng
        )
    mean, covariance = _draw_spectra(sources.donors, stream(settings.seed, "spectra"))
    return mean, covariance, _draw_planes(settings, sources, stream(settings.seed, "planes"))


def _draw_spectra(donors: Sequence[Donor], rng: np.random.Generator) -> Spectra:
    """A donor's mean and covariance, or those of two, mixed at random."""
    known = [donor.spectra for donor in donors if donor.spectra is not None]
    first, second = (known[index] for index in rng.integers(len(known), size=2))
    share = rng.uniform() if rng.uniform() < _SHARE else 0.0
    return Spectra(
        *((1 - share) * one + share * two for one, two in zip(first, second, strict=True))
    )


def _draw_planes(
    settings: RecombinedSettings, sources: Sources, rng: np.random.Generator
) -> Planes:
    known = [donor.planes for donor in sources.donors if donor.planes is not None]
    count = min(COMPONENTS, settings.bands, *(planes.shape[2] for planes in known))
    first, second = (known[index] for index in rng.integers(len(known), size=2))
    planes = _cut(first[..., :count], settings, rng)
    if rng.uniform() < _SHARE:
        strong = int(rng.integers(min(3, count), count + 1))
        planes[..., strong:] = _cut(second[..., strong:count], settings, rng)
    if sources.textures and rng.uniform() < _SHARE:
        texture = sources.textures[int(rng.integers(len(sources.textures)))][..., :count]
        planes[..., : texture.shape[2]] = _cut(texture, settings, rng)
    signs = rng.choice(np.array([-1, 1], np.float32), count)
    signs[0] = 1  # dark where the scene is bright would be no scene
    return planes * signs


def _cut(
    planes: Planes, settings: RecombinedSettings, rng: np.random.Generator
) -> Float[ndarray, "_ _ components"]:
    """A window of the planes at a random place, in one of the eight positions of a square."""
    if rng.uniform() < 0.5:
        planes = planes.swapaxes(0, 1)
    planes = planes[:: rng.choice([-1, 1]), :: rng.choice([-1, 1])]
    size = (settings.rows, settings.cols)
    missing = [max(want - have, 0) for want, have in zip(size, planes.shape[:2], strict=True)]
    if any(missing):
        planes = np.pad(planes, ((0, missing[0]), (0, missing[1]), (0, 0)), mode="symmetric")
    row, col = (
        int(rng.integers(have - want + 1))
        for want, have in zip(size, planes.shape[:2], strict=True)
    )
    return np.array(planes[row : row + size[0], col : col + size[1]])
