"""One line for a package that is not installed, and quiet that ends where it should."""

import contextlib
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from btcnet_jax.errors import MissingExtraError
from btcnet_jax.extras import require_extra
from btcnet_jax.quiet_log import quiet_log

ROOT = Path(__file__).parent.parent.parent


def test_the_first_package_that_is_missing_is_named_as_it_is_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(MissingExtraError) as caught:
        require_extra("benchmark", "json", "sklearn", "nowhere")
    told = "scikit-learn cannot be imported: pip install 'btcnet_jax[benchmark]'"
    assert str(caught.value) == told


def test_a_package_inside_a_missing_one_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "orbax", None)
    monkeypatch.delitem(sys.modules, "orbax.checkpoint", raising=False)
    with pytest.raises(MissingExtraError, match="orbax-checkpoint cannot be imported"):
        require_extra("train", "orbax.checkpoint")


def test_what_is_there_is_no_error():
    require_extra("pictures", "json", "importlib.util")


@pytest.mark.parametrize(("before", "inside"), [(0, 40), (30, 40), (50, 50)])
def test_a_logger_is_quiet_until_the_block_ends_or_fails(before, inside):
    logger = logging.getLogger("btcnet-test-of-quiet")
    logger.setLevel(before)
    with contextlib.suppress(ValueError), quiet_log(logger.name):
        assert logger.level == inside
        raise ValueError
    assert logger.level == before


def test_no_import_changes_the_process():
    code = (
        "import logging; from absl import logging as _; log = logging.getLogger('absl')\n"
        "log.setLevel(12); from data_pipeline.heap import keep_large_buffers\n"
        "import btcnet_jax.checkpoints\n"
        "try: import data_pipeline.record_stream\n"
        "except ImportError: pass\n"
        "print(log.level, keep_large_buffers.cache_info().currsize)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert told == "12 0\n"
