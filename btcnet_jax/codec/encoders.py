"""From a scene to files of which the codec takes one: how each kind of codec goes about it.

A transform that does not depend on the rate gives one latent, and a file a level (`level_encoder`). One that is
found on the scene is sought together with the quantization step (`step_encoder`).
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float64, Num

from btcnet_jax.codec.bound import Bound
from btcnet_jax.codec.target import Target
from btcnet_jax.codec.trials import Told
from btcnet_jax.coding.band_scales import ScaleSymbols
from btcnet_jax.container.container import Section
from btcnet_jax.container.header import Objective
from btcnet_jax.cost import Tally
from btcnet_jax.errors import ConfigError
from btcnet_jax.metrics import Quality
from btcnet_jax.progress import Progress
from btcnet_jax.scene.facts import SceneFacts


class Analyzed(NamedTuple):
    """What a network's encoder makes of a scene.

    Attributes:
        latent: as `NetworkTransform.analyze` gives it, or int32 symbols of the level where steps are learned.
        scales: of the bands, where the network sees each in units of its own.
    """

    latent: Any
    scales: ScaleSymbols | None = None

    def at(self, level: int) -> Any:
        """What the latent part takes at a level: the same at each."""
        return self.latent


@runtime_checkable
class LevelLatent(Protocol):
    """A latent that each level rounds in its own way: `Analyzed`, or `IntegerLatent`.

    Attributes:
        scales: of the bands, where the network sees each in units of its own.
    """

    @property
    def scales(self) -> ScaleSymbols | None:
        """See above."""

    def at(self, level: int) -> Any:
        """What the latent part takes at a level."""


class Coded(NamedTuple):
    """A scene's latent in sections.

    Attributes:
        channels: of the latent, as the header says.
        sections: all but those of the scene itself.
        objective: what was made best, as the header says.
        fields: of the header that are not those of all files of the codec.
    """

    channels: int
    sections: list[Section]
    objective: int = Objective.PSNR
    fields: Mapping[str, Any] = MappingProxyType({})


Pack = Callable[[Coded], bytes]
"""Makes the file of what was coded."""
Judge = Callable[[bytes, Progress | None], Quality]
"""Restores a file and measures it against the scene; the progress is of restoring."""


class Request(NamedTuple):
    """A scene to code.

    Attributes:
        values: its samples.
        facts: what the file says of it.
        target: that the encoder has.
        pack: makes files.
        tally: counts what is computed.
        progress: called with parts of the work done and in all.
        analyzed: what the network's encoder made of the scene, where it was computed before.
        errors: of a bound, how far samples of each band may be from what they were.
        jobs: threads that code tiles.
        judge: measures files, where a quality is asked for.
        told: called with each trial of a search.
    """

    values: Num[np.ndarray, "rows cols bands"]
    facts: SceneFacts
    target: Target
    pack: Pack
    tally: Tally
    progress: Progress | None
    analyzed: Analyzed | None = None
    errors: Float64[np.ndarray, " bands"] | None = None
    jobs: int = 1
    judge: Judge | None = None
    told: Told | None = None


@runtime_checkable
class Encoder(Protocol):
    """One way from scenes to files."""

    def prepare(self, rows: int, cols: int) -> None:
        """Compile for scenes of this size."""

    def require(self, target: Target) -> None:
        """Raise ConfigError on a target that no scene could be coded for."""

    def files(self, asked: Request) -> Iterator[bytes]:
        """Files for a target, the largest first; the first within the rate is the one to take."""


def refuse_bound(target: Target) -> None:
    """Raise ConfigError on a bound, which no transform keeps."""
    if isinstance(target, Bound):
        raise ConfigError(
            "networks promise nothing of a single sample: a bound of the error (--max-error) is kept by "
            'the codec "bounded", so leave out --model'
        )
