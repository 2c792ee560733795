"""GeoTIFF: all that is known goes where GDAL looks for it."""

from decimal import Decimal
from pathlib import Path

from rasterio.io import DatasetWriter

from btcnet_jax.files import atomic_path
from btcnet_jax.scene.scene import Scene
from btcnet_jax.scene.stream import SceneStream
from data_pipeline.writers.attributes import flat_tags
from data_pipeline.writers.lost import mask_of_samples, pixel_mask, unkept_arrays, words_of
from data_pipeline.writers.raster import band_lists, write_names, write_raster

_PROFILE = {
    "driver": "GTiff",
    "interleave": "band",
    "compress": "deflate",
    "photometric": "minisblack",  # Else three bands of bytes are marked as red, green, blue.
    "BIGTIFF": "IF_SAFER",
}


def write_geotiff(path: Path, stream: SceneStream) -> list[str]:
    """Writes a GeoTIFF; arguments and result are those of `write_cube`.

    A mask is written inside. Wavelengths and fwhm go into GDAL's domain IMAGERY in micrometers, and as
    tags in nanometers, which tools before GDAL 3.10 show; bad bands into tags `bbl`; scale, offset and unit are
    each band's.
    """
    with atomic_path(path) as temporary:
        scene = write_raster(path, temporary, stream, _PROFILE, _describe)
    lost = words_of(scene, ["glt", *(["gcps"] if scene.transform is not None else [])])
    tags, same = flat_tags(scene)
    unnamed = [f"tag {name[:40]!r}" for name in tags if not _is_key(name)]
    return [*lost, *mask_of_samples(scene), *unnamed, *same, *unkept_arrays(scene)]


def _describe(raster: DatasetWriter, scene: Scene) -> None:
    if (mask := pixel_mask(scene)) is not None:
        raster.write_mask(mask)
    if tags := {name: text for name, text in flat_tags(scene)[0].items() if _is_key(name)}:
        raster.update_tags(**tags)
    write_names(raster, scene)
    _calibrate(raster, scene)
    lists = band_lists(scene)
    units = {"wavelength_units": "Nanometers"} if scene.wavelengths is not None else {}
    domain = {"wavelength": "CENTRAL_WAVELENGTH_UM", "fwhm": "FWHM_UM"}
    for band in raster.indexes:
        own = {name: words[band - 1] for name, words in lists.items()}
        raster.update_tags(band, **own, **units)
        imagery = {domain[name]: _micrometers(word) for name, word in own.items() if name in domain}
        if imagery:
            raster.update_tags(band, ns="IMAGERY", **imagery)


def _calibrate(raster: DatasetWriter, scene: Scene) -> None:
    if scene.scale is not None:
        raster.scales = tuple(map(float, scene.scale))
    if scene.offset is not None:
        raster.offsets = tuple(map(float, scene.offset))
    if scene.units is not None:
        raster.units = (scene.units,) * raster.count


def _is_key(name: str) -> bool:
    return "=" not in name and name.isprintable()


def _micrometers(nanometers: str) -> str:
    """In decimals, so that the same number of nanometers is read again."""
    return str(Decimal(nanometers).scaleb(-3))
