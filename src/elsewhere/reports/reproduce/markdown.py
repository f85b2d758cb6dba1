"""A reproduced table as Markdown."""

from collections.abc import Sequence

from elsewhere.reports.markdown import markdown_table
from elsewhere.reports.reproduce import wording
from elsewhere.reports.reproduce.collected import Collected


def reproduced_markdown(collected: Collected, pictures: Sequence[tuple[str, str]] = ()) -> str:
    """The table, gains over the baseline, pictures beside it, and what has to be known.

    Args:
        collected: the experiment as far as it has been run.
        pictures: what each shows, and its file beside the page.
    """
    parts = [f"# {wording.heading(collected)}"]
    for panel in wording.panels(collected):
        parts += [f"## {panel.title}"] if panel.title else []
        parts.append(markdown_table(panel.header, [*panel.quoted, *panel.measured]))
    gains = wording.gain_rows(collected.gains)
    parts += [markdown_table(wording.GAIN_HEADER, gains)] if gains else []
    header, rows = wording.sweep_rows(collected)
    parts += [markdown_table(header, rows)] if rows else []
    parts += [f"![{words}]({file})" for words, file in pictures]
    parts.append("\n".join(f"- {line}" for line in wording.remarks(collected)))
    return "\n\n".join(part.rstrip("\n") for part in parts if part) + "\n"
