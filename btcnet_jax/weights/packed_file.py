"""A packed model's file: a zip of `model.json` and of arrays as .npy, whole or refused in one line.

`model.json` says format, fingerprint of the weights, checksum of everything, configuration and card; it can
be read without the arrays. No part of the file is ever run or unpickled.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from btcnet_jax.config import ModelConfig, model_config_from_dict
from btcnet_jax.errors import CheckpointError, ConfigError
from btcnet_jax.files import write_atomically
from btcnet_jax.npy import DAMAGED, require_whole

SUFFIX = ".btcmodel"
FORMAT = 1
_TEXT, _ARRAY = "model.json", ".npy"
# Far above any model here, far below what a small file could unfold to.
_MOST_BYTES, _MOST_TEXT, _MOST_MEMBERS = 2**30, 2**20, 10_000
# Weights hardly deflate, tables do: a file unfolds to so much at least, and to so much a byte of it.
_UNFOLDED_FREE, _UNFOLDED_A_BYTE = 1 << 25, 1 << 6
_KINDS = ("<f2", "<f4", "<i4")


class PackedText(NamedTuple):
    """What a file says of its model.

    Attributes:
        fingerprint: 8 bytes that name the weights.
        config: of the model, as `ModelConfig.options` gives it.
        card: what is known of it.
    """

    fingerprint: bytes
    config: dict[str, Any]
    card: dict[str, Any]


def write_packed(path: Path, text: PackedText, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes a file; the same content gives the same bytes.

    Args:
        path: to write.
        text: ready for JSON.
        arrays: float16, float32 or int32, by names with slashes.

    Raises:
        BtcnetError: the path cannot be written.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        told = {
            "format": FORMAT,
            "fingerprint": text.fingerprint.hex(),
            "checksum": _checksum(text, arrays),
            "config": text.config,
            "card": text.card,
        }
        _add(archive, _TEXT, json.dumps(told, indent=1, ensure_ascii=False).encode())
        for name, values in sorted(arrays.items()):
            member = io.BytesIO()
            np.save(member, values, allow_pickle=False)
            _add(archive, name + _ARRAY, member.getvalue())
    write_atomically(path, buffer.getvalue())


def read_text(path: Path) -> PackedText:
    """What a file says of its model; the arrays are not read, and so not checked.

    Raises:
        CheckpointError: no such file, not a packed model, damaged, or of a newer format.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _text(archive, path)[0]
    except DAMAGED as error:
        raise _refused(path, error) from error


def read_packed(path: Path) -> tuple[PackedText, dict[str, np.ndarray]]:
    """What a file says, and its arrays.

    Raises:
        CheckpointError: no such file, not a packed model, damaged, altered, or of a newer format.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            text, checksum = _text(archive, path)
            arrays = _arrays(archive)
        intact = _checksum(text, arrays) == checksum
    except DAMAGED as error:
        raise _refused(path, error) from error
    if not intact:
        raise CheckpointError(f"{path} was altered or is damaged: get or pack it again")
    return text, arrays


def config_of(text: PackedText, path: Path) -> ModelConfig:
    """The configuration that a file tells of.

    Raises:
        ConfigError: it does not fit this version.
    """
    try:
        return model_config_from_dict(text.config)
    except (ConfigError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    # A date of its own would make every file another one.
    archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)


def _text(archive: zipfile.ZipFile, path: Path) -> tuple[PackedText, str]:
    members = archive.infolist()
    most = min(_MOST_BYTES, _UNFOLDED_FREE + _UNFOLDED_A_BYTE * path.stat().st_size)
    if len(members) > _MOST_MEMBERS or sum(member.file_size for member in members) > most:
        raise ValueError("it unfolds to more than any model")
    told = json.loads(_member(archive, _TEXT, _MOST_TEXT))
    if type(told["format"]) is not int or told["format"] > FORMAT:
        raise CheckpointError(
            f"{path} is of format {told['format']!r:.20}, this version reads up to {FORMAT}: "
            "upgrade btcnet_jax"
        )
    config, card, checksum = told["config"], told["card"], told["checksum"]
    if not (isinstance(config, dict) and isinstance(checksum, str) and _is_card(card)):
        raise ValueError("no configuration or no card")
    return PackedText(bytes.fromhex(told["fingerprint"]), config, card), checksum


def _is_card(card: Any) -> bool:
    """Whether a card is what the commands print: plain values, `recipe` of such, `figures` a list of such."""
    if not isinstance(card, dict):
        return False
    figures, recipe = card.get("figures", []), card.get("recipe", {})
    if not isinstance(figures, list):
        return False
    rest = {name: value for name, value in card.items() if name not in ("figures", "recipe")}
    return all(map(_is_plain, [rest, recipe, *figures]))


def _is_plain(values: Any) -> bool:
    """A dict of numbers, and of texts that may be sent to a terminal."""
    if not isinstance(values, dict):
        return False
    texts = [text for pair in values.items() for text in pair if isinstance(text, str)]
    known = all(
        value is None
        or isinstance(value, (str, int, float))
        or (isinstance(value, list) and all(isinstance(each, (int, float)) for each in value))
        for value in values.values()
    )
    return known and all(" ".join(text.split()).isprintable() for text in texts)


def _arrays(archive: zipfile.ZipFile) -> dict[str, np.ndarray]:
    arrays = {}
    for name in archive.namelist():
        if name != _TEXT:
            data = io.BytesIO(_member(archive, name, archive.getinfo(name).file_size))
            require_whole(data, len(data.getbuffer()))
            data.seek(0)
            values = np.load(data, allow_pickle=False)
            if not isinstance(values, np.ndarray) or values.dtype.str not in _KINDS:
                raise ValueError("an array of another type")
            arrays[name.removesuffix(_ARRAY)] = values
    return arrays


def _member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    # What the directory says of a size need not be true: no more than that is ever unfolded.
    with archive.open(name) as member:
        data = member.read(most + 1)
    if len(data) > most:
        raise ValueError("a part is too large")
    return data


def _checksum(text: PackedText, arrays: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    said = [text.fingerprint.hex(), text.config, text.card]
    digest.update(json.dumps(said, sort_keys=True).encode())
    for name, values in sorted(arrays.items()):
        digest.update(json.dumps([name, values.dtype.str, values.shape]).encode())
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def _refused(path: Path, error: BaseException) -> CheckpointError:
    if isinstance(error, CheckpointError):
        return error
    if isinstance(error, FileNotFoundError):
        return CheckpointError(f"cannot read {path}: no such file")
    if isinstance(error, PermissionError):
        return CheckpointError(f"cannot read {path}: permission denied")
    return CheckpointError(f"{path} is no packed model, or cut short or damaged: get it again")
