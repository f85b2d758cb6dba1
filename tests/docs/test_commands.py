"""Commands in the pages: verbs, options, recipes, overlays and keys exist."""

import re
import shlex
from difflib import get_close_matches

import pytest
import yaml
from tests.docs.pages import PAGES, ROOT, RUN, blocks, prose, short

from elsewhere.cli.options import read_words, verb_options
from elsewhere.cli.verbs import VERBS
from elsewhere.recipes.shipped import find_shipped, shipped

RECIPES = {item.name for item in shipped() if not item.is_overlay}
OVERLAYS = {item.name for item in shipped() if item.is_overlay}
OF_ONES_OWN = re.compile(r"NAME|(mine|small|tiny)\.yaml|runs/\S+")
COMMANDS = [
    pytest.param(line, id=f"{short(page)}: {line[:60]}")
    for page in PAGES
    if page not in RUN
    for _, text in blocks(page, "")
    for line in text.splitlines()
    if line.startswith("elsewhere ")
]
COMMANDS += [
    pytest.param(f"elsewhere {words}", id=f"{short(page)}: torchrun {words[:60]}")
    for page in PAGES
    for _, text in blocks(page, "sh")
    for words in re.findall(
        r"^torchrun .* -m elsewhere (.*)", text.replace("\\\n", " "), re.MULTILINE
    )
]
MENTION = re.compile(r"\b(recipes?|overlays?) (`[^`]+`(?:(?:,|,? and) `[^`]+`)*)", re.IGNORECASE)


def _test_options():
    options = verb_options("test", "", resume=False)
    options.add_argument("--checkpoint")
    return options


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_exist(line):
    _, verb, *words = shlex.split(line)
    assert verb in VERBS
    if verb in ("fit", "test"):
        options = verb_options(verb, "") if verb == "fit" else _test_options()
        composition = read_words(words, options)[1]
        assert composition.recipe in RECIPES
        assert set(composition.overlays) <= OVERLAYS


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_recipes_and_overlays_named_exist(page):
    for kind, names in MENTION.findall(prose(page)):
        known = RECIPES if kind.lower().startswith("recipe") else OVERLAYS
        for name in re.findall(r"`([^`]+)`", names):
            assert name in known, f"{kind} {name}"


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_no_name_is_nearly_that_of_something_shipped(page):
    known = RECIPES | OVERLAYS
    for name in set(re.findall(r"`([a-z][a-z0-9-]+)`", prose(page))) - known:
        assert not get_close_matches(name, known, n=1, cutoff=0.85), name


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_config_options_name_what_is_shipped(page):
    for name in re.findall(r"--config ([\w./+-]+)", page.read_text(encoding="utf-8")):
        assert OF_ONES_OWN.fullmatch(name) or find_shipped(name), name


def test_the_training_page_lists_all_that_is_shipped():
    rows = re.findall(r"^\| (`.+?) \|", prose(ROOT / "docs" / "train.md"), re.MULTILINE)
    listed = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    assert listed >= RECIPES | OVERLAYS


def test_make_knows_the_commands_of_the_readme():
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"^make (\w+)$", text, re.MULTILINE)
    assert named[:2] == ["demo", "test"]
    assert set(named) <= set(targets)


def test_yaml_keys_are_dotted_paths_of_recipes():
    """Overlays shown in the pages change keys that a recipe could hold."""
    for page in PAGES:
        for _, text in blocks(page, "yaml"):
            assert yaml.safe_load(text).keys() <= {"seed", "data", "network", "task", "trainer"}
