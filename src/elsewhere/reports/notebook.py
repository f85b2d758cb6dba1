"""Tables of the terminal as they are shown in a notebook."""

from io import StringIO

from rich.console import Console, RenderableType

_WIDTH = 110


def as_html(shown: RenderableType) -> str:
    """What rich would print, as one preformatted block of HTML; text in it is escaped."""
    console = Console(file=StringIO(), record=True, width=_WIDTH, force_terminal=True)
    console.print(shown)
    return console.export_html(inline_styles=True, code_format="<pre>{code}</pre>")
