"""Patches on their way to the devices, and what comes back on its way to figures."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Num

from btcnet_jax.errors import DataError, TrainingError
from btcnet_jax.metrics import Quality, bits_per_sample
from btcnet_jax.metrics.angles import AngleSums
from btcnet_jax.metrics.bands import BandSums
from btcnet_jax.metrics.blocks import data_range
from btcnet_jax.progress import Progress
from btcnet_jax.scene.value_range import ValueRange, above_minimum, value_span
from btcnet_jax.training.mesh import local_part
from btcnet_jax.training.patch_program import Outcome, PatchSums
from btcnet_jax.training.state import Batch

Patch = Mapping[str, Any]
"""`patch` (rows, cols, bands), `number` in the data set, and what else its row shall say."""

Code = Callable[[Num[np.ndarray, "rows cols bands"], Outcome], int]
"""Bytes of the file of a patch, of which latent and scales were computed: as `Codec.compress` takes them."""

# Networks compute in float32: samples of more bits are told it from the patch's minimum on.
_AS_THEY_ARE = ("u1", "i1", "u2", "i2", "f2", "f4")


class PatchBatch(NamedTuple):
    """A patch for each of a host's devices.

    Attributes:
        arrays: as `make_patch_program` takes them.
        patches: those that are not only there to fill the batch up.
    """

    arrays: Batch
    patches: Sequence[Patch]

    @classmethod
    def of(
        cls, patches: Sequence[Patch], shape: tuple[int, int, int], dtype: np.dtype, devices: int
    ) -> "PatchBatch":
        """A batch of up to as many patches as devices.

        Raises:
            DataError: a patch of another shape or type, or with samples that are no finite numbers.
        """
        for patch in patches:
            _require_alike(patch, shape, dtype)
        as_they_are = dtype.str[1:] in _AS_THEY_ARE
        kind = np.dtype(dtype.str[1:] if as_they_are else np.float32)
        filling = (np.zeros(shape, kind), 0.0, 1.0, 0.0)
        given = [_told(patch, as_they_are) for patch in patches]
        samples, *scalars = zip(*given, *[filling] * (devices - len(given)), strict=True)
        arrays = {"patches": np.stack(samples).astype(kind, copy=False)}
        for name, values in zip(("minimum", "maximum", "shift"), scalars, strict=True):
            arrays[name] = np.array(values, np.float32)
        return cls(arrays, patches)


class Figures:
    """The rows of a host's patches, as batches come back.

    Args:
        code: makes the files that the rate is told from; None to leave the rate out.
        progress: called with patches done and in all.
        total: how many patches there will be.

    Attributes:
        rows: of each patch what is said of it and its figures.
        constant: what is said of patches of one value throughout, which have no figures.
    """

    def __init__(self, code: Code | None, progress: Progress | None, total: int) -> None:
        self._code, self._progress, self._total = code, progress, total
        self.rows: list[dict[str, Any]] = []
        self.constant: list[dict[str, Any]] = []

    def take(self, batch: PatchBatch, outcome: Outcome) -> None:
        """Wait for a batch and enter its figures.

        Raises:
            TrainingError: the model restores what is no number.
        """
        leaves, tree = jax.tree.flatten(jax.tree.map(local_part, outcome))
        for index, patch in enumerate(batch.patches):
            said = {name: value for name, value in patch.items() if name != "patch"}
            if patch["patch"].min() == patch["patch"].max():
                self.constant.append(said)
                continue
            own = jax.tree.unflatten(tree, [leaf[index] for leaf in leaves])
            shift = float(batch.arrays["shift"][index])
            self.rows.append(said | self._rate(patch, own) | _quality(patch, own.sums, shift))
        if self._progress is not None and batch.patches:
            self._progress(len(self.rows) + len(self.constant), self._total)

    def _rate(self, patch: Patch, outcome: Outcome) -> dict[str, Any]:
        if self._code is None:
            return {}
        size = self._code(patch["patch"], outcome)
        return {"file_bytes": size, "bpppb": bits_per_sample(size, *patch["patch"].shape)}


def name_of(patch: Patch) -> str:
    """A patch in words, for messages."""
    where = f" at row {patch['row']}, column {patch['col']}" if "row" in patch else ""
    return f"patch {patch['number']}" + (f" ({patch['scene']}{where})" if "scene" in patch else "")


def _require_alike(patch: Patch, shape: tuple[int, int, int], dtype: np.dtype) -> None:
    values = patch["patch"]
    if values.shape != shape or values.dtype != dtype or dtype.kind not in "iuf":
        raise DataError(
            f"{name_of(patch)} is {values.dtype} of {values.shape}, not {dtype} of {shape}: "
            "give patches of one shape and one type of number"
        )
    if dtype.kind == "f" and not np.isfinite([values.min(), values.max()]).all():
        raise DataError(
            f"{name_of(patch)} holds NaN or infinity: leave it out, or measure its scene with "
            "main.py evaluate SCENE, which knows missing samples"
        )


def _told(patch: Patch, as_they_are: bool) -> tuple[np.ndarray, float, float, float]:
    """Samples as the device gets them, their extremes, and what was subtracted."""
    values = patch["patch"]
    extent = ValueRange(values.min().item(), values.max().item())
    if extent.minimum == extent.maximum:
        return np.zeros(values.shape, np.float32), 0.0, 1.0, 0.0
    if as_they_are:
        return values, float(extent.minimum), float(extent.maximum), 0.0
    above = above_minimum(values, extent).astype(np.float32)
    return above, 0.0, value_span(extent), float(extent.minimum)


def _quality(patch: Patch, sums: PatchSums, shift: float) -> dict[str, Any]:
    if not np.isfinite(sums.squared_error).all():
        raise TrainingError(
            f"the model restores {name_of(patch)} as what is no number: its training failed; "
            "use an earlier checkpoint"
        )
    rows, cols, bands = patch["patch"].shape
    measured = BandSums(
        samples=np.full(bands, rows * cols),
        squared_error=np.asarray(sums.squared_error, np.float64),
        max_error=np.asarray(sums.max_error, np.float64),
        minimum=np.asarray(sums.minimum, np.float64) + shift,
        maximum=np.asarray(sums.maximum, np.float64) + shift,
    )
    angles = int(sums.angles)
    quality = Quality.of(
        measured,
        AngleSums(float(sums.angle_deg), angles, rows * cols - angles),
        kept=np.ones(bands, dtype=bool),
        type_range=data_range(patch["patch"].dtype),
    )
    return {"valid_share": quality.valid_share} | quality.to_json()
