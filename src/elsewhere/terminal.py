"""What is shown on a terminal: names of strangers' files are shown there, never obeyed."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
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


def notes() -> Terminal:
    """Standard error, for remarks and progress: plain text, a line each."""
    return Terminal(stderr=True, highlight=False, markup=False, soft_wrap=True, force_jupyter=False)


def counting_bar(console: Console, **more: Any) -> Progress:
    """A bar of what is done, of how much, and how long the rest will take; gone at its end."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        **more,
    )


def clock(seconds: float) -> str:
    """A time as m:ss, or h:mm:ss."""
    minutes, seconds = divmod(round(max(seconds, 0)), 60)
    hours, rest = divmod(minutes, 60)
    return f"{hours}:{rest:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
