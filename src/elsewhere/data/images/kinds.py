"""Which files are images by their suffix, and which of those can be read here."""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

from PIL import Image


def _words(text: str) -> list[str]:
    return text.split()


_ALWAYS = frozenset(
    _words(".jpg .jpeg .jpe .jfif .png .webp .bmp .gif .tif .tiff .ppm .pgm .pbm .pnm")
)
"""What every Pillow reads; of the rest it is asked."""
_HEIF = frozenset({".heic", ".heif", ".hif"})
_OTHERS = frozenset(
    _words(
        ".avif .apng .mpo .dib .tga .jp2 .j2k .j2c .jpx .jpf .qoi .pcx .jxl .jxr .psd .xcf .svg "
        ".eps .raw .dng .cr2 .cr3 .crw .nef .arw .raf .orf .rw2 .pef .srw"
    )
)
# these Pillow opens only by running another program, or as a picture of a document
_REFUSED = frozenset({".eps", ".psd"})
NEED = "pip install elsewhere[heic]"


def is_image(path: Path) -> bool:
    """Whether a file calls itself, by its suffix, an image of a kind that is read."""
    suffix = path.suffix.lower()
    return suffix in _ALWAYS or (suffix in _HEIF | _OTHERS and _is_read(suffix))


def is_unread(path: Path) -> bool:
    """Whether a file calls itself an image of a kind that is not read here."""
    return path.suffix.lower() in _HEIF | _OTHERS and not is_image(path)


def unread_kinds(paths: Iterable[Path]) -> str:
    """Count such files by kind, and say what would read them: "8 × .heic (pip install …)"."""
    counts = Counter(path.suffix.lower() for path in paths if is_unread(path))
    named = [f"{count} × {suffix}" for suffix, count in sorted(counts.items())]
    return ", ".join(named) + (f" ({NEED})" if _HEIF & counts.keys() else "")


@cache
def register_heif() -> None:
    """Let Pillow open HEIC where a library for it is installed; Pillow alone does not."""
    with suppress(ImportError):
        from pillow_heif import register_heif_opener

        register_heif_opener()


def _is_read(suffix: str) -> bool:
    if suffix in _HEIF:
        register_heif()
    return suffix in Image.registered_extensions() and suffix not in _REFUSED
