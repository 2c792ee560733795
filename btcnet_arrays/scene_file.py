"""A compressed file that is opened where its samples are wanted, be that in another process."""

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Num

from btcnet_jax.codec import Limits, open_file
from btcnet_jax.codec.open_file import OpenFile
from btcnet_jax.container.scene_sections import read_facts
from btcnet_jax.errors import FileFormatError
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.part import Part
from btcnet_jax.sources import Source

_OPENED = ("opened", "facts")


class SceneFile:
    """A file by its name. A copy that goes to another process opens it anew.

    Args:
        source: path, URL or open file, as of `open_file`; an open file goes to no other process.
        ensemble: views to average over, as of `Codec.decompress`.
        model, weights, limits, decoder: as of `open_file`.

    Raises:
        BtcnetError: as of `open_file`.
    """

    def __init__(
        self,
        source: Source,
        ensemble: int | None = None,
        model: str | Path | None = None,
        weights: str | Path | None = None,
        limits: Limits | None = None,
        decoder: str | None = None,
    ) -> None:
        self._source, self._ensemble = source, ensemble
        self._model, self._weights, self._limits = model, weights, limits
        self._decoder = decoder
        self._first = self._told(self._open())

    @cached_property
    def opened(self) -> OpenFile:
        """The file as this process has it.

        Raises:
            FileFormatError: it is not the one that was opened first.
        """
        file = self._open()
        if self._told(file) != self._first:
            raise FileFormatError(
                f"{self._source} has changed since it was opened: open the data set again"
            )
        return file

    @cached_property
    def facts(self) -> SceneFacts:
        """What the file says of its samples. Raises FileFormatError where that is damaged."""
        return read_facts(self.opened.file)

    def read(self, part: Part) -> Num[np.ndarray, "rows cols bands"]:
        """Samples of a part; errors are those of `OpenFile.decompress`."""
        return self.opened.decompress(ensemble=self._ensemble, part=part).values

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in _OPENED}

    def _open(self) -> OpenFile:
        options = self._model, self._limits
        return open_file(self._source, *options, weights=self._weights, decoder=self._decoder)

    @staticmethod
    def _told(file: OpenFile) -> tuple[Any, ...]:
        return file.header, file.file.size
