"""Packages that only some commands need, and one line for whoever installed without them."""

import importlib

from btcnet_jax.errors import MissingExtraError

EXTRAS: dict[str, tuple[str, ...]] = {
    "train": ("absl", "ml_collections", "optax", "orbax.checkpoint", "matplotlib"),
    "pictures": ("matplotlib",),
    "beam": ("apache_beam",),
    "remote": ("fsspec",),
    "arrays": ("xarray", "zarr", "numcodecs"),
    "onnx": ("onnx", "onnxruntime"),
    "tfc": ("tensorflow_compression_ops",),
    "benchmark": ("imagecodecs", "jinja2", "matplotlib", "PIL", "skimage", "sklearn"),
}
"""What is imported of an extra of setup.cfg; TensorFlow, of [data], is asked for where it is set up."""

# Under which names packages are installed, where these differ from those that are imported.
_INSTALLED_AS = {
    "absl": "absl-py",
    "apache_beam": "apache-beam",
    "orbax": "orbax-checkpoint",
    "PIL": "pillow",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "tensorflow_compression_ops": "tensorflow-compression-ops",
    "tensorflow_datasets": "tensorflow-datasets",
}

# Extras that cannot be installed beside the others: they take an older TensorFlow and JAX.
_APART = ("tfc",)


def require_extra(extra: str, *packages: str) -> None:
    """Refuse to go on where packages of an extra cannot be imported.

    They are imported, not only looked for: whoever asks needs them next, and an installation may be broken.

    Args:
        extra: its name in setup.cfg.
        packages: of the extra; those in `EXTRAS` if none is named.

    Raises:
        MissingExtraError: names the package and the extra.
    """
    for package in packages or EXTRAS[extra]:
        try:
            importlib.import_module(package)
        except ImportError as error:
            raise missing_extra(extra, error) from None


def missing_extra(extra: str, error: ImportError) -> MissingExtraError:
    """The error to raise where an import of an extra's package has failed."""
    package = (error.name or str(error)).partition(".")[0]
    return MissingExtraError(
        f"{_INSTALLED_AS.get(package, package)} cannot be imported: {how_to_install(extra)}"
    )


def how_to_install(extra: str) -> str:
    """What to type for an extra, to end a message with."""
    where = " in an environment of its own" if extra in _APART else ""
    return f"pip install 'btcnet_jax[{extra}]'{where}"
