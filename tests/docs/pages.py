"""The pages that a reader sees, and what is taken out of them."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
TUTORIALS = [ROOT / "docs" / name for name in ("tutorial.md", "tutorial-individuals.md")]
TROUBLES = ROOT / "docs" / "troubleshooting.md"
RUN = [*TUTORIALS, TROUBLES]
"""Pages that are run as a whole, each command beside what it prints."""
NEEDS_PICTURES = "# needs pictures"
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def short(page: Path) -> str:
    """Name a page by its path in the repository."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, language: str) -> list[tuple[int, str]]:
    """Line and text of every fenced block of a language."""
    text = page.read_text(encoding="utf-8")
    return [
        (text[: found.start(2)].count("\n") + 1, found[2])
        for found in _FENCE.finditer(text)
        if found[1] == language
    ]


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def links(page: Path) -> list[str]:
    """Targets of links and pictures that lie in the repository."""
    found = re.findall(r"\]\(([^)\s]+)\)", prose(page))
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchors(page: Path) -> set[str]:
    """Names of a page's headings, as they are written behind a # in a link."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}
