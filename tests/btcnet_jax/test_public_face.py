"""`import btcnet_jax as bt`: what it offers, and that it costs nothing until it is used."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import btcnet_jax as bt

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
