"""The pieces of a self-contained page: everything is inside it, nothing is fetched."""

import base64
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files
from io import BytesIO
from string import Template
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8
from PIL import Image

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


class Cell(NamedTuple):
    """A table's cell with a second, quieter line."""

    text: str
    below: str = ""


def page(title: str, body: str) -> str:
    """The whole document around a body of finished HTML."""
    template = Template(_packaged("report.html"))
    return template.substitute(title=escape(title), style=_packaged("report.css"), body=body)


def header(verb: str, title: str, lead: str = "") -> str:
    """The top of a verb's page: its name, what is shown, and a line on that where there is one."""
    below = paragraph(lead, "lead") if lead else ""
    return f"<header>{paragraph(verb, 'brand')}<h1>{escape(title)}</h1>{below}</header>"


def section(title: str, *parts: str) -> str:
    """A section with its heading around finished HTML."""
    return f"<section><h2>{escape(title)}</h2>{''.join(parts)}</section>"


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of plain text; `kind` is a class of the style sheet."""
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def bullets(lines: Sequence[str]) -> str:
    """A list of plain lines."""
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def table(header: Sequence[str], rows: Sequence[Sequence[str | Cell]], caption: str = "") -> str:
    """A table of plain texts; the first column is on the left, all others on the right."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
    body = "".join(
        "<tr>"
        + "".join(_cell(cell, "th" if place == 0 else "td") for place, cell in enumerate(row))
        + "</tr>"
        for row in rows
    )
    words = f"<p class='note'>{escape(caption)}</p>" if caption else ""
    scroll = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="scroll">{scroll}</div>{words}'


def commands(lines: Sequence[str]) -> str:
    """Command lines, one below the other, ready to copy."""
    return f"<pre><code>{escape(chr(10).join(lines))}</code></pre>"


def thumbnails(row: PictureRow) -> str:
    """Small pictures side by side, their words as hover text and for screen readers."""
    pictures = "".join(_image(picture, caption=False) for picture in row.pictures)
    return f'<div class="group">{_heading(row)}<div class="thumbs">{pictures}</div></div>'


def panels(row: PictureRow) -> str:
    """Wide pictures one below the other, each with its words as caption."""
    pictures = "".join(_image(picture, caption=True) for picture in row.pictures)
    return f'<div class="group">{_heading(row)}{pictures}</div>'


def chart(svg: str, caption: str = "") -> str:
    """A finished chart with a caption of plain text."""
    words = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure class="chart">{svg}{words}</figure>'


def png_address(pixels: UInt8[np.ndarray, "height width 3"]) -> str:
    """A picture as a `data:` address, so that the page carries it."""
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=6)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _image(picture: Picture, *, caption: bool) -> str:
    words, pixels = picture
    height, width = pixels.shape[:2]
    # drawn at two pixels a unit: half of them is the size on the page
    tag = (
        f'<img src="{png_address(pixels)}" alt="{escape(words)}" title="{escape(words)}"'
        f' width="{width // 2}" height="{height // 2}">'
    )
    if not caption:
        return tag
    below = f"<figcaption>{escape(words)}</figcaption>" if words else ""
    return f'<figure class="panel"><div class="scroll">{tag}</div>{below}</figure>'


def _heading(row: PictureRow) -> str:
    title = f"<h3>{escape(row.title)}</h3>" if row.title else ""
    return title + (paragraph(row.note, "note") if row.note else "")


def _cell(cell: str | Cell, tag: str) -> str:
    scope = ' scope="row"' if tag == "th" else ""
    if isinstance(cell, str):
        return f"<{tag}{scope}>{escape(cell)}</{tag}>"
    below = f"<small>{escape(cell.below)}</small>" if cell.below else ""
    return f"<{tag}{scope}>{escape(cell.text)}{below}</{tag}>"


@cache
def _packaged(name: str) -> str:
    return files("elsewhere.reports").joinpath(name).read_text(encoding="utf-8")
