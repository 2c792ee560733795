"""The engine "btcnet" of xarray: `xarray.open_dataset("scene.btcn", engine="btcnet", chunks={})`.

xarray imports this to list its engines, so nothing of the codec is imported before a file is opened.

Source: xarray's documentation, "How to add a new backend".
"""

import io
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from xarray.backends import BackendEntrypoint

if TYPE_CHECKING:
    import xarray

    from btcnet_jax.codec import Limits

SUFFIX, _MAGIC = ".btcn", b"BTCN"


class BtcnetBackend(BackendEntrypoint):
    """Opens compressed scenes; of the samples only what is computed with is read and restored, tile by tile."""

    description = "Open hyperspectral scenes that btcnet has compressed (.btcn)"

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """Whether this is a name that ends in .btcn, or an open file that begins as one."""
        if isinstance(filename_or_obj, (str, os.PathLike)):
            return os.fspath(filename_or_obj).lower().endswith(SUFFIX)
        if isinstance(filename_or_obj, (bytes, bytearray)):
            return filename_or_obj[: len(_MAGIC)] == _MAGIC
        if not (hasattr(filename_or_obj, "read") and hasattr(filename_or_obj, "seek")):
            return False
        at = filename_or_obj.tell()
        begins = filename_or_obj.read(len(_MAGIC)) == _MAGIC
        filename_or_obj.seek(at)
        return begins

    def open_dataset(
        self,
        filename_or_obj: Any,
        *,
        drop_variables: str | Iterable[str] | None = None,
        mask_and_scale: bool = True,
        decode_times: Any = True,
        concat_characters: bool = True,
        decode_coords: Literal["coordinates", "all"] | bool = True,
        use_cftime: bool | None = None,
        decode_timedelta: Any = None,
        ensemble: int | None = None,
        model: str | Path | None = None,
        weights: str | Path | None = None,
        limits: "Limits | None" = None,
        decoder: str | None = None,
    ) -> "xarray.Dataset":
        """The scene as a NetCDF file of it would be opened.

        Args:
            filename_or_obj: a path, a URL where fsspec is installed, an open file, or a file's bytes.
            mask_and_scale: whether missing samples are NaN, and a scale and offset that all bands share are
                applied; else samples are as they were coded, missing ones `_FillValue`.
            drop_variables, decode_times, concat_characters, decode_coords, use_cftime, decode_timedelta: as of
                `xarray.open_dataset`.
            ensemble: views to average over, as of `Codec.decompress`.
            model, weights, limits, decoder: as of `btcnet_jax.open`.

        Raises:
            BtcnetError: the file cannot be read, is damaged, or a model wrote it that is not known here; some
                of that only when samples are computed with.
        """
        import xarray

        from btcnet_arrays.dataset import encoded_dataset
        from btcnet_arrays.scene_file import SceneFile

        source = filename_or_obj
        if isinstance(source, (bytes, bytearray)):
            source = io.BytesIO(source)
        file = SceneFile(source, ensemble, model, weights, limits, decoder)
        encoded = encoded_dataset(file)
        dataset = xarray.decode_cf(
            encoded.dataset,
            concat_characters=concat_characters,
            mask_and_scale=mask_and_scale,
            decode_times=decode_times,
            decode_coords=decode_coords,
            drop_variables=drop_variables,
            decode_timedelta=decode_timedelta,
            **({} if use_cftime is None else {"use_cftime": use_cftime}),
        )
        if decode_coords:
            dataset = dataset.set_coords([name for name in encoded.coordinates if name in dataset])
            cube = dataset.variables.get(encoded.cube)
            if cube is not None and "grid_mapping" in cube.attrs:
                cube.encoding["grid_mapping"] = cube.attrs.pop("grid_mapping")
        if isinstance(filename_or_obj, (str, os.PathLike)):
            dataset.encoding["source"] = os.fspath(filename_or_obj)
        return dataset
