"""What is shown on a terminal: names of strangers' files are shown there, never obeyed."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.segment import Segment

from elsewhere.errors import plain


class Terminal(Console):
    """A console on which a name cannot move the cursor, change colours or set the title."""

    def render(self, *given: Any, **named: Any) -> Iterable[Segment]:
        """Render as rich does; what a text holds for the terminal to obey is spelled out."""
        for segment in super().render(*given, **named):
            if segment.control:
                yield segment
            else:
                yield segment._replace(text=plain(segment.text))
