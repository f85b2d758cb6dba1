"""The tutorials and the lines that go wrong, command by command, and what is said to be printed."""

import re
import shlex

import pytest
from tests.docs.pages import ROOT, TROUBLES, TUTORIALS, blocks, short

from elsewhere.cli import main

pytestmark = pytest.mark.slow
MACHINES = ROOT / "docs" / "several-machines.md"
_JOINED = re.compile(r"""["']\s*\n\s*f?["']""")
"""Between two parts of one string in the source."""


def skeleton(line):
    """A line without its numbers, fingerprints, rulers and spaces."""
    line = re.sub(r"-[0-9a-f]{10}\b", "-F", line)
    return " ".join(re.sub(r"[+-]?\d[\d.,]*|∙|[─]", "#", line).split())


def steps_of(page):
    """Commands and the lines expected of them, in order; no commands where lines stand alone."""
    commands = None
    shown = dict(blocks(page, "text"))
    for line, text in sorted([*blocks(page, ""), *shown.items()]):
        if line not in shown:
            assert commands is None, f"nothing is said to be printed by {commands}"
            commands = text.splitlines()
        else:
            yield commands or [], text.splitlines()
            commands = None


def missing_lines(commands, expected, capsys, status):
    """Run commands, which end with that status, and return what they did not print."""
    for command in commands:
        words = shlex.split(command)
        assert words.pop(0) == "elsewhere"
        alone = ["--jobs=1"] if words[0] == "trial" else []  # processes cost seconds to start
        assert main([*words, *alone]) in status, command
    said = capsys.readouterr()
    print(said.out, said.err)
    printed = [skeleton(each) for each in f"{said.out}\n{said.err}".splitlines()]
    wanted = map(skeleton, expected)
    return [line for line in wanted if not any(line in each for each in printed)]


@pytest.mark.parametrize("page", TUTORIALS, ids=short)
def test_a_tutorial_prints_what_it_says(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (recipe,) = (text for _, text in blocks(page, "yaml"))
    (tmp_path / "small.yaml").write_text(recipe)
    told = 0
    for commands, expected in steps_of(page):
        assert commands
        assert not missing_lines(commands, expected, capsys, status=(0,))
        told += len(expected)
    assert told > 15


@pytest.mark.usefixtures("workshop")
def test_troubles_are_said_as_the_page_says(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "200")
    told = 0
    for commands, expected in steps_of(TROUBLES):
        if commands:
            assert not missing_lines(commands, expected, capsys, status=(0, 2))
            told += len(expected)
    assert told > 10


def test_troubles_that_no_test_makes_are_in_the_source():
    source = _JOINED.sub("", "".join(file.read_text() for file in (ROOT / "src").rglob("*.py")))
    alone = [line for commands, lines in steps_of(TROUBLES) if not commands for line in lines]
    alone += [line for _, text in blocks(MACHINES, "text") for line in text.splitlines()]
    assert len(alone) > 5
    for line in alone:
        for part in line.split("…"):
            assert part.strip() in source, part
