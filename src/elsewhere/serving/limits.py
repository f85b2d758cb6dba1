"""What a stranger may send: how much, of which kinds, how slowly."""

from typing import NamedTuple

from elsewhere.data.images.opening import open_image
from elsewhere.errors import DataError, ElsewhereError

KINDS = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF")
"""Kinds whose header tells the size that decoding takes."""
_ASIDE = 2**16


class Refused(ElsewhereError):  # noqa: N818 - no mistake, but what is said
    """Something a client can put right; `status` is that of the answer, 4xx or 503."""

    def __init__(self, status: int, line: str) -> None:
        super().__init__(line)
        self.status = status


class Limits(NamedTuple):
    """How much may be asked of a service at a time.

    Attributes:
        file_bytes: of an image's file.
        pixels: of an image, as its header says before anything is decoded.
        seconds: that sending a request's head may take, and once more its body.
        waiting: images that may wait for the model; who comes then is told to come again.
        connections: at the same time.

    Examples:
        >>> from elsewhere.serving import Limits
        >>> Limits(pixels=1_000_000).file_bytes
        20971520
    """

    file_bytes: int = 20 * 2**20
    pixels: int = 50_000_000
    seconds: float = 30.0
    waiting: int = 256
    connections: int = 512

    @property
    def body_bytes(self) -> int:
        """Bytes of a whole request: two images, and words beside them."""
        return 2 * self.file_bytes + _ASIDE

    def check_image(self, content: bytes) -> None:
        """See that an image may be decoded, by its size and its header alone.

        Raises:
            Refused: it is too large, or no image of a kind that is taken.
        """
        if not content:
            raise Refused(422, "the file is empty")
        if len(content) > self.file_bytes:
            raise Refused(
                413, f"{len(content):,} bytes, more than the {self.file_bytes:,} taken here"
            )
        try:
            with open_image(content) as image:
                kind, (width, height) = image.format, image.size
        except DataError as error:
            raise Refused(422, str(error).removeprefix("image: ")) from error
        if kind not in KINDS:
            raise Refused(415, f"{kind} is not taken here; send JPEG, PNG, WebP, GIF, BMP or TIFF")
        if width * height > self.pixels:
            size = f"{width} x {height} pixels"
            raise Refused(413, f"{size}, more than the {self.pixels:,} taken here; make it smaller")
