"""Where the training scenes come from and how crops are taken from them."""

import dataclasses

from btcnet_jax.config.checks import require, require_default
from btcnet_jax.config.model import DECODER_MULTIPLE, TILE, ModelConfig

_RECORD_SIZES = ("record_rows", "record_cols", "record_stride")
_MAY_BE_ZERO = ("tile_cols", *_RECORD_SIZES)
_PLACES = ("folder", "records", "raw")


@dataclasses.dataclass(kw_only=True, slots=True)
class DataConfig:
    """Scenes or TFRecords, and the batches made of them."""

    folder: str = ""  # holds train/ and test/, each with scenes to crop anywhere; or:
    records: str = ""  # holds TFRecords made by `convert`; or:
    raw: str = ""  # holds what `convert --raw` takes, cut into the same patches without TFRecords
    dataset: str = (
        "hsi_folder"  # which data set in `records` or `raw`: aviris, whu_hi/long_kou, ...
    )
    record_rows: int = 0  # of a patch of `convert`, or of `raw`; patch_rows if 0
    record_cols: int = 0  # likewise; patch_cols if 0
    record_stride: int = 0  # distance of these patches; their smaller side if 0
    test_fraction: float = 0.2  # likewise, of the scenes, or of rows if few
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
        self._validate_place()

    def record_size(self) -> tuple[int, int]:
        """Rows and columns of the patches that are converted, or cut from `raw`."""
        return self.record_rows or self.patch_rows, self.record_cols or self.patch_cols

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

    def _validate_place(self) -> None:
        given = [name for name in _PLACES if getattr(self, name)]
        wanted = (
            "a folder with train/ and test/, or set data.records to a folder of TFRecords, or"
            " data.raw to the files that they are made of"
        )
        require(bool(given), "data.folder", self.folder, wanted)
        first = f"data.{given[0]}", getattr(self, given[0])
        require(len(given) == 1, *first, f"empty where data.{given[-1]} is set")
        if given == ["folder"]:
            for name in (*_RECORD_SIZES, "test_fraction"):
                require_default(self, f"data.{name}", "set data.raw: scenes are cropped anywhere")
        fits = 0 < self.test_fraction <= 0.5
        require(fits, "data.test_fraction", self.test_fraction, "above 0 and at most 0.5")
        for size, crop in zip(self.record_size(), ("patch_rows", "patch_cols"), strict=True):
            name, least = crop.replace("patch", "record"), getattr(self, crop)
            require(size >= least, f"data.{name}", size, f"at least {crop}={least}")
