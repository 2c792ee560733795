"""Operations by stage."""

from btcnet_benchmark.report.cost_part import cost_pictures
from btcnet_benchmark.report.gallery import Gallery
from btcnet_benchmark.report.stage_table import stage_table
from btcnet_benchmark.report.styles import codec_styles
from btcnet_jax.cost import Stage

_ALL = {"projection": 20.0, "quantization": 4000.0, "coding": 30.0}
_OWN = {"projection": 20.0, "quantization": 820.0, "coding": 20.0}


def _spent(factor=1.0):
    return {
        "operations": {stage: factor * count for stage, count in _ALL.items()},
        "operations_once": {stage: factor * count for stage, count in _OWN.items()},
    }


def _found(made):
    return [
        made(**_spent()),
        made("town", **_spent(2.0)),
        made(
            codec="net",
            target=None,
            operations={"transform": 74.0},
            operations_once={"transform": 74.0},
        ),
        made(codec="uncounted"),
    ]


def test_each_codec_has_its_trials_and_its_file_by_stage(results, made):
    grouped = results(_found(made))
    table = stage_table(grouped, codec_styles(grouped.codecs))
    stages = [str(stage) for stage in Stage if stage in {*_ALL, "transform"}]
    assert table.head == ["Codec", "Of", *(stage.capitalize() for stage in stages), "Sum"]
    texts = [[cell.text for cell in row] for row in table.rows]
    none = "\u2013"
    assert texts[0] == ["klt", "all trials", "30.0", none, "6.00\u202fk", "45.0", "6.08\u202fk"]
    assert texts[1] == ["klt", "the file's own", "30.0", none, "1.23\u202fk", "30.0", "1.29\u202fk"]
    assert [row[3] for row in texts[2:]] == ["74.0", "74.0"]
    assert len(texts) == 4
    assert "0.1 bpppb" in table.caption
    assert "entropy coder" in table.notes[0]


def test_without_counts_there_is_no_table(results, sweep):
    grouped = results(sweep)
    assert stage_table(grouped, codec_styles(grouped.codecs)) is None


def test_the_picture_is_of_all_trials_and_tells_the_files_own(results, made):
    grouped = results(_found(made))
    pictures = cost_pictures(grouped, codec_styles(grouped.codecs), Gallery())
    assert len(pictures) == 2
    own = (
        "klt: 40.00 dB for 6.08\u202fk operations a sample (1.29\u202fk without trials thrown away)"
    )
    assert own in pictures[1].caption
