"""One scene through one codec at one rate or bound: to bytes, back from them alone, every figure."""

import hashlib
import time

import numpy as np

from btcnet_benchmark.codecs.interface import Peer
from btcnet_benchmark.codecs.library_peer import LibraryPeer
from btcnet_benchmark.sweep.measurement import Measurement
from btcnet_benchmark.sweep.results import file_digest, file_name
from btcnet_benchmark.sweep.scenes import BenchmarkScene
from btcnet_benchmark.sweep.similarity import mean_ssim
from btcnet_benchmark.tasks import evaluate_tasks
from btcnet_jax.codec.target import Bound, Rate
from btcnet_jax.codec.verification import verify
from btcnet_jax.cost import Tally
from btcnet_jax.errors import BtcnetError
from btcnet_jax.metrics import bits_per_sample, measure_quality
from btcnet_jax.scene.scene import Scene


def made_of(scene: BenchmarkScene, codec: Peer) -> str:
    """A hash of all that decides a measurement besides the rate or bound."""
    digest = hashlib.sha256(np.ascontiguousarray(scene.scene.values).data)
    digest.update(repr((scene.scene.values.shape, scene.scene.values.dtype.str)).encode())
    valid = scene.scene.valid()
    if not valid.all():
        digest.update(np.packbits(valid).data)
    digest.update(codec.describe().encode())
    return digest.hexdigest()[:16]


def measure(
    scene: BenchmarkScene,
    codec: Peer,
    target_bpppb: float | None,
    target_error: float | None = None,
) -> tuple[Measurement, bytes]:
    """Compresses, restores and measures.

    Args:
        scene: as every codec gets it.
        codec: to measure.
        target_bpppb: the rate asked for; None for a codec of one fixed rate.
        target_error: the bound asked for instead, in the scene's unit; None for none.

    Returns:
        The measurement and the compressed file. A codec that cannot take the scene, or breaks the bound at any
        valid sample, gives a measurement that says why, and no bytes.
    """
    cube, valid = scene.scene.values, scene.scene.valid()
    rows, cols, bands = cube.shape
    known = Measurement(
        scene=scene.name,
        codec=codec.name,
        about=codec.describe(),
        target_bpppb=target_bpppb,
        rows=rows,
        cols=cols,
        bands=bands,
        dtype=str(cube.dtype),
        target_error=target_error,
        bound_sought=target_error is not None
        and isinstance(codec, LibraryPeer)
        and codec.seeks_bound,
        valid_share=float(valid.mean()),
        made_of=made_of(scene, codec),
    )
    try:
        codec.prepare(rows, cols)
        # A codec of one fixed rate takes no notice of the target.
        tally, started = Tally(), time.perf_counter()
        rate = Rate(target_bpppb or 1.0, or_smallest=True)
        asked = rate if target_error is None else Bound(target_error)
        data = codec.compress(scene.scene, asked, tally=tally)
        encoded = time.perf_counter()
        back = codec.decompress(data)
        decoded = time.perf_counter()
    # A library may give up on numbers of an absurd size; the other scenes are measured all the same.
    except (BtcnetError, ArithmeticError, np.linalg.LinAlgError) as error:
        return _with(known, {"failed": str(error)}), b""
    if target_error is not None and (broken := _broken(scene.scene, back, target_error)):
        return _with(known, {"failed": broken}), b""
    restored = back.values
    total, once = tally.per_sample(cube.size)
    figures = {
        "file": file_name(scene.name, codec.name, target_bpppb, target_error),
        "file_bytes": len(data),
        "file_digest": file_digest(data),
        "bpppb": bits_per_sample(len(data), rows, cols, bands),
        "encode_seconds": encoded - started,
        "decode_seconds": decoded - encoded,
        "operations": total,
        "operations_once": once,
        "ssim": mean_ssim(cube, restored, valid),
        "tasks": [
            record.to_json() for record in evaluate_tasks(scene.scene, restored, scene.labels)
        ],
    }
    return _with(known, figures | _quality(cube, restored, valid)), data


def _broken(original: Scene, restored: Scene, error: float) -> str:
    """What is wrong where a valid sample is further off than the bound; empty where none is."""
    found = verify(original, restored, np.full(original.values.shape[2], error))
    if not found.broken:
        return ""
    worst = found.worst
    return (
        f"its greatest error is {worst.error:g}, in band {worst.band}, above the bound of {error:g}"
    )


def _quality(cube: np.ndarray, restored: np.ndarray, valid: np.ndarray) -> dict:
    figures = measure_quality(cube, restored, valid=valid).to_json()
    names = ("psnr_db", "psnr_range_db", "sam_deg", "rmse", "max_error", "psnr_per_band")
    return {name: figures[name] for name in names}


def _with(known: Measurement, figures: dict) -> Measurement:
    return Measurement.from_json(known.to_json() | figures)
