"""Files of the published code, read without running anything in them."""

from elsewhere.published.contents import Published, read_published
from elsewhere.published.networks import Conversion, Ignored, convert_file
from elsewhere.published.saving import save_conversion

__all__ = [
    "Conversion",
    "Ignored",
    "Published",
    "convert_file",
    "read_published",
    "save_conversion",
]
