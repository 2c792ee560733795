"""The codec: a scene to the bytes of one file and back, made of parts that can be exchanged."""

import io
import math
import numbers
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
from jaxtyping import Float64, Shaped

from btcnet_jax.codec.bound import Bound
from btcnet_jax.codec.encoders import Analyzed, Coded, Encoder, Request
from btcnet_jax.codec.judging import Restore, scene_judge, source_judge
from btcnet_jax.codec.layout import sections_of
from btcnet_jax.codec.regions import Damage
from btcnet_jax.codec.restoring import Asked, Parts, Restoration
from btcnet_jax.codec.search_progress import require_callable
from btcnet_jax.codec.spool import TileSpool
from btcnet_jax.codec.target import Target, first_within, is_quality, require_target
from btcnet_jax.codec.tile_encoder import LargeRequest, TileEncoder
from btcnet_jax.codec.trials import Told
from btcnet_jax.container.compressed_file import CompressedFile, read_compressed
from btcnet_jax.container.container import Section, write_container
from btcnet_jax.container.header import CodecId
from btcnet_jax.container.limits import Limits
from btcnet_jax.container.metadata import pack_metadata
from btcnet_jax.cost import Tally
from btcnet_jax.errors import ConfigError, FileFormatError, ModelMismatchError
from btcnet_jax.parts.interface import Decoder, FrontEnd, Latent, WindowedLatent
from btcnet_jax.progress import Progress
from btcnet_jax.scene import Scene, SceneSource, as_scene
from btcnet_jax.scene.facts import SceneFacts
from btcnet_jax.scene.gathering import Gathered, gather_facts
from btcnet_jax.scene.lines import CODED_SAMPLES
from btcnet_jax.scene.part import Part
from btcnet_jax.scene.suspicion import warn_of_range, warn_of_source


class Codec:
    """One codec, ready to compress and decompress; `load` and `open_file` make one.

    Args:
        name: short, for tables.
        about: what it is, in one line.
        fingerprint: 8 bytes that name its weights; a file says whose it is.
        header: fields that every file of it has, of `Header`.
        front_end, latent, decoder: its parts.
        encoder: how files are made of a scene.
        default: target where none is given.
        ensemble: views that its decoder averages over where `decompress` is not told.
        network: 8 bytes that name what restores details, where files are read alike without it.
        others: fingerprints of other weights, whose files are read too.
        whole: samples of a scene that is coded as a whole; larger ones by tiles, where they have some.
        tags: what restored scenes say of how they were.

    Attributes:
        name, fingerprint, default, network: as given.
        levels: rates that it was trained for, 0 the coarsest; 0 where any rate will do.
        fixed_rate: whether it has but one rate.
    """

    def __init__(
        self,
        *,
        name: str,
        about: str,
        fingerprint: bytes,
        header: Mapping[str, int],
        front_end: FrontEnd,
        latent: Latent,
        decoder: Decoder,
        encoder: Encoder,
        default: Target,
        ensemble: int = 1,
        network: bytes | None = None,
        others: frozenset[bytes] = frozenset(),
        whole: int = CODED_SAMPLES,
        tags: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.name, self.fingerprint, self.default = name, fingerprint, default
        self.network = network
        self.levels = latent.levels
        self.fixed_rate = latent.levels == 1
        self._about, self._ensemble = about, ensemble
        self._readable = others | {fingerprint}
        self._header = {"entropy_model": int(latent.entropy_model), **header}
        self._front_end, self._latent, self._decoder = front_end, latent, decoder
        self._readable_fields = {"coder": latent.coders}
        if isinstance(latent, WindowedLatent):
            self._readable_fields["entropy_model"] = latent.entropy_models
        self._parts = Parts(front_end, latent, decoder, whole, tags)
        self._encoder, self._limits = encoder, Limits()

    def compress(
        self,
        scene: Scene | Shaped[np.ndarray, "..."],
        target: Target | None = None,
        progress: Progress | None = None,
        *,
        tally: Tally | None = None,
        analyzed: Analyzed | None = None,
        jobs: int = 1,
        told: Told | None = None,
    ) -> bytes:
        """The bytes of a compressed file.

        Args:
            scene: or its samples alone, (rows, cols, bands), integers or floats of up to 64 bits. Samples that
                are no data (`Scene.valid`), NaN among them, come back as they went in, and so do metadata.
            target: `Rate`, `Psnr`, `Sam`, `Level` or `Bound`, whichever the codec takes; `default` if None.
            progress: called with parts of the work done and in all, of which a search may find more on the way.
            tally: counts what the encoder computes, unless the scene is coded tile by tile.
            analyzed: what a network's encoder made of the scene, where it was computed before.
            jobs: threads that code tiles; the bytes are the same with any number.
            told: called with each trial of a search for a rate or a quality.

        Raises:
            CubeError: the scene cannot be compressed with this codec, or has no quality; says why.
            DataError: no sample of it is data, and the codec is that of a network.
            ConfigError: the codec has no such level, no file is within the rate, or none is good enough.

        Warns:
            DataWarning: of samples alone whose values look as if one marked missing ones.
        """
        target = self.default if target is None else target
        self.require(target)
        require_callable(progress)
        if not isinstance(scene, Scene):
            # Of samples alone nobody has said what is no data.
            scene = as_scene(scene)
            warn_of_range(scene, "the cube")
        if self.is_large(scene.values.shape):
            file = io.BytesIO()
            source = SceneSource.of(scene)
            gathered = gather_facts(source)
            self._write_large(file, source, gathered, target, progress, None, jobs, told)
            return self._allowing(file.getvalue())
        facts, metadata = self._front_end.facts(scene), pack_metadata(scene)

        def pack(coded: Coded) -> bytes:
            fields = self.fingerprint, self._header, coded
            return write_container(sections_of(facts, metadata, *fields))

        errors = target.errors(scene) if isinstance(target, Bound) else None
        judge = scene_judge(scene, self._one_view(jobs)) if is_quality(target) else None
        given = target, pack, tally or Tally(), progress, analyzed, errors, jobs, judge, told
        asked = Request(scene.values, facts, *given)
        return self._allowing(first_within(self._encoder.files(asked), target, facts.shape))

    def is_large(self, shape: tuple[int, ...]) -> bool:
        """Whether a scene of this shape is coded and restored tile by tile, in memory that tiles set."""
        encoder = self._encoder
        if not isinstance(encoder, TileEncoder) or math.prod(shape) <= self._parts.whole:
            return False
        return encoder.tiles(shape) > 1

    def compress_to(
        self,
        file: io.BufferedIOBase,
        source: SceneSource,
        target: Target | None = None,
        progress: Progress | None = None,
        *,
        folder: Path | None = None,
        jobs: int = 1,
        told: Told | None = None,
    ) -> SceneFacts | None:
        """Writes the compressed file of a scene on disk, of which no more is in memory than must be.

        Args:
            file: binary, written from its position on; nothing is read and nothing sought.
            source: the scene, which is read several times. One that is not large (`is_large`) is read whole.
            target, progress, jobs, told: as of `compress`, and so are the errors.
            folder: on whose disk coded tiles of a large scene may wait; None for the system's own.

        Returns:
            What is known of a large scene's samples; None of others.

        Raises:
            DataError: the scene cannot be read, or has changed meanwhile.
            OSError: the disk is full.

        Warns:
            DataWarning: of a large scene whose range looks as if a value marked missing ones.
        """
        target = self.default if target is None else target
        self.require(target)
        require_callable(progress)
        if not self.is_large(source.shape):
            whole = source.read_all()
            file.write(self.compress(whole, target, progress, jobs=jobs, told=told))
            return None
        gathered = gather_facts(source)
        warn_of_source(source, gathered.extremes, source.name or "the scene")
        self._write_large(file, source, gathered, target, progress, folder, jobs, told)
        return gathered.facts

    def _write_large(
        self,
        file: io.BufferedIOBase,
        source: SceneSource,
        gathered: Gathered,
        target: Target,
        progress: Progress | None,
        folder: Path | None,
        jobs: int,
        told: Told | None,
    ) -> None:
        encoder, metadata = self._encoder, pack_metadata(source)
        assert isinstance(encoder, TileEncoder), "as `is_large` has seen to"

        def sections(coded: Coded) -> list[Section]:
            fields = self.fingerprint, self._header, coded
            return sections_of(gathered.facts, metadata, *fields)

        judge = None
        if is_quality(target):
            judge = source_judge(source, gathered.facts, self._one_view(jobs), folder)
        with TileSpool(folder) as one, TileSpool(folder) as other:
            given = (one, other), progress, jobs, judge, told
            asked = LargeRequest(source, gathered, target, sections, *given)
            first_within(encoder.spooled(asked), target, gathered.facts.shape).write_to(file)

    @property
    def parts(self) -> tuple[Encoder, Latent, Mapping[str, int]]:
        """Encoder, latent and fields of the header, for what codes lines as they come."""
        return self._encoder, self._latent, self._header

    def _one_view(self, jobs: int) -> Restore:
        """Restores files as any reader does that is not told otherwise."""
        limits = Limits.none()
        return lambda data, progress: self.restoration(data, progress, 1, limits=limits, jobs=jobs)

    def require(self, target: Target) -> None:
        """Refuse a target before any work.

        Raises:
            ConfigError: no scene could be coded for it; says why.
        """
        require_target(target)
        self._encoder.require(target)

    def decompress(
        self,
        data: bytes | CompressedFile,
        progress: Progress | None = None,
        ensemble: int | None = None,
        *,
        limits: Limits | None = None,
        part: Part | None = None,
        damage: Damage | None = None,
        jobs: int = 1,
    ) -> Scene:
        """The restored scene with its metadata, its samples in the original's type.

        Args:
            data: a whole file, or one that was taken apart.
            progress: called with parts of the decoder's work done and in all.
            ensemble: views that the universal codec's decoder averages over: 1, 2, 4 or 8; slower, better.
            limits: of what a file in bytes may ask for; if None `Limits()`, or what this codec has written.
            part: of the scene that is wanted; None for all. Of the universal codec only the tiles that it needs
                are read; a trained network's file is decoded whole, then cut.
            damage: takes what is lost of a damaged file, the rest of which is restored; None to refuse it.
            jobs: threads that decode symbols of tiles and make samples, the same with any number.

        Raises:
            FileFormatError: not a compressed file, truncated, altered, or of a newer version.
            DataError: samples are lost, and it is not known what these shall hold.
            ModelMismatchError: the file was written with other weights.
            MissingExtraError: the library of its entropy coder is not installed.
            ConfigError: an ensemble that the decoder does not have.
        """
        return self.restoration(
            data, progress, ensemble, limits=limits, part=part, damage=damage, jobs=jobs
        ).scene()

    def restoration(
        self,
        data: bytes | CompressedFile,
        progress: Progress | None = None,
        ensemble: int | None = None,
        *,
        limits: Limits | None = None,
        part: Part | None = None,
        damage: Damage | None = None,
        jobs: int = 1,
    ) -> Restoration:
        """The same, of which `stream` gives a large scene some lines at a time; arguments and errors alike."""
        require_callable(progress)
        views = self._ensemble if ensemble is None else ensemble
        asked = Asked(views, progress, part, damage, jobs)
        return Restoration(self._parts, self._own(data, limits), asked)

    def prepare(self, rows: int, cols: int) -> None:
        """Compile for scenes of this size; without it the first call of a size compiles.

        Raises:
            ConfigError: no size of a scene.
        """
        for size in (rows, cols):
            if not isinstance(size, numbers.Integral) or isinstance(size, bool) or size < 1:
                raise ConfigError(
                    f"rows and columns are whole numbers above zero, not {size!r:.40}"
                )
        self._encoder.prepare(rows, cols)
        self._decoder.prepare(rows, cols)

    def describe(self) -> str:
        """What the codec is, in one line."""
        return f"{self._about}; weights {self.fingerprint.hex()}"

    def rate_map(self, data: bytes | CompressedFile) -> Float64[np.ndarray, "rows cols"] | None:
        """Bits that the symbols of each place of the latent take; None where they are not coded.

        Raises:
            FileFormatError, ModelMismatchError: as of `decompress`.
        """
        return self._latent.bits_by_place(self._own(data))

    def _allowing(self, data: bytes) -> bytes:
        """A file that this codec wrote, which it will read again however small it is for its scene."""
        if needed := read_compressed(data, Limits.none()).needed(self._limits):
            self._limits = Limits.of_bytes(needed)
        return data

    def _own(self, data: bytes | CompressedFile, limits: Limits | None = None) -> CompressedFile:
        """The file, if this codec wrote it."""
        file = (
            data
            if isinstance(data, CompressedFile)
            else read_compressed(data, limits or self._limits)
        )
        header = file.header
        if header.codec != self._header["codec"]:
            kind = CodecId(header.codec).name.lower()
            raise ModelMismatchError(f"a codec of kind {kind} wrote it: use btcnet_jax.decompress")
        if header.fingerprint not in self._readable:
            raise ModelMismatchError(
                f"the file was written with weights {header.fingerprint.hex()}, these are "
                f"{self.fingerprint.hex()}: name the model that wrote it with --model, or use the version "
                "of btcnet_jax that wrote it"
            )
        # A file that names these weights yet describes others was put together by hand.
        for name, own in self._header.items():
            readable = self._readable_fields.get(name, {own})
            if (told := getattr(header, name)) not in readable:
                raise FileFormatError(f"the header tells of {name} {told}, but the model has {own}")
        return file
