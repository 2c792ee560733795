"""A patch through a model and against its original, as one program on all devices of a mesh.

A device takes one patch at a time, so that what it computes does not depend on how many devices there are.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.sharding import PartitionSpec
from jaxtyping import Array, Float, Num, Shaped

from btcnet_jax.coding.band_scales import ScaleSymbols
from btcnet_jax.coding.precision import MAX_MAGNITUDE
from btcnet_jax.config import UNQUANTIZED_BITS, ModelConfig
from btcnet_jax.config.model import BANDS, LEARNED
from btcnet_jax.models.btcnet import BTCNet, Params, build
from btcnet_jax.ops.band_scales import band_scales, from_band_units, to_band_units
from btcnet_jax.ops.quantizer import Symbols, from_symbols
from btcnet_jax.parts.band_units import quantize_scales, read_scales
from btcnet_jax.parts.forward import PRECISION, analyze, restore
from btcnet_jax.scene.lines import padded_size
from btcnet_jax.training.crops import normalize
from btcnet_jax.training.mesh import AXIS, batch_sharding, map_over_devices, replicated
from btcnet_jax.training.state import Batch


class PatchSums(NamedTuple):
    """What the figures of a patch are made of, in the samples' unit; the extremes less the batch's `shift`.

    Attributes:
        squared_error, max_error, minimum, maximum: of each band, the extremes of the original.
        angle_deg: sum of the pixels' spectral angles, in degrees.
        angles: pixels that have one.
    """

    squared_error: Float[Array, "..."]
    max_error: Float[Array, "..."]
    minimum: Float[Array, "..."]
    maximum: Float[Array, "..."]
    angle_deg: Float[Array, "..."]
    angles: Num[Array, "..."]


class Outcome(NamedTuple):
    """What became of the patches, one a device.

    Attributes:
        scales: of the bands, where the network sees each in units of its own; else None.
        latent: `Symbols` by the patch's range; int32 symbols where steps are learned; floats where nothing
            is quantized. Each with the patches as leading axis.
        sums: of each patch.
    """

    latent: Any
    scales: ScaleSymbols | None
    sums: PatchSums


def make_patch_program(
    config: ModelConfig, mesh: jax.sharding.Mesh, *, whole: bool
) -> jax.stages.Wrapped:
    """The compiled program: (params, steps, batch) to `Outcome`.

    The batch holds `patches` (devices, rows, cols, bands), integers of up to 16 bits or floats of up to 32;
    and for each patch float32 `minimum` and `maximum` of its samples, and `shift`, what was subtracted from
    all samples before. Sides need no multiple: the last line and column are repeated, as a codec does.

    Args:
        config: of the model.
        mesh: the devices; as many patches as devices are a batch.
        whole: whether samples are whole numbers, so that restored ones are rounded.
    """
    model = build(config)

    def on_a_device(params: Params, steps: Float[Array, "..."], batch: Batch) -> Outcome:
        patches = jnp.asarray(batch["patches"])
        scene = normalize(patches, batch["minimum"], batch["maximum"])[0]
        scene, scales = _in_band_units(config, scene)
        with jax.default_matmul_precision(PRECISION):
            latent, normalized = _through(config, model, params, steps, scene)
        if scales is not None:
            normalized = from_band_units(normalized[None], read_scales(scales, jnp))[0]
        low, span = batch["minimum"][0], batch["maximum"][0] - batch["minimum"][0]
        restored = jnp.clip(normalized, 0, 1) * span + low
        restored = jnp.round(restored) if whole else restored
        if jnp.issubdtype(patches.dtype, jnp.floating):
            restored = restored.astype(patches.dtype).astype(jnp.float32)
        sums = _compare(patches[0].astype(jnp.float32), restored, batch["shift"][0])
        return jax.tree.map(lambda leaf: leaf[None], Outcome(latent, scales, sums))

    shared, everywhere = PartitionSpec(AXIS), PartitionSpec()
    mapped = map_over_devices(on_a_device, mesh, (everywhere, everywhere, shared), shared)
    on_all, one_each = replicated(mesh), batch_sharding(mesh)
    return jax.jit(mapped, in_shardings=(on_all, on_all, one_each), out_shardings=one_each)


def _in_band_units(
    config: ModelConfig, scene: Float[Array, "rows cols bands"]
) -> tuple[Float[Array, "rows cols bands"], ScaleSymbols | None]:
    """The scene as the network sees it, in the units that its file would tell."""
    if config.normalization != BANDS:
        return scene, None
    mean, deviation = band_scales(scene[None])
    scales = quantize_scales(mean[0], deviation[0], jnp)
    return to_band_units(scene[None], read_scales(scales, jnp))[0], scales


def _through(
    config: ModelConfig,
    model: BTCNet,
    params: Params,
    steps: Float[Array, "..."],
    scene: Float[Array, "rows cols bands"],
) -> tuple[Any, Float[Array, "rows cols bands"]]:
    """What a file would hold of a normalized scene, and the scene restored from that alone."""
    rows, cols, _ = scene.shape
    padded = padded_size(rows, cols, config.scene_multiple)
    scene = jnp.pad(scene, ((0, padded[0] - rows), (0, padded[1] - cols), (0, 0)), mode="edge")
    latent = analyze(model, params, scene)
    values: Float[Array, "h w channels"]
    if isinstance(latent, Symbols):
        values = from_symbols(latent, config.bits)
    elif config.quantizer == LEARNED:
        scaled = jnp.nan_to_num(latent / steps)
        symbols = jnp.clip(jnp.round(scaled), -MAX_MAGNITUDE, MAX_MAGNITUDE)
        latent, values = symbols.astype(jnp.int32), symbols * steps
    else:
        assert config.bits == UNQUANTIZED_BITS
        values = latent
    return latent, restore(config, model, params, values)[:rows, :cols]


def _compare(
    original: Float[Array, "rows cols bands"],
    restored: Float[Array, "rows cols bands"],
    shift: Float[Array, ""],
) -> PatchSums:
    error = jnp.abs(original - restored)
    angles, defined = _angles_deg(original + shift, restored + shift)
    return PatchSums(
        squared_error=_sum(jnp.square(error)),
        max_error=error.max(axis=(0, 1)),
        minimum=original.min(axis=(0, 1)),
        maximum=original.max(axis=(0, 1)),
        angle_deg=_sum(jnp.where(defined, angles, 0.0)),
        angles=defined.sum(),
    )


def _sum(values: Shaped[Array, "rows cols *rest"]) -> Shaped[Array, "*rest"]:
    """Over rows and columns, in two stages: one sum of so many float32 would lose digits."""
    lines = jax.lax.optimization_barrier(values.sum(axis=1))
    total: Shaped[Array, "*rest"] = lines.sum(axis=0)
    return total


def _angles_deg(
    original: Float[Array, "rows cols bands"], restored: Float[Array, "rows cols bands"]
) -> tuple[Float[Array, "rows cols"], Shaped[Array, "rows cols"]]:
    """Spectral angles by Kahan's half-angle form, and which pixels have one; see `metrics.angles`."""
    # Squares of samples need not be in the range of float32.
    scale = jnp.maximum(jnp.abs(original).max(), jnp.finfo(jnp.float32).tiny)
    first, length = _directions(original / scale)
    second, _ = _directions(restored / scale)
    halves = jnp.arctan2(
        jnp.linalg.norm(first - second, axis=-1), jnp.linalg.norm(first + second, axis=-1)
    )
    return jnp.degrees(2 * halves), length > 0


def _directions(
    spectra: Float[Array, "rows cols bands"],
) -> tuple[Float[Array, "rows cols bands"], Float[Array, "rows cols"]]:
    lengths = jnp.linalg.norm(spectra, axis=-1)
    return spectra / jnp.where(lengths > 0, lengths, 1.0)[..., None], lengths
