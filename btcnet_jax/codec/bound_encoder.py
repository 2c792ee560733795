"""From a scene to the one file that keeps a bound of every sample's error."""

from collections.abc import Iterator

import numpy as np

from btcnet_jax.codec.bound import Bound
from btcnet_jax.codec.encoders import Coded, Request
from btcnet_jax.codec.target import Target
from btcnet_jax.cost import CODE, COMMIT, EXTREMES, JUDGE, VARYING, Stage
from btcnet_jax.errors import ConfigError
from btcnet_jax.parts.bounded_samples import BoundedLatent
from btcnet_jax.parts.bounds import BandBounds


class BoundEncoder:
    """One pass over the scene.

    Args:
        latent: that writes it.
    """

    def __init__(self, latent: BoundedLatent) -> None:
        self._latent = latent

    def prepare(self, rows: int, cols: int) -> None:
        """Nothing: there is nothing to compile."""

    def require(self, target: Target) -> None:
        """Raise ConfigError on another target than a bound."""
        if not isinstance(target, Bound):
            raise ConfigError(
                "this codec is asked for a bound of the error (--max-error 2), not for a rate or level"
            )

    def files(self, asked: Request) -> Iterator[bytes]:
        """The file."""
        facts, errors = asked.facts, asked.errors
        assert errors is not None, "as `Codec.compress` has seen to"
        asked.tally.add(Stage.READING, (EXTREMES + VARYING) * asked.values.size)
        if not facts.varying.any():
            yield asked.pack(Coded(1, []))
            return
        bounds = BandBounds.of(facts.dtype, facts.value_range, errors)
        count = float(np.count_nonzero(facts.varying)) * asked.values[..., 0].size
        coding = (JUDGE + COMMIT + CODE) * count
        asked.tally.add(Stage.CODING, coding)
        asked.tally.settle({Stage.CODING: coding})
        scene = asked.values, facts, bounds
        yield asked.pack(Coded(1, self._latent.write(*scene, asked.progress, asked.jobs)))
