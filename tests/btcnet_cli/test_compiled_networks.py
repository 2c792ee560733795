"""Where compiled networks are kept: the user's own folder, bounded, or nowhere and without a word."""

import os
import warnings

import pytest

from btcnet_cli import compiled_networks
from btcnet_cli.compiled_networks import keep_compiled

VARIABLE = "JAX_COMPILATION_CACHE_DIR"
LEAST = "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"


@pytest.fixture
def caches(tmp_path, monkeypatch):
    """The user's caches, where JAX is not told of any yet."""
    # Set before it is taken away: so that what the code sets is undone too.
    for name in (VARIABLE, LEAST):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(compiled_networks, "user_caches", lambda: tmp_path)
    with warnings.catch_warnings():
        yield tmp_path


def test_the_folder_is_named_to_jax_and_the_user_s_own(caches):
    keep_compiled()
    folder = caches / "btcnet_jax" / "networks"
    assert os.environ[VARIABLE] == str(folder)
    assert folder.stat().st_mode & 0o077 == 0
    assert float(os.environ[LEAST]) < 1


def test_a_folder_that_the_user_has_named_stays(caches, monkeypatch):
    monkeypatch.setenv(VARIABLE, "elsewhere")
    keep_compiled()
    assert os.environ[VARIABLE] == "elsewhere"
    assert LEAST not in os.environ
    assert not any(caches.iterdir())


def test_the_oldest_are_forgotten(caches, monkeypatch):
    monkeypatch.setattr(compiled_networks, "_MOST", 2)
    folder = caches / "btcnet_jax" / "networks"
    folder.mkdir(mode=0o700, parents=True)
    for age in range(5):
        (folder / str(age)).touch()
        os.utime(folder / str(age), (100 - age, 100 - age))
    keep_compiled()
    assert sorted(each.name for each in folder.iterdir()) == ["0", "1"]


@pytest.mark.parametrize("fault", ["a file is there", "others can write"])
def test_without_a_safe_folder_nothing_is_kept_and_nothing_said(caches, fault):
    if fault == "a file is there":
        (caches / "btcnet_jax").touch()
    else:
        folder = caches / "btcnet_jax" / "networks"
        folder.mkdir(parents=True)
        folder.chmod(0o777)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        keep_compiled()
    assert VARIABLE not in os.environ
