"""Self-contained pages by templates: everything is inside them, nothing is fetched."""

import base64
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from jaxtyping import UInt8
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from elsewhere.errors import plain
from elsewhere.files.writing import MADE_BY
from elsewhere.reports.result import AnyResult, run_title
from elsewhere.reports.tables import Table
from elsewhere.reports.wording import listing

if TYPE_CHECKING:
    from jinja2 import Environment

Picture = tuple[str, UInt8[np.ndarray, "height width 3"]]
"""What it shows, and its pixels."""


class PictureRow(NamedTuple):
    """Pictures that belong together.

    Attributes:
        title: heading; empty for none.
        note: one or two sentences; empty for none.
        pictures: what each shows, and its pixels.
    """

    title: str
    note: str
    pictures: Sequence[Picture]


class Chart(NamedTuple):
    """A finished chart: its `<svg>` element, and a caption of plain text, empty for none."""

    svg: str
    caption: str = ""


def render(template: str, **content: object) -> str:
    """The whole document that a template of this package makes; texts in it are escaped."""
    return _environment().get_template(f"{template}.html.jinja").render(content)


def render_run(template: str, result: AnyResult, **content: object) -> str:
    """The page of a run, with what every such page has: its title, how it was trained, by what."""
    title, versions = run_title(result), sorted(result["versions"].items())
    made = f"Made with {listing([f'{name} {of}' for name, of in versions])}." if versions else ""
    training = training_table(result)
    return render(template, title=title, lead=title, training=training, made=made, **content)


def training_table(result: AnyResult) -> Table:
    """What the method was, and how long it trained on what."""
    training, said = result["training"], cast(dict[str, Any], result)
    several = "classes" if "classes" in said else "individuals"
    count = len(said["classes"]) if "classes" in said else said["identities"]
    row = (
        result["method"],
        str(result["seed"]),
        f"{training['images']:,}",
        f"{count:,}",
        f"{training['epochs']:,}",
        f"{training['steps']:,}",
        f"{training['seconds']:,.0f} s",
    )
    header = ("method", "seed", "training pictures", several, "epochs", "steps", "time")
    return Table(header, [row])


def encode_png(picture: UInt8[np.ndarray, "height width 3"] | Image.Image) -> bytes:
    """A picture as PNG, for its file and for the page alike."""
    buffer = BytesIO()
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    said = PngInfo()
    said.add_text("Software", MADE_BY)
    # level 2 takes a third of the usual one's time, and a tenth more room
    image.save(buffer, "PNG", compress_level=2, pnginfo=said)
    return buffer.getvalue()


def png_address(picture: UInt8[np.ndarray, "height width 3"]) -> str:
    """A picture as a `data:` address, so that the page carries it."""
    return data_address(encode_png(picture))


def data_address(png: bytes) -> str:
    """A PNG as a `data:` address."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # only pages need it

    environment = Environment(
        loader=PackageLoader("elsewhere.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: plain(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["png_address"] = png_address
    return environment
