"""One scene through one codec at one rate or bound, as a record that is kept."""

import dataclasses
from dataclasses import dataclass
from typing import Any

Key = tuple[str, str, float | None, float | None]
"""Scene, codec, rate and bound."""


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What came out; every figure is of the bytes of `file`, restored from them alone.

    Attributes:
        scene, codec: names, unique in a benchmark.
        about: the codec in one line.
        target_bpppb: rate asked for, bits per pixel per band; None for a codec of one fixed rate, and where a
            bound is asked for.
        target_error: bound asked for, in the scene's unit: no valid sample of the file is further off, or else
            the measurement is one that failed. None where none is.
        bound_sought: whether the codec promises no bound, or one far from it, and was tried until its greatest
            error was within this one.
        rows, cols, bands: of the scene as it was coded.
        dtype: of its samples.
        valid_share: valid samples out of all; every figure below is of the valid ones, bpppb of all.
        file: the compressed scene, below the benchmark's folder; empty where there is none.
        file_bytes: its size.
        file_digest: by which a damaged file is noticed.
        bpppb: its bits per sample, all side information included.
        psnr_db: mean over bands by the paper's definition; see `btcnet_jax.metrics.Quality`.
        psnr_range_db: the same against the integer type's range; None for floats.
        sam_deg: mean spectral angle, degrees.
        ssim: mean over bands of the structural similarity.
        rmse, max_error: in the scene's unit.
        encode_seconds, decode_seconds: wall time on this machine; search for the rate included.
        operations: of the encoder, a sample, by stage (`btcnet_jax.cost`): all trials; empty where not known.
        operations_once: the same of what the file took that came out, a step once known.
        psnr_per_band: dB; None for a band without one.
        tasks: records of `btcnet_benchmark.tasks.TaskResult`.
        made_of: hash of the scene's samples, of which are valid, and of the codec's description; when
            one of them changes, a repeated benchmark measures anew.
        failed: why the codec could not take the scene; None if it could. All figures are None then.
    """

    scene: str
    codec: str
    about: str
    target_bpppb: float | None
    rows: int
    cols: int
    bands: int
    dtype: str
    target_error: float | None = None
    bound_sought: bool = False
    valid_share: float = 1.0
    file: str = ""
    file_bytes: int | None = None
    file_digest: str = ""
    bpppb: float | None = None
    psnr_db: float | None = None
    psnr_range_db: float | None = None
    sam_deg: float | None = None
    ssim: float | None = None
    rmse: float | None = None
    max_error: float | None = None
    encode_seconds: float | None = None
    decode_seconds: float | None = None
    operations: dict[str, float] = dataclasses.field(default_factory=dict)
    operations_once: dict[str, float] = dataclasses.field(default_factory=dict)
    psnr_per_band: list[float | None] = dataclasses.field(default_factory=list)
    tasks: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    made_of: str = ""
    failed: str | None = None

    @property
    def multiply_adds(self) -> float | None:
        """Operations of the encoder a sample, all stages and trials together; None where not known."""
        return sum(self.operations.values()) or None

    @property
    def multiply_adds_once(self) -> float | None:
        """The same without trials that were thrown away: what the file took that came out."""
        return sum(self.operations_once.values()) or None

    @property
    def key(self) -> "Key":
        """What tells one measurement of a benchmark from another."""
        return self.scene, self.codec, self.target_bpppb, self.target_error

    def to_json(self) -> dict[str, Any]:
        """A dict that `json.dumps(..., allow_nan=False)` takes."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> "Measurement":
        """The measurement that `to_json` described.

        Raises:
            TypeError: a field is missing or unknown.
        """
        return cls(**record)
