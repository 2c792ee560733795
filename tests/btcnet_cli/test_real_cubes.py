"""Real cubes from their own files through compress and decompress, with untrained weights."""

import numpy as np
import pytest

from btcnet_jax.container.container import read_container
from btcnet_jax.container.sections import SectionKind
from data_pipeline.readers import read_scene


@pytest.mark.parametrize(
    ("name", "shape", "options"),
    [
        ("abu-beach-1.mat", (150, 150, 188), []),
        ("salinas_a.mat", (83, 86, 224), []),
        ("hyperion_paris.mat", (72, 72, 128), ["--variable", "HSim"]),
        ("lhdata.hdr", (100, 100, 186), []),
    ],
)
def test_real_cube_round_trips(btcnet, untrained, real_data, tmp_path, name, shape, options):
    model, packed = untrained(shape[2]), tmp_path / "scene.btcn"
    source = real_data / name
    status, output, error = btcnet("compress", source, packed, "--model", model, *options)
    assert status == 0, error
    rate = 8 * packed.stat().st_size / np.prod(shape)
    assert f"{rate:.4f} bpppb" in output
    assert rate < 0.05
    assert btcnet("decompress", packed, tmp_path / "restored.npy", "--model", model)[0] == 0
    original = read_scene(source, "HSim" if options else None).values
    restored = np.load(tmp_path / "restored.npy")
    assert restored.shape == shape
    assert restored.dtype == original.dtype
    assert original.min() <= restored.min() <= restored.max() <= original.max()
    # Untrained weights restore nothing that could be compared, but not the same for every place either,
    # and the symbols are those of the cube's samples: another format of them gives the same.
    assert (np.ptp(restored.astype(float), axis=(0, 1)) > 0).any()
    np.save(tmp_path / "same.npy", original)
    same = tmp_path / "same.btcn"
    assert btcnet("compress", tmp_path / "same.npy", same, "--model", model)[0] == 0
    assert _payload(same, SectionKind.SYMBOLS) == _payload(packed, SectionKind.SYMBOLS)


def _payload(path, kind):
    return next(s.payload for s in read_container(path.read_bytes()) if s.kind == kind)


def test_two_cubes_in_a_file_are_named(btcnet, untrained, real_data, tmp_path):
    source = real_data / "hyperion_paris.mat"
    result = btcnet("compress", source, tmp_path / "x.btcn", "--model", untrained(128))
    assert result[0] == 2
    assert "HSim" in result[2]
    assert "--variable" in result[2]


@pytest.mark.parametrize("suffix", ["npz", "mat", "hdr", "tif"])
def test_every_output_format_holds_the_same_cube(btcnet, model, scene, tmp_path, suffix):
    packed = tmp_path / "scene.btcn"
    assert btcnet("compress", scene, packed, "--model", model)[0] == 0
    for name in ("a.npy", f"b.{suffix}"):
        assert btcnet("decompress", packed, tmp_path / name, "--model", model)[0] == 0
    np.testing.assert_array_equal(
        read_scene(tmp_path / f"b.{suffix}").values, np.load(tmp_path / "a.npy")
    )
