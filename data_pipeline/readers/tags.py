"""What a file says of its acquisition, as texts by name, whatever it is stored as."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

LONGEST = 1 << 16
"""Characters kept of a text; some files hold whole documents. Where a text is cut, its end says so."""

_MOST_NUMBERS = 64
# What HDF5 and NetCDF keep for themselves among attributes.
_BOOKKEEPING = (
    *("CLASS", "NAME", "DIMENSION_LIST", "DIMENSION_LABELS", "REFERENCE_LIST", "MATLAB_class"),
    *("H5PATH", "MATLAB_fields", "_Netcdf4Dimid", "_Netcdf4Coordinates", "_NCProperties"),
    *("_nc3_strict", "_FillValue", "missing_value", "coordinates", "grid_mapping"),
    *("Conventions", "ancillary_variables"),
)


def texts(attributes: Mapping[str, Any], without: Iterable[str] = ()) -> dict[str, str]:
    """Attributes as texts: those that are no text, number or short list of these are passed over.

    Args:
        attributes: values by name; bytes count as UTF-8, whatever else is in them as a mark.
        without: further names to pass over, in small letters.
    """
    left_out = {name.lower() for name in _BOOKKEEPING} | set(without)
    told = {}
    for name, value in attributes.items():
        text = as_text(value)
        if text and name.lower() not in left_out:
            told[as_text(name)[:LONGEST]] = text
    return told


def as_text(value: Any, longest: int = LONGEST) -> str:
    """One attribute as a text of so many characters at most; empty where it is nothing of that kind."""
    if isinstance(value, np.ndarray):
        return ", ".join(map(as_text, value.ravel())) if value.size <= _MOST_NUMBERS else ""
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
