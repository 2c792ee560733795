"""What all builders share: the features of a record, and records made from finished parts."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from data_pipeline.builders.beam import beam_examples
from data_pipeline.builders.examples import Example, part_examples
from data_pipeline.builders.inventory import Plan
from data_pipeline.builders.parts import Part
from data_pipeline.builders.sorted_writer import SortedExampleWriter
from data_pipeline.tf_setup import tfds
from data_pipeline.tiling import TEST, TRAIN


class SceneBuilder(
    tfds.core.GeneratorBasedBuilder,
    skip_registration=True,  # type: ignore[call-arg]
):
    """Patches of hyperspectral scenes as TFRecords.

    A record holds `patch` (rows, cols, bands) in the scenes' own type; `minimum` and `maximum`,
    float32, of the whole scene's kept bands; `wavelengths` (bands,) float32 in nanometers, NaN where
    unknown; `scene`, its file's name; `row` and `col`, int32, the patch's upper left corner.

    Records are ordered by a hash of scene and corner, and the number of shards follows from their
    size, so the files are a function of the records alone.

    Attributes:
        description, citation, homepage, license_text: what the data set's info says.

    Args:
        plan: of the patches.
        parts: the finished part of each scene of the plan.
        record: what to keep in metadata.json beside the records.
        progress: called once for each record; not where Beam writes them.
        beam: Apache Beam writes the records, by the options that TFDS is given.
        options: those of TFDS: data_dir, config.
    """

    VERSION = tfds.core.Version("1.0.0")
    description: ClassVar[str]
    citation: ClassVar[str]
    homepage: ClassVar[str]
    license_text: ClassVar[str]

    def __init__(
        self,
        *,
        plan: Plan,
        parts: Sequence[Part],
        record: Mapping[str, Any],
        progress: Callable[[], None],
        beam: bool,
        **options: Any,
    ) -> None:
        # Before TFDS's own: it asks for the features.
        self._plan, self._parts = plan, parts
        self._record, self._progress, self._beam = record, progress, beam
        super().__init__(**options)

    def _info(self) -> Any:
        shape, dtype = self._plan.patch_shape, self._plan.dtype
        # Bytes, since a list of numbers in a record would take 4 to 10 bytes for each sample.
        raw = tfds.features.Encoding.BYTES
        features = {
            "patch": tfds.features.Tensor(shape=shape, dtype=dtype.type, encoding=raw),
            "minimum": tfds.features.Scalar(np.float32),
            "maximum": tfds.features.Scalar(np.float32),
            "wavelengths": tfds.features.Tensor(shape=shape[2:], dtype=np.float32),
            "scene": tfds.features.Text(),
            "row": tfds.features.Scalar(np.int32),
            "col": tfds.features.Scalar(np.int32),
        }
        return tfds.core.DatasetInfo(
            builder=self,
            description=self.description,
            features=tfds.features.FeaturesDict(features),
            homepage=self.homepage,
            citation=self.citation,
            license=self.license_text,
            metadata=tfds.core.MetadataDict(self._record),
        )

    def _example_writer(self) -> SortedExampleWriter:
        return SortedExampleWriter(file_format=self.info.file_format)

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        del dl_manager  # Nothing is downloaded: the publishers ask for registration or consent.
        return {split: self._generate_examples(split) for split in (TRAIN, TEST)}

    def _generate_examples(self, split: str) -> Any:
        shape, dtype = self._plan.patch_shape, self._plan.dtype
        if self._beam:
            return beam_examples(self._parts, split, shape, dtype)
        return self._counted(part_examples(part, split, shape, dtype) for part in self._parts)

    def _counted(self, examples: Iterable[Iterable[Example]]) -> Iterator[Example]:
        for example in itertools.chain.from_iterable(examples):
            yield example
            self._progress()
