"""A model measured on patches by the published protocol, on all devices of a mesh and on several hosts.

Every host gives its own share of the patches and gets the figures of all. (`evaluation` is what a training
looks at meanwhile; `codec.evaluation` measures any codec, scene by scene.)
"""

import itertools
import time
from collections import deque
from collections.abc import Iterable
from typing import Any, NamedTuple

import jax
import numpy as np

from btcnet_jax.config import ModelConfig
from btcnet_jax.config.model import LEARNED, require_level
from btcnet_jax.errors import DataError
from btcnet_jax.models.btcnet import Params
from btcnet_jax.models.prior import quantizer_steps
from btcnet_jax.progress import Progress
from btcnet_jax.training.distributed import gathered, step_together
from btcnet_jax.training.mesh import place_batch, place_replicated
from btcnet_jax.training.patch_figures import Code, Figures, Patch, PatchBatch
from btcnet_jax.training.patch_program import Outcome, make_patch_program


class Patches(NamedTuple):
    """This host's share of a data set.

    Attributes:
        each: the patches, once.
        shape: (rows, cols, bands) of every patch, on all hosts.
        dtype: of its samples, on all hosts.
        total: how many this host gives, for the progress.
    """

    each: Iterable[Patch]
    shape: tuple[int, int, int]
    dtype: np.dtype
    total: int


class Measured(NamedTuple):
    """The figures of all hosts' patches, alike on every host.

    Attributes:
        rows: of each patch what is said of it besides its samples, and the figures of `Quality.to_json`;
            with files `file_bytes` and `bpppb`; in the data set's order.
        constant: patches of one value throughout, which have no figures: what is said of each.
        seconds: wall time of this host, reading and coding included, compiling not.
    """

    rows: list[dict[str, Any]]
    constant: list[dict[str, Any]]
    seconds: float


def evaluate_patches(
    config: ModelConfig,
    params: Params,
    patches: Patches,
    mesh: jax.sharding.Mesh,
    *,
    level: int | None = None,
    code: Code | None = None,
    progress: Progress | None = None,
) -> Measured:
    """Measure a model; all hosts of the mesh must call it.

    A patch is what a file would be made of: normalized by its own range, restored from its symbols alone
    by strips or jointly as the model decodes, denormalized, rounded where samples are whole numbers.

    Args:
        config, params: of the model.
        patches: this host's.
        mesh: the devices; each takes a patch at a time.
        level: of a learned quantizer, 0 the coarsest; the finest by default.
        code: makes the files that the rate is told from; None to leave the rate out.
        progress: called with this host's patches done and in all.

    Raises:
        ConfigError: the model has no such level.
        DataError: patches of other bands than the model's, of another shape or type than told, or with
            samples that are no finite numbers.
        TrainingError: the model restores what is no number, or another host failed.

    Source: BTC-Net V2 (IEEE 2026), evaluation protocol.
    """
    level = config.rate_levels - 1 if level is None else level
    require_level(level, config.rate_levels)
    if patches.shape[2] != config.bands:
        raise DataError(
            f"patches of {patches.shape[2]} bands, but the model was trained for {config.bands}: "
            "use a model trained for this band count"
        )
    work = _Work(patches, len(mesh.local_devices), Figures(code, progress, patches.total))
    steps = quantizer_steps(params)[level] if config.quantizer == LEARNED else np.zeros(0)
    weights = place_replicated(mesh, (params, np.asarray(steps, np.float32)))
    program = make_patch_program(config, mesh, whole=patches.dtype.kind in "iu")
    compiled = program.lower(*weights, place_batch(mesh, work.empty.arrays)).compile()
    started = time.perf_counter()
    own, anywhere = step_together(work.next_batch)
    while anywhere:
        # A host whose own patches are done goes on with none until those of all are.
        batch = work.empty if own is None else own
        work.running.append((batch, compiled(*weights, place_batch(mesh, batch.arrays))))
        own, anywhere = step_together(work.next_batch)
    step_together(work.finish)
    rows, constant = (
        sorted(gathered(each), key=lambda row: row["number"])
        for each in (work.figures.rows, work.figures.constant)
    )
    return Measured(rows, constant, time.perf_counter() - started)


class _Work:
    """One host's batches: devices compute one while the figures of the one before are taken.

    Attributes:
        running: batches that were given to the devices.
        figures: of those that came back.
        empty: a batch without any patch.
    """

    def __init__(self, patches: Patches, devices: int, figures: Figures) -> None:
        self._each, self._devices = iter(patches.each), devices
        self._kind = (patches.shape, patches.dtype)
        self.figures, self.running = figures, deque[tuple[PatchBatch, Outcome]]()
        self.empty = PatchBatch.of([], *self._kind, devices)

    def next_batch(self) -> PatchBatch | None:
        """The next batch, None where there is none; makes room for it first."""
        if len(self.running) > 1:
            self.figures.take(*self.running.popleft())
        patches = list(itertools.islice(self._each, self._devices))
        return PatchBatch.of(patches, *self._kind, self._devices) if patches else None

    def finish(self) -> None:
        """Take the figures of what is still running."""
        while self.running:
            self.figures.take(*self.running.popleft())
