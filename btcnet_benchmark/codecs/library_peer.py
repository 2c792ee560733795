"""A coder of another library as a peer: what a decoder must know of the scene, then the library's bytes."""

import io

import imagecodecs
import numpy as np
from jaxtyping import Shaped

from btcnet_benchmark.codecs.library_method import Method, available, library_version
from btcnet_benchmark.codecs.scene_header import (
    CHECKSUM_BYTES,
    facts_of,
    pack_facts,
    read_facts,
    restore,
    sealed,
    unsealed,
    without_gaps,
)
from btcnet_jax.codec.bound import Bound
from btcnet_jax.codec.target import Rate, Target
from btcnet_jax.cost import Tally
from btcnet_jax.errors import ConfigError
from btcnet_jax.progress import Progress
from btcnet_jax.scene.scene import Scene


class LibraryPeer:
    """A coder of imagecodecs, asked for a rate or for one bound of all bands, whichever it can keep.

    Constant bands and the scene's range are in the header, as for KLT + JPEG 2000, and restored samples are
    rounded and clipped to that range. Missing samples are filled likewise; which they are is not in the file.

    Args:
        method: how the library codes bands.
    """

    fixed_rate = False

    def __init__(self, method: Method) -> None:
        self.name, self.seeks_bound = method.name, method.seeks_bound
        self._method = method

    def describe(self) -> str:
        """What the codec is, in one line."""
        method = self._method
        known = available(method.library)
        version = library_version(method.library) if known else f"no {method.library}"
        return f"{version} of imagecodecs {imagecodecs.__version__}, {method.about}"

    def prepare(self, rows: int, cols: int) -> None:
        """Nothing: there is nothing to compile."""

    def require(self, target: Target) -> None:
        """Refuse what the library cannot be asked for.

        Raises:
            ConfigError: says what it can be asked for.
        """
        kinds = self._method.targets
        if not isinstance(target, kinds):
            words = " or ".join("a rate" if kind is Rate else "a bound" for kind in kinds)
            raise ConfigError(f"{self.name} is asked for {words} here")
        if isinstance(target, Bound) and (
            target.relative or not isinstance(target.error, int | float)
        ):
            raise ConfigError(f"{self.name} keeps one bound for all bands: give a number")

    def compress(
        self,
        scene: Scene | Shaped[np.ndarray, "..."],
        target: Target | None = None,
        progress: Progress | None = None,
        *,
        tally: Tally | None = None,
    ) -> bytes:
        """The scene as a file that keeps the bound, or of at most the rate (the smallest if none is).

        Args:
            scene: any type that the library takes; bands may be constant or NaN throughout.
            target: a rate, or a bound in the samples' unit.
            progress, tally: not called; what the library computes is not known.

        Raises:
            CubeError: the library cannot take the scene or keep the bound; says why.
            ConfigError: another target.
        """
        if target is None:
            raise ConfigError(f"{self.name}: give a target")
        self.require(target)
        cube = without_gaps(scene) if isinstance(scene, Scene) else scene
        facts = facts_of(cube)
        body = pack_facts(facts)
        if facts.varying.any():
            bands = np.ascontiguousarray(np.moveaxis(cube[:, :, facts.varying], 2, 0))
            if isinstance(target, Bound):
                # More than the scene's range bounds nothing, and is beyond some library's numbers.
                most = float(facts.value_range[1]) - float(facts.value_range[0])
                body += self._method.bounded(bands, min(float(target.error), most))
            elif isinstance(target, Rate):
                room = target.file_bytes(cube.size) - len(body) - CHECKSUM_BYTES
                body += self._method.within(bands, max(room, 1))
        return sealed(body)

    def decompress(self, data: bytes, progress: Progress | None = None) -> Scene:
        """The restored scene, its samples in the source's own type and within the source's range.

        Raises:
            FileFormatError: the bytes are damaged or not this codec's.
        """
        file = io.BytesIO(unsealed(data))
        facts = read_facts(file)
        rows, cols, _ = facts.shape
        varying = int(facts.varying.sum())
        if not varying:
            return Scene(values=restore(np.empty((rows * cols, 0)), facts))
        bands = self._method.restore(file.read(), (varying, rows, cols), facts.dtype)
        pixels = bands.reshape(varying, -1).T.astype(np.float64)
        return Scene(values=restore(pixels, facts))

    def rate_map(self, data: bytes) -> None:
        """None: the libraries do not tell."""
