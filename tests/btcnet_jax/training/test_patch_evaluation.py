"""A model on the patches of a data set: the figures of real files, on any devices and of any type."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import export

from btcnet_jax.codec import Level, network_codec
from btcnet_jax.codec.encoders import Analyzed
from btcnet_jax.codec.evaluation import evaluate_cube
from btcnet_jax.config import DecoderConfig, HardwareConfig, ModelConfig, V1Config
from btcnet_jax.container.compressed_file import read_compressed
from btcnet_jax.container.sections import SectionKind
from btcnet_jax.errors import ConfigError, DataError, TrainingError
from btcnet_jax.models.initialization import init_params
from btcnet_jax.ops.quantizer import Symbols
from btcnet_jax.training import distributed
from btcnet_jax.training.mesh import mesh_of
from btcnet_jax.training.patch_evaluation import Patches, evaluate_patches
from btcnet_jax.training.patch_program import make_patch_program

SHAPE, COUNT = (18, 22, 5), 5
_SMALL = {"bands": 5, "latent_channels": 3}
CONFIGS = {
    "v2": ModelConfig(**_SMALL, features=2, gamma=1),
    "bands": ModelConfig(**_SMALL, features=2, gamma=1, normalization="bands"),
    "v1": ModelConfig(**_SMALL, architecture="v1", v1=V1Config(width=2, growth=2, blocks=1)),
    "raw": ModelConfig(**_SMALL, features=2, gamma=1, bits=32),
    "learned": ModelConfig(
        **_SMALL,
        features=2,
        gamma=1,
        quantizer="learned",
        rate_levels=2,
        decoder=DecoderConfig(context="tile", core_channels=4, attention="mean"),
    ),
}
FIGURES = ("psnr_db", "sam_deg", "rmse", "max_error", "bpppb")


def _cubes(dtype=np.uint16, count=COUNT, offset=0):
    random = np.random.default_rng(3)
    ramp = np.linspace(0.2, 1, SHAPE[2])
    return [
        (random.uniform(0, 900, (*SHAPE[:2], 1)) * ramp + offset).astype(dtype)
        for _ in range(count)
    ]


def _analyzed(outcome):
    return Analyzed(outcome.latent, outcome.scales)


def _evaluate(config, cubes, devices=2, level=None, coded=True, params=None):
    params = init_params(config, 0) if params is None else params
    codec = network_codec(config, params)
    target = None if level is None else Level(level)

    def code(patch, outcome):
        return len(codec.compress(patch, target, analyzed=_analyzed(outcome)))

    each = ({"number": number, "patch": cube} for number, cube in enumerate(cubes))
    patches = Patches(each, cubes[0].shape, cubes[0].dtype, len(cubes))
    mesh = mesh_of(HardwareConfig(devices=devices))
    return evaluate_patches(
        config, params, patches, mesh, level=level, code=code if coded else None
    )


@pytest.mark.parametrize(
    ("name", "level"), [("v2", None), ("bands", None), ("v1", 0), ("raw", None), ("learned", 0)]
)
def test_figures_are_those_of_the_codec_s_files(name, level):
    config, cubes = CONFIGS[name], _cubes()
    codec = network_codec(config, init_params(config, 0))
    rows = _evaluate(config, cubes, level=level).rows
    assert [row["number"] for row in rows] == list(range(COUNT))
    for row, cube in zip(rows, cubes, strict=True):
        expected = evaluate_cube(codec, cube, None if level is None else Level(level)).to_json()
        assert row["file_bytes"] == expected["file_bytes"]
        for figure, value in expected.items():
            if figure in row and value is not None:
                assert row[figure] == pytest.approx(value, rel=1e-5), figure


def test_a_file_of_the_computed_symbols_is_the_file_of_the_patch():
    config, (cube, *_) = CONFIGS["learned"], _cubes()
    params, files = init_params(config, 0), []
    codec = network_codec(config, params)

    def code(patch, outcome):
        assert outcome.latent.dtype == np.int32
        files.append(codec.compress(patch, Level(1), analyzed=_analyzed(outcome)))
        return len(files[-1])

    patches = Patches(iter([{"number": 0, "patch": cube}]), SHAPE, cube.dtype, 1)
    evaluate_patches(config, params, patches, mesh_of(HardwareConfig(devices=1)), code=code)
    assert files == [codec.compress(cube, Level(1))]


def test_the_codec_codes_the_latent_that_it_is_given():
    config, (one, other, *_) = CONFIGS["v2"], _cubes()
    codec = network_codec(config, init_params(config, 0))
    indices = np.random.default_rng(0).integers(0, 256, (5, 6, 3)).astype(np.int32)
    latent = Symbols(indices, np.float32(-1), np.float32(2))
    sections = [
        read_compressed(codec.compress(cube, analyzed=Analyzed(latent))).sections
        for cube in (one, other)
    ]
    for kind in (SectionKind.QUANTIZER, SectionKind.TABLES, SectionKind.SYMBOLS):
        assert sections[0][kind] == sections[1][kind]


def test_1_2_and_8_devices_give_the_same_table():
    tables = [_evaluate(CONFIGS["v2"], _cubes(), devices).rows for devices in (1, 2, 8)]
    for table in tables[1:]:
        for one, other in zip(tables[0], table, strict=True):
            assert one["file_bytes"] == other["file_bytes"]
            for figure in FIGURES:
                assert one[figure] == pytest.approx(other[figure], rel=1e-6)


@pytest.mark.parametrize(
    ("dtype", "offset"), [("int32", 2**27), ("float64", 1e6), (">i2", -400), ("float32", 0.5)]
)
def test_samples_of_any_type_are_measured_in_their_own_unit(dtype, offset):
    config, cubes = CONFIGS["v2"], _cubes(dtype, 2, offset)
    codec = network_codec(config, init_params(config, 0))
    for row, cube in zip(_evaluate(config, cubes).rows, cubes, strict=True):
        expected = evaluate_cube(codec, cube).to_json()
        for figure in FIGURES:
            assert row[figure] == pytest.approx(expected[figure], rel=1e-4, abs=1e-4), figure


def test_without_coding_there_is_no_rate():
    rows = _evaluate(CONFIGS["v2"], _cubes(), coded=False).rows
    assert len(rows) == COUNT
    assert not {"file_bytes", "bpppb"} & set(rows[0])


def test_a_constant_patch_is_told_and_not_measured():
    cubes = _cubes()
    cubes[1][...] = 7
    measured = _evaluate(CONFIGS["v2"], cubes)
    assert [row["number"] for row in measured.rows] == [0, 2, 3, 4]
    assert measured.constant == [{"number": 1}]


def test_what_does_not_fit_is_refused():
    config = CONFIGS["v2"]
    with pytest.raises(DataError, match=r"patches of 4 bands, but the model was trained for 5"):
        _evaluate(config, [np.zeros((18, 22, 4), np.uint16)])
    with pytest.raises(DataError, match=r"patch 1 is uint16 of \(18, 18, 5\), not uint16 of"):
        _evaluate(config, [_cubes()[0], _cubes()[0][:, :18]])
    bad = _cubes("float32")
    bad[2][3, 3, 3] = np.nan
    with pytest.raises(DataError, match=r"patch 2 holds NaN or infinity"):
        _evaluate(config, bad)
    with pytest.raises(ConfigError, match=r"no level 2: it has levels 0 to 1"):
        _evaluate(CONFIGS["learned"], _cubes(), level=2)


def test_a_model_that_restores_no_numbers_is_refused():
    params = jax.tree.map(np.asarray, init_params(CONFIGS["v2"], 0))
    params["decoder"] = jax.tree.map(lambda leaf: np.full_like(leaf, np.nan), params["decoder"])
    with pytest.raises(TrainingError, match="patch 0 as what is no number"):
        _evaluate(CONFIGS["v2"], _cubes(), coded=False, params=params)


def test_another_host_that_fails_ends_this_one(monkeypatch):
    monkeypatch.setattr(distributed, "greatest", lambda number: 2)
    with pytest.raises(TrainingError, match="another process failed"):
        distributed.step_together(lambda: 1)

    def fail():
        raise KeyError("own")

    with pytest.raises(KeyError, match="own"):
        distributed.step_together(fail)


@pytest.mark.parametrize("name", ["v2", "bands", "learned"])
def test_the_program_lowers_for_tpu_and_cuda(name):
    config, platforms = CONFIGS[name], ("tpu", "cuda")
    program = make_patch_program(config, mesh_of(HardwareConfig(devices=8)), whole=True)
    scalars = jax.ShapeDtypeStruct((8,), jnp.float32)
    batch = {"patches": jax.ShapeDtypeStruct((8, 256, 256, 5), jnp.uint16)}
    batch |= dict.fromkeys(("minimum", "maximum", "shift"), scalars)
    steps = jnp.ones(config.latent_channels)
    exported = export.export(program, platforms=platforms)(init_params(config, 0), steps, batch)
    assert (exported.platforms, exported.nr_devices) == (platforms, 8)
    # A patch is a device's own affair: nothing is exchanged.
    assert "all_reduce" not in exported.mlir_module()
