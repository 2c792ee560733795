"""The page and its pictures on disk, whole or not at all."""

from pathlib import Path

from btcnet_jax.files import atomic_path

_PAGE, _PICTURES = "report.html", "report"


def write_page(folder: Path, page: str, pictures: dict[str, bytes]) -> Path:
    """Write the page and, in a folder beside it that is replaced as a whole, its pictures.

    Args:
        folder: exists.
        page: HTML.
        pictures: a PNG for each file name.

    Returns:
        The page's file.

    Raises:
        BtcnetError: the folder is missing or cannot be written to, or the disk is full.
    """
    target = folder / _PAGE
    with atomic_path(target) as temporary:
        temporary.write_text(page, encoding="utf-8")
        fresh = temporary.parent / "pictures"
        fresh.mkdir()
        for name, png in pictures.items():
            (fresh / name).write_bytes(png)
        _exchange(fresh, folder / _PICTURES, temporary.parent / "former")
    return target


def _exchange(fresh: Path, target: Path, aside: Path) -> None:
    """Put a folder in another's place, which is moved aside; back again if the putting fails."""
    if target.exists():
        target.replace(aside)
    try:
        fresh.replace(target)
    except OSError:
        if aside.exists():
            aside.replace(target)
        raise
