"""The command line parses arguments and prints; the work is done by typed functions below it."""

import ast
from pathlib import Path

import pytest

from elsewhere.cli.verbs import VERBS

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "elsewhere"


def imported(file):
    """Names of the modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_arguments_are_parsed_in_the_command_line_alone():
    users = {
        file.relative_to(SOURCE).parts[0]
        for file in SOURCE.rglob("*.py")
        if "argparse" in {name.split(".")[0] for name in imported(file)}
    }
    assert users == {"cli"}


def test_every_verb_is_one_file():
    for name, verb in VERBS.items():
        assert verb.module == f"elsewhere.cli.{name.replace('-', '_')}"
    others = {"__init__", "command", "ending", "help", "options", "output", "verbs"}
    files = {file.stem for file in (SOURCE / "cli").rglob("*.py")}
    assert files - others == {name.replace("-", "_") for name in VERBS}


@pytest.mark.parametrize("folder", ["benchmarks", "examples"])
def test_what_is_no_command_does_without_the_command_line(folder):
    for file in (ROOT / folder).rglob("*.py"):
        assert not any(name.startswith("elsewhere.cli") for name in imported(file)), file
