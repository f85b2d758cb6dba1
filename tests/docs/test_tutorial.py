"""The tutorials, command by command, and what they say that is printed."""

import re
import shlex

import pytest
from tests.docs.pages import TUTORIALS, blocks, short

from elsewhere.cli import main


def skeleton(line):
    """A line without its numbers, fingerprints, rulers and spaces."""
    line = re.sub(r"-[0-9a-f]{10}\b", "-F", line)
    return " ".join(re.sub(r"[+-]?\d[\d.,]*|∙|[─]", "#", line).split())


@pytest.mark.parametrize("page", TUTORIALS, ids=short)
def test_a_tutorial_prints_what_it_says(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (recipe,) = (text for _, text in blocks(page, "yaml"))
    (tmp_path / "small.yaml").write_text(recipe)
    steps = sorted([*blocks(page, ""), *blocks(page, "text")])
    told = 0
    for (line, commands), (_, expected) in zip(steps[::2], steps[1::2], strict=True):
        assert commands.startswith("elsewhere "), line
        for command in commands.splitlines():
            words = shlex.split(command)[1:]
            alone = ["--jobs=1"] if words[0] == "trial" else []  # processes cost seconds to start
            assert main([*words, *alone]) == 0, command
        said = capsys.readouterr()
        print(said.out, said.err)
        printed = [skeleton(each) for each in f"{said.out}\n{said.err}".splitlines()]
        for wanted in map(skeleton, expected.splitlines()):
            told += 1
            assert any(wanted in each for each in printed), (wanted, said.out, said.err)
    assert told > 15
