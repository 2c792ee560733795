"""Models of several rates on the command line: --level, --bpppb, info."""

import json

import numpy as np
import pytest

from btcnet_jax.config import DecoderConfig


@pytest.fixture(scope="module")
def rates(untrained):
    return untrained(5, quantizer="learned", rate_levels=3, decoder=DecoderConfig(context="tile"))


def _bpppb(output):
    return float(output.split(" bpppb")[0].rsplit(" ", 1)[1])


def _refused(result, message):
    status, _, error = result
    assert status == 2
    assert error.startswith("btcnet: ")
    assert error.count("\n") == 1
    assert message in error


def _compress(btcnet, scene, model, name, *words):
    output = scene.parent / name
    status, told, _ = btcnet("compress", scene, output, "--model", model, *words)
    assert status == 0
    return output, _bpppb(told)


def test_levels_and_targets_choose_the_file(btcnet, scene, rates):
    files = [_compress(btcnet, scene, rates, f"{n}.btcn", "--level", n) for n in range(3)]
    sizes = [rate for _, rate in files]
    assert sizes == sorted(set(sizes))
    finest, _ = _compress(btcnet, scene, rates, "default.btcn")
    assert finest.read_bytes() == files[2][0].read_bytes()
    within, _ = _compress(btcnet, scene, rates, "within.btcn", "--bpppb", sizes[1] + 0.001)
    assert within.read_bytes() == files[1][0].read_bytes()
    output = scene.parent / "restored.npy"
    assert btcnet("decompress", within, output, "--model", rates)[0] == 0
    assert np.load(output).shape == (14, 10, 5)
    told = btcnet("info", within)[1]
    assert "rate level     1" in told
    assert "entropy model  factorized" in told


def test_rates_that_a_model_lacks_are_one_line(btcnet, scene, rates, model):
    output = scene.parent / "none.btcn"

    def compress(which, *words):
        return btcnet("compress", scene, output, "--model", which, *words)

    _refused(compress(rates, "--level", "3"), "no level 3: it has levels 0 to 2")
    _refused(compress(rates, "--level", "-1"), "no level -1: it has levels 0 to 2")
    _refused(compress(model, "--level", "1"), "no level 1: it has one rate, level 0")
    _refused(compress(rates, "--bpppb", "0.0001"), "the smallest file of this cube takes")
    _refused(compress(model, "--bpppb", "0.0001"), "the smallest file of this cube takes")
    _refused(compress(rates, "--bpppb", "0"), "0 is no rate")
    _refused(compress(rates, "--bpppb", "much"), "much")
    _refused(compress(rates, "--level", "1", "--bpppb", "1"), "not allowed with")
    assert not output.exists()


def test_evaluate_measures_the_level_asked_for(btcnet, scene, rates):
    figures = scene.parent / "figures.json"
    sizes = []
    for words in (["--level", "0"], ["--level", "2"], []):
        status = btcnet("evaluate", scene, "--model", rates, "--json", figures, *words)[0]
        assert status == 0
        results = json.loads(figures.read_text())["results"]
        assert results[0]["file_bytes"] == results[1]["file_bytes"]
        sizes.append(results[0]["file_bytes"])
    assert sizes[0] < sizes[1] == sizes[2]
    _refused(
        btcnet("evaluate", scene, "--model", rates, "--level", "7"), "the model has no level 7"
    )


def test_info_tells_a_models_rates_and_what_its_encoder_costs(btcnet, rates, model):
    told = btcnet("info", rates)[1]
    lines = dict(line.split("  ", 1) for line in told.splitlines())
    facts = {name: value.strip() for name, value in lines.items()}
    assert facts["quantizer"] == "learned"
    assert facts["rate levels"] == "3"
    assert facts["decoder.context"] == "tile"
    assert facts["encoder"] == "885 parameters, 11.0 multiply-accumulates a pixel and band"
    assert facts["tables"].startswith("12 of integers, of up to ")
    told = btcnet("info", model)[1]
    assert "tables" not in told
    assert "range" in told
