"""Where the materials of a scene lie: cover, farmland, town, water, roads."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from data_pipeline.synthetic.endmembers import Library
from data_pipeline.synthetic.fields import coverage, fractal_field, level_set
from data_pipeline.synthetic.parcels import Parcels, irregular_parcels, rotated_axes

# Mean shares of farmland, town and water of the kinds of landscape, and how often each occurs.
_KINDS = ((0.1, 0.05, 0.05), (0.8, 0.05, 0.03), (0.1, 0.75, 0.03), (0.1, 0.2, 0.45))
_FREQUENCIES = (0.2, 0.2, 0.45, 0.15)


@dataclass
class Landscape:
    """Materials over the plane, layer laid upon layer.

    Attributes:
        cover: float32 fraction of each pixel that each material covers, shape (materials, rows,
            cols); sums to one.
        height: float32 height of objects above ground in pixels, shape (rows, cols).
        patches: float32 random number of the parcel or lot that a pixel lies in, shape
            (rows, cols): neighbors in one field are alike, two fields are not.
    """

    cover: Float[ndarray, "materials rows cols"]
    height: Float[ndarray, "rows cols"]
    patches: Float[ndarray, "rows cols"]

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns."""
        _, rows, cols = self.cover.shape
        return rows, cols

    def lay(
        self, opacity: Float[ndarray, "rows cols"], layer: Float[ndarray, "materials #rows #cols"]
    ) -> None:
        """Lay a layer of materials (summing to one) over what is there."""
        self.cover *= 1 - opacity
        self.cover += opacity * layer

    def lay_material(self, opacity: Float[ndarray, "rows cols"], material: int) -> None:
        """Lay one material over what is there."""
        self.cover *= 1 - opacity
        self.cover[material] += opacity

    def mark(
        self, opacity: Float[ndarray, "rows cols"], values: Float[ndarray, "rows cols"]
    ) -> None:
        """Give the pixels of a layer the random numbers of its parcels."""
        self.patches += opacity * (values - self.patches)


def draw_landscape(rows: int, cols: int, library: Library, rng: np.random.Generator) -> Landscape:
    """Draw a landscape of one of four kinds: open, farmed, built, coastal.

    Args:
        rows, cols: shape of the plane in pixels.
        library: the materials; layers of a family that it lacks are left out.
        rng: the random stream.

    Returns:
        The landscape.
    """
    land = Landscape(
        _natural_cover(rows, cols, library, rng),
        np.zeros((rows, cols), np.float32),
        np.zeros((rows, cols), np.float32),
    )
    kind = _KINDS[rng.choice(len(_KINDS), p=_FREQUENCIES)]
    farmland, town, water = (share * rng.uniform(0.5, 1.3) for share in kind)
    _farm(land, farmland, library, rng)
    _shore(land, water, library, rng)
    _river(land, 0.25, library, rng)
    _town(land, town, library, rng)
    _roads(land, int(rng.integers(0, 4)), library, rng)
    return land


def _natural_cover(
    rows: int, cols: int, library: Library, rng: np.random.Generator
) -> Float[ndarray, "materials {rows} {cols}"]:
    """Plants, soils and rock that pass into each other, by a soft maximum of 1/f fields."""
    cover = np.zeros((len(library.families), rows, cols), np.float32)
    sharpness = np.float32(rng.uniform(0.7, 4))
    for material in library.materials("vegetation", "soil", "mineral"):
        field = fractal_field(rows, cols, rng.uniform(2.2, 3.2), rng)
        cover[material] = np.exp(sharpness * (field + np.float32(rng.normal())))
    return cover / cover.sum(0)


def _zone(land: Landscape, share: float, rng: np.random.Generator) -> Float[ndarray, "rows cols"]:
    """One or few connected areas that hold this share of the plane."""
    return level_set(fractal_field(*land.size, 3.5, rng), share)


def _farm(land: Landscape, share: float, library: Library, rng: np.random.Generator) -> None:
    """Parcels with one crop each, sown in rows, tracks between them."""
    parcels = irregular_parcels(*land.size, rng.uniform(14, 60), rng.uniform(0, np.pi), rng)
    crops = library.materials("vegetation", "soil")
    ground = library.materials("soil")[0]
    crop = rng.choice(crops, parcels.count)[parcels.label]
    closed = rng.uniform(0.3, 1, parcels.count).astype(np.float32)[parcels.label]
    closed = closed * (1 - _rows(parcels, rng))
    layer = np.zeros_like(land.cover)
    for material in crops:
        layer[material] = closed * (crop == material)
    layer[ground] += 1 - closed
    tracks = parcels.borders(rng.uniform(0.8, 1.8))
    layer *= 1 - tracks
    layer[ground] += tracks
    zone = _zone(land, share, rng)
    land.lay(zone, layer)
    land.mark(zone, rng.normal(size=parcels.count).astype(np.float32)[parcels.label])


def _rows(parcels: Parcels, rng: np.random.Generator) -> Float[ndarray, "rows cols"]:
    """Fraction of bare ground between the rows of a crop, 0 to 0.35."""
    period = rng.uniform(2.5, 9, parcels.count).astype(np.float32)
    gap = (rng.uniform(0, 0.35, parcels.count) ** 2 / 0.35).astype(np.float32)
    wave = np.cos(np.float32(2 * np.pi) * parcels.across / period[parcels.label])
    return gap[parcels.label] * (np.float32(0.5) + np.float32(0.5) * wave)


def _shore(land: Landscape, share: float, library: Library, rng: np.random.Generator) -> None:
    """Lakes or a coast."""
    for material in library.materials("water")[:1]:
        land.lay_material(_zone(land, share, rng), material)


def _river(land: Landscape, probability: float, library: Library, rng: np.random.Generator) -> None:
    """In some scenes a meandering river."""
    across, along = rotated_axes(*land.size, rng.uniform(0, np.pi))
    length, width = rng.uniform(40, 150), rng.uniform(2, 9)
    bend = np.sin(along / np.float32(length)) * np.float32(length / 3)
    wander = fractal_field(*land.size, 3.5, rng) * np.float32(6)
    flows = rng.uniform() < probability
    for material in library.materials("water")[-1:] if flows else []:
        land.lay_material(
            coverage(np.float32(width / 2) - np.abs(across + bend + wander)), material
        )


def _town(land: Landscape, share: float, library: Library, rng: np.random.Generator) -> None:
    """Lots with buildings and gardens, vehicles, streets between the blocks."""
    if not library.materials("pavement"):
        return
    shape, angle, lot = land.size, rng.uniform(0, np.pi), rng.uniform(5, 18)
    zone = _zone(land, share, rng)
    lots = irregular_parcels(*shape, lot, angle, rng)
    _yards(land, zone, lots, library, rng)
    streets = irregular_parcels(*shape, lot * rng.uniform(2, 4), angle, rng)
    street = zone * streets.borders(rng.uniform(1.5, 4))
    land.lay_material(street, int(rng.choice(library.materials("pavement"))))
    small = irregular_parcels(*shape, rng.uniform(3, 6), angle, rng)
    objects = (
        (lots, zone * (1 - street), rng.uniform(0.35, 0.65), 0.65),
        (small, zone, 0.35, 0.12),
    )
    for parcels, where, fill, often in objects:
        _buildings(land, where * parcels.rectangles(fill, often, rng), parcels, library, rng)


def _yards(
    land: Landscape,
    zone: Float[ndarray, "rows cols"],
    lots: Parcels,
    library: Library,
    rng: np.random.Generator,
) -> None:
    """Every lot its own mixture of pavement, plants and soil."""
    paved = np.sqrt(rng.beta(0.7, 0.5, lots.count)).astype(np.float32)[lots.label]
    grounds = rng.choice(library.materials("pavement"), lots.count)[lots.label]
    for material in library.materials("pavement"):
        land.lay_material(zone * paved * (grounds == material), material)
    land.mark(zone, rng.normal(size=lots.count).astype(np.float32)[lots.label])


def _buildings(
    land: Landscape,
    built: Float[ndarray, "rows cols"],
    parcels: Parcels,
    library: Library,
    rng: np.random.Generator,
) -> None:
    """Give every rectangle a roof of its own material and a height."""
    roofs = library.materials("roof") or library.materials("pavement")
    # Few materials roof most of a town; the others are rare.
    weights = rng.dirichlet(np.full(len(roofs), 0.6))
    roof = rng.choice(roofs, parcels.count, p=weights)[parcels.label]
    for material in roofs:
        land.lay_material(built * (roof == material), material)
    tall = (rng.gamma(2.0, 0.08, parcels.count)).astype(np.float32)[parcels.label]
    land.height += built * tall * np.minimum(parcels.half_width, parcels.half_length)
    land.mark(built, rng.normal(size=parcels.count).astype(np.float32)[parcels.label])


def _roads(land: Landscape, count: int, library: Library, rng: np.random.Generator) -> None:
    """Long, nearly straight roads across the whole plane."""
    for _ in range(count):
        across, along = rotated_axes(*land.size, rng.uniform(0, np.pi))
        offset = rng.uniform(-0.35, 0.35) * max(land.height.shape)
        curve = np.float32(rng.normal() * 5e-4) * along**2
        distance = np.abs(across + curve + np.float32(offset))
        for material in library.materials("pavement")[-1:]:
            land.lay_material(coverage(np.float32(rng.uniform(0.4, 2.5)) - distance), material)
