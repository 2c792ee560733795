"""What an encoder's operations are spent on, by stage: with all trials, and those of the file alone."""

from btcnet_benchmark.report import numbers
from btcnet_benchmark.report.results import Results, mean_of
from btcnet_benchmark.report.styles import CodecStyle
from btcnet_benchmark.report.tables import Cell, Table, codec_cell, words
from btcnet_benchmark.sweep.measurement import Measurement
from btcnet_jax.cost import Stage

_NOTE = (
    "An operation is a multiply-add of a matrix product, or one addition, multiplication, comparison, choice"
    " or table lookup of an element. JPEG 2000's own quantizer and entropy coder are not counted; a network's"
    " single pass is, without what it does between its convolutions."
)


def stage_table(results: Results, styles: dict[str, CodecStyle]) -> Table | None:
    """Means over scenes of the operations a sample at the rate of the pictures; None where none are known.

    Each codec has two rows: all that was computed, and what the file took that came out.
    """
    known = {codec: _counted(results, codec) for codec in results.codecs}
    known = {codec: found for codec, found in known.items() if found}
    stages = [
        str(stage) for stage in Stage if any(_has(m, stage) for f in known.values() for m in f)
    ]
    if not stages:
        return None
    rows = [
        [codec_cell(styles[codec]), words(kind), *_cells(found, once=once, stages=stages)]
        for codec, found in known.items()
        for kind, once in (("all trials", False), ("the file's own", True))
    ]
    head = ["Codec", "Of", *(stage.capitalize() for stage in stages), "Sum"]
    target = results.picture_target
    rate = f" at {numbers.target(target)} bpppb" if target else ""
    caption = f"Operations of the encoder a sample{rate}, by stage; mean over scenes"
    return Table(caption=caption, head=head, rows=rows, notes=[_NOTE])


def _counted(results: Results, codec: str) -> list[Measurement]:
    found = [results.pictured(scene, codec) for scene in results.scenes]
    return [m for m in found if m is not None and m.operations]


def _has(measurement: Measurement, stage: Stage) -> bool:
    return measurement.operations.get(stage, 0.0) > 0


def _cells(found: list[Measurement], *, once: bool, stages: list[str]) -> list[Cell]:
    counts = [m.operations_once if once else m.operations for m in found]
    means = [mean_of([count.get(stage, 0.0) for count in counts]) for stage in stages]
    whole = mean_of([sum(count.values()) for count in counts])
    # A stage that a codec does not have is no figure of it.
    cells = [Cell(text=numbers.count(mean) if mean else numbers.NONE) for mean in means]
    return [*cells, Cell(text=numbers.count(whole))]
