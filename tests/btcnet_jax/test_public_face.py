"""`import btcnet_jax as bt`: what it offers, and that it costs nothing until it is used."""

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import btcnet_jax as bt
from btcnet_jax.scene import SceneSource

ROOT = Path(__file__).parent.parent.parent


def test_the_import_takes_the_standard_library_only():
    code = (
        "import sys; before = {*sys.modules}; import btcnet_jax; "
        "print({name.partition('.')[0] for name in {*sys.modules} - before}"
        " - {*sys.stdlib_module_names})"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert told == "{'btcnet_jax'}\n"


@pytest.mark.parametrize("name", bt.__all__)
def test_every_name_is_there(name):
    assert callable(getattr(bt, name))


def test_open_is_the_codec_s_open_file():
    from btcnet_jax import codec

    assert bt.open is codec.open_file


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'compres'"):
        _ = bt.compres


def test_what_dir_lists():
    assert dir(bt) == sorted([*bt.__all__, "__version__"])


def test_type_checkers_see_the_names_that_are_found_at_run_time():
    tree = ast.parse(Path(bt.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in block.body
        for alias in node.names
    }
    assert seen == bt._PLACES
    assert sorted(seen) == sorted(bt.__all__)


def test_a_cube_is_no_compressed_file(tmp_path):
    np.savez(tmp_path / "a.npz", cube=np.zeros((2, 2, 3)))
    with pytest.raises(
        bt.BtcnetError, match=r"no.* compressed file: .* a cube is read by data_pipeline"
    ):
        bt.open(tmp_path / "a.npz")


def test_a_scene_is_shown_in_one_line_without_its_samples():
    values = np.zeros((50, 40, 30), np.uint16)
    mask = np.ones((50, 40), bool)
    scene = bt.Scene(values=values, name="a", wavelengths=np.arange(30.0) + 400, mask=mask)
    assert (
        repr(scene) == "Scene('a': 50 x 40 x 30 (rows x cols x bands), uint16; wavelengths, mask)"
    )
    assert str(bt.Scene(values=values)) == "Scene(50 x 40 x 30 (rows x cols x bands), uint16)"
    masked = bt.Scene(values=values, mask=mask)
    assert str(masked) == "Scene(50 x 40 x 30 (rows x cols x bands), uint16; mask)"
    source = SceneSource(shape=(5, 4, 3), dtype=np.dtype("u1"), read_window=lambda *_: None)
    assert str(source) == "SceneSource(5 x 4 x 3 (rows x cols x bands), uint8)"
