"""Models by name: those that ship, and those in folders that `BTCNET_MODELS` names.

Where a model is asked for, a path that exists is taken as such: the folder of a trained run, or a packed
file. Any other word is a name: `universal`, or the name of a packed file without its suffix, looked for in
the folders of `BTCNET_MODELS` in their order and then among those that ship.
"""

import difflib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from btcnet_jax.config import ModelConfig
from btcnet_jax.errors import CheckpointError, ConfigError
from btcnet_jax.models.saved_model import SavedModel
from btcnet_jax.weights import packed_file
from btcnet_jax.weights.packed_file import SUFFIX, PackedText, read_text

VARIABLE = "BTCNET_MODELS"
"""Names folders of packed models, separated as in PATH."""

UNIVERSAL = "universal"
BOUNDED = "bounded"
SHIPPED = Path(packed_file.__file__).parent


class Listed(NamedTuple):
    """A packed model that was found.

    Attributes:
        name: of the model, its file's without the suffix.
        path: of the file.
        text: what the file says.
        config: of the model.
    """

    name: str
    path: Path
    text: PackedText
    config: ModelConfig


def load_model(model: str | Path) -> SavedModel:
    """The model of a name, of a packed file, or of a trained run's newest step.

    Raises:
        CheckpointError: no such model, or it cannot be used; says why and which there are.
        ConfigError: its configuration does not fit this version.
        ModelMismatchError: a run's parameters do not fit this version.
        MissingExtraError: it is a run's folder, and Orbax cannot be imported.
    """
    # Here, for the universal codec asks only what a name means, and compresses without JAX.
    from btcnet_jax.checkpoints import load_model as load_run
    from btcnet_jax.weights.packed_model import load_packed

    path = find(model)
    return load_run(path) if path.is_dir() else load_packed(path)


def is_universal(model: str | Path | None) -> bool:
    """Whether the universal codec is meant: by its name, where no path of that name exists, or by none."""
    return model is None or (str(model) == UNIVERSAL and not Path(model).exists())


def is_bounded(model: str | Path | None) -> bool:
    """Whether the codec that bounds every sample's error is meant, where no path of its name exists."""
    return str(model) == BOUNDED and not Path(BOUNDED).exists()


def find(model: str | Path) -> Path:
    """The path of a model that was asked for.

    Raises:
        CheckpointError: neither a path nor a name, or the universal codec's; says which models there are.
    """
    if Path(model).exists():
        return Path(model)
    if str(model) == UNIVERSAL:
        raise CheckpointError(
            "universal finds its transform scene by scene: it is a codec, not a network to load here"
        )
    named = {path.name.removesuffix(SUFFIX): path for path in reversed(list(_files()))}
    if str(model) in named:
        return named[str(model)]
    raise CheckpointError(_unknown(str(model), [UNIVERSAL, *sorted(named)]))


def find_fingerprint(fingerprint: bytes) -> Listed | None:
    """The known model of a fingerprint; None where there is none."""
    found, _ = known()
    return next((each for each in found if each.text.fingerprint == fingerprint), None)


def known(folders: Iterable[Path] = ()) -> tuple[list[Listed], list[str]]:
    """The packed models there are, and of each file or folder that cannot be used what is wrong with it.

    Args:
        folders: to look into before those that are always looked into.
    """
    listed, unusable = [], missing_folders()
    for path in _files(folders):
        try:
            text = read_text(path)
            config = packed_file.config_of(text, path)
            listed.append(Listed(path.name.removesuffix(SUFFIX), path, text, config))
        except (CheckpointError, ConfigError) as error:
            unusable.append(str(error))
    return listed, unusable


def missing_folders() -> list[str]:
    """Of each folder of `BTCNET_MODELS` that is not there, that it is not: its disk may be away today."""
    return [
        f"{folder}: no such folder, but {VARIABLE} names it"
        for folder in _named()
        if not folder.is_dir()
    ]


def _named() -> list[Path]:
    return [Path(word) for word in os.environ.get(VARIABLE, "").split(os.pathsep) if word]


def _files(folders: Iterable[Path] = ()) -> Iterator[Path]:
    """Packed files, the first of a name being the one that the name means."""
    for folder in (*folders, *_named(), SHIPPED):
        try:
            yield from sorted(path for path in folder.iterdir() if path.name.endswith(SUFFIX))
        except OSError:
            continue  # `missing_folders` tells of it.


def _unknown(word: str, names: list[str]) -> str:
    near = difflib.get_close_matches(word, names, n=1)
    hint = f": did you mean {near[0]}?" if near else ";"
    away = "".join(f"; {text}" for text in missing_folders())
    return (
        f"no model {word}: no such folder or file, and no such name{hint} "
        f"known are {', '.join(names)}; train one with main.py train, or name its folder{away}"
    )
