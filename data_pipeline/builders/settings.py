"""What a user decides about a conversion."""

from dataclasses import dataclass

from btcnet_jax.errors import DataError


@dataclass(frozen=True, kw_only=True)
class ConversionSettings:
    """Size and place of the patches.

    Attributes:
        patch_rows: rows of a patch.
        patch_cols: columns of a patch.
        stride: distance of neighboring patches in rows and columns.
        test_fraction: share that is for testing, above 0 and at most a half; of the scenes, or of
            each scene's rows where there are few scenes. Without effect on folders train/ and test/.
        variable: name of the array in each file, for files that hold several; else None.
        axes: how its axes lie in the file, of `open_scene`, where no file says it; else None.

    Raises:
        DataError: a size is below 1, or the fraction is out of its range.
    """

    patch_rows: int = 256
    patch_cols: int = 256
    stride: int = 256
    test_fraction: float = 0.2
    variable: str | None = None
    axes: str | None = None

    def __post_init__(self) -> None:
        for name in ("patch_rows", "patch_cols", "stride"):
            if getattr(self, name) < 1:
                option = name.replace("_", "-")
                raise DataError(f"--{option} is {getattr(self, name)}; give 1 or more")
        if not 0 < self.test_fraction <= 0.5:
            raise DataError(
                f"--test-fraction is {self.test_fraction}; give more than 0 and at most 0.5"
            )
