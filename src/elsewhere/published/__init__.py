"""Files of the published code, read without running anything in them."""

from elsewhere.published.contents import Published, read_published
from elsewhere.published.conversion import Conversion, convert_file, save_conversion
from elsewhere.published.filling import Filled, Ignored

__all__ = [
    "Conversion",
    "Filled",
    "Ignored",
    "Published",
    "convert_file",
    "read_published",
    "save_conversion",
]
