"""Where the training scenes come from and how crops are taken from them."""

import dataclasses

from btcnet_jax.config.checks import require, require_default
from btcnet_jax.config.model import DECODER_MULTIPLE, TILE, ModelConfig

_MAY_BE_ZERO = ("tile_cols",)


@dataclasses.dataclass(kw_only=True, slots=True)
class DataConfig:
    """A folder of scenes or of TFRecords, and the batches made of them."""

    folder: str = ""  # holds train/ and test/, each with scenes; or:
    records: str = ""  # holds TFRecords made by `convert`
    dataset: str = "hsi_folder"  # which data set in `records`: aviris, whu_hi/long_kou, ...
    shuffle_records: int = 1024  # how many records are held for shuffling
    validation_images: int = 8  # test patches looked at in each validation
    variable: str = ""  # name of the cube in .mat, .npz and HDF5 files with several
    axes: str = (
        ""  # how its axes lie in the file, such as rows,bands,cols, where the file does not say it
    )
    patch_rows: int = 256  # a random crop of each image, on the host
    patch_cols: int = 256
    images_per_batch: int = 12  # over all devices together
    strips_per_image: int = 60  # random strips, or tiles, cut from each crop, on the device
    strip_rows: int = 128
    tile_cols: int = 0  # with model.decoder.context=tile: columns of a tile of strip_rows

    def validate(self, model: ModelConfig) -> None:
        """Raise `ConfigError` on a value that cannot work with `model`."""
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, int) and field.name not in _MAY_BE_ZERO:
                require(value >= 1, f"data.{field.name}", value, "at least 1")
        multiple = max(model.scale, DECODER_MULTIPLE)
        for name in ("strip_rows", "patch_rows", "patch_cols", "tile_cols"):
            value = getattr(self, name)
            require(value % multiple == 0, f"data.{name}", value, f"a multiple of {multiple}")
        fits = self.patch_rows >= self.strip_rows
        require(fits, "data.patch_rows", self.patch_rows, f"at least strip_rows={self.strip_rows}")
        self._validate_tiles(model)
        wanted = "a folder with train/ and test/, or set data.records to a folder of TFRecords"
        require(bool(self.folder or self.records), "data.folder", self.folder, wanted)
        both = bool(self.folder and self.records)
        require(not both, "data.folder", self.folder, "empty where data.records is set")
        if not self.records:
            require_default(self, "data.shuffle_records", "set data.records: scenes are all held")

    def crop_cols(self, model: ModelConfig) -> int:
        """Columns of what is cut from a patch: a tile's, or a strip's."""
        return self.tile_cols or model.strip_cols

    def _validate_tiles(self, model: ModelConfig) -> None:
        name, cols = "data.tile_cols", self.tile_cols
        if model.decoder.context == TILE:
            fits = 0 < cols <= self.patch_cols
            wanted = f"above 0 and at most patch_cols={self.patch_cols} for decoder.context=tile"
            require(fits, name, cols, wanted)
        else:
            require(cols == 0, name, cols, "0, or set model.decoder.context=tile")
