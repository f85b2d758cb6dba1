"""What the pages name exists: pages, headings, files, public names."""

import re
from importlib import import_module

import pytest
import yaml
from tests.docs.pages import PAGES, ROOT, anchors, links, prose, short

PICTURE_TO_COME = ROOT / "docs" / "pictures" / "looks.jpg"
FOLDERS = ("src", "tests", "benchmarks", "examples", "docs")


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_links_lead_somewhere(page):
    for link in links(page):
        place, _, anchor = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        assert target.exists() or target == PICTURE_TO_COME, link
        if anchor:
            assert anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_files_named_exist(page):
    for name in re.findall(r"`((?:\w|[./-])+)`", prose(page)):
        if name.split("/")[0] in FOLDERS and "/" in name:
            assert (ROOT / name).exists(), name


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_names_of_the_package_exist(page):
    named = re.findall(r"(?:`|^::: )(elsewhere(?:\.\w+)+)", prose(page), re.MULTILINE)
    for name in named:
        assert exists(name), name


def exists(name: str) -> bool:
    """Whether a dotted name is a module, or something in one."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            here = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            if not hasattr(here, part):
                return False
            here = getattr(here, part)
        return True
    return False


def test_a_missing_name_is_noticed():
    assert exists("elsewhere.AttentionNetwork.predict")
    assert not exists("elsewhere.AttentionNetwork.forecast")


def test_every_page_is_in_the_navigation():
    entries = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]
    listed = {page for entry in entries for page in _files(entry)}
    docs = ROOT / "docs"
    assert listed == {page.relative_to(docs).as_posix() for page in docs.rglob("*.md")}


def _files(entry):
    if isinstance(entry, str):
        return [entry]
    inner = entry.values() if isinstance(entry, dict) else entry
    return [file for value in inner for file in _files(value)]
