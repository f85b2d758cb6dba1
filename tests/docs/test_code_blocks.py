"""Python in the pages runs, and YAML in them is YAML."""

import pytest
import torch
import yaml
from tests.docs.pages import NEEDS_PICTURES, PAGES, blocks, short

import elsewhere

PYTHON = [
    pytest.param(page, line, code, id=f"{short(page)}:{line}")
    for page in PAGES
    for line, code in blocks(page, "python")
    if NEEDS_PICTURES not in code
]
YAML = [
    pytest.param(text, id=f"{short(page)}:{line}")
    for page in PAGES
    for line, text in blocks(page, "yaml")
]


def given() -> dict[str, object]:
    """What a reader has at hand: a model, some images and their labels."""
    torch.manual_seed(0)
    model = elsewhere.AttentionNetwork(elsewhere.SmallResNet(), heads=2, classes=3)
    return {
        "__name__": "__main__",
        "model": model,
        "images": torch.rand(2, 3, 64, 64),
        "labels": torch.tensor([0, 2]),
    }


@pytest.mark.parametrize(("page", "line", "code"), PYTHON)
@pytest.mark.usefixtures("workshop")
def test_python_runs(page, line, code):
    # blank lines first, so that a traceback names the page's own line
    exec(compile("\n" * (line - 1) + code, str(page), "exec"), given())


def test_there_is_python_to_run():
    pages = {param.values[0].name for param in PYTHON}
    assert {"README.md", "method.md", "data.md", "extend.md"} <= pages


@pytest.mark.parametrize("text", YAML)
def test_yaml_is_a_mapping(text):
    assert isinstance(yaml.safe_load(text), dict)
