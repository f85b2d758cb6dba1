"""Self-contained pages by templates: everything is inside them, nothing is fetched."""

import base64
from collections.abc import Mapping, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypedDict

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from elsewhere.errors import plain
from elsewhere.files.writing import write_atomically
from elsewhere.reports.result import RunFacts
from elsewhere.reports.wording import listing
from elsewhere.visualization.charts import line_chart

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


class Shown(TypedDict, total=False):
    """What a run's page shows beside its figures, all of it optional.

    `about` has paragraphs on what was trained on what, `samples` small pictures of the data,
    `looks` panels that show where each model looks and `rule` how they were chosen, `curves` a
    measure against epochs as fractions, a line a name, `notes` honest remarks beside those that
    the page makes itself, and `commands` the lines that make these numbers again.
    """

    about: Sequence[str]
    samples: Sequence[PictureRow]
    rule: str
    looks: Sequence[PictureRow]
    curves: Mapping[str, Sequence[tuple[float, float]]] | None
    notes: Sequence[str]
    commands: Sequence[str]


def render(template: str, **content: object) -> str:
    """The whole document that a template of this package makes; texts in it are escaped."""
    return _environment().get_template(f"{template}.html.jinja").render(content)


def render_run(
    template: str, results: Sequence[RunFacts], shown: Shown, measure: str, **content: object
) -> str:
    """The page of runs, with what every such page has.

    Args:
        template: as for `render`.
        results: the runs.
        shown: beside their figures.
        measure: what its curves are of.
        **content: all else that the template names.
    """
    versions = {f"{name} {of}" for result in results for name, of in result["versions"].items()}
    blank = Shown(about=(), samples=(), rule="", looks=(), curves={}, notes=(), commands=())
    curves = shown.get("curves")
    drawn = [Chart(line_chart(curves, x_label="epochs", y_label=measure))] if curves else []
    made = f"Made with {listing(sorted(versions))}." if versions else ""
    return render(template, shown=blank | shown, made=made, curves=drawn, **content)


def write_report(path: Path, html: str) -> Path:
    """Write a finished page atomically.

    Raises:
        ElsewhereError: the file cannot be written.
    """
    return write_atomically(path, html)


def png_address(pixels: UInt8[np.ndarray, "height width 3"]) -> str:
    """A picture as a `data:` address, so that the page carries it."""
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=6)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


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
