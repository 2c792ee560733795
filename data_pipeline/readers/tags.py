"""What a file says of its acquisition, as texts by name, whatever it is stored as."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from btcnet_jax.scene.numbers import Numbers, Tag

LONGEST = 1 << 16
"""Characters kept of a text; some files hold whole documents. Where a text is cut, its end says so."""

_MOST_WORDS, _MOST_NUMBERS = 64, 1 << 14
# What HDF5 and NetCDF keep for themselves among attributes.
_BOOKKEEPING = {
    *("class", "name", "dimension_list", "dimension_labels", "reference_list", "matlab_class"),
    *("h5path", "matlab_fields", "_netcdf4dimid", "_netcdf4coordinates", "_ncproperties"),
    *("_nc3_strict", "grid_mapping", "ancillary_variables"),
}


def texts(attributes: Mapping[str, Any], without: Iterable[str] = ()) -> dict[str, str]:
    """Attributes as texts: those that are no text, number or short list of these are passed over.

    Args:
        attributes: values by name; bytes count as UTF-8, whatever else is in them as a mark.
        without: further names to pass over, in small letters.
    """
    left_out = _BOOKKEEPING | set(without)
    told = {}
    for name, value in attributes.items():
        text = as_text(value)
        if text and name.lower() not in left_out:
            told[as_text(name)[:LONGEST]] = text
    return told


def tags_of(
    attributes: Mapping[str, Any], without: Iterable[str] = ()
) -> tuple[dict[str, Tag], list[str]]:
    """Attributes of HDF5 and NetCDF as they are: texts as texts, numbers in their type.

    Args:
        attributes: values by name.
        without: names to pass over, as they are spelled.

    Returns:
        What can be kept, and the names of what cannot: other types, and arrays of too many entries.
    """
    told: dict[str, Tag] = {}
    lost = []
    for name, value in attributes.items():
        if name.lower() in _BOOKKEEPING or name in without:
            continue
        tag = _tag(value)
        if tag is None:
            lost.append(as_text(name))
        else:
            told[as_text(name)[:LONGEST]] = tag
    return told, lost


def _tag(value: Any) -> Tag | None:
    if isinstance(value, (bytes, str)):
        return as_text(value)
    array = np.asarray(value)
    if array.dtype.kind in "iufb" and array.dtype.itemsize <= 8:
        return Numbers.of(array) if array.size <= _MOST_NUMBERS and array.ndim <= 8 else None
    texts_alone = all(isinstance(each, (bytes, str)) for each in array.ravel()[:_MOST_WORDS])
    return as_text(array) or None if texts_alone else None


def as_text(value: Any, longest: int = LONGEST) -> str:
    """One attribute as a text of so many characters at most; empty where it is nothing of that kind."""
    if isinstance(value, np.ndarray):
        return ", ".join(map(as_text, value.ravel())) if value.size <= _MOST_WORDS else ""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        # h5py gives bytes that are no UTF-8 as half characters, which no file could be written with.
        clean = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        whole = clean.replace("\0", "").strip()
        mark = f" ... (cut: {len(whole)} characters in the file)"
        return whole if len(whole) <= longest else whole[: longest - len(mark)] + mark
    return repr(value) if isinstance(value, (int, float)) else ""
