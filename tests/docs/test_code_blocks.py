"""Python in the pages runs, and YAML in them is YAML."""

import ast
from pkgutil import resolve_name

import pytest
import torch
import yaml
from tests.docs.pages import NEEDS_PICTURES, PAGES, blocks, short

import elsewhere

CODE = [
    pytest.param(page, line, code, id=f"{short(page)}:{line}")
    for page in PAGES
    for line, code in blocks(page, "python")
]
PYTHON = [param for param in CODE if NEEDS_PICTURES not in param.values[2]]
NOT_RUN = [param for param in CODE if NEEDS_PICTURES in param.values[2]]
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


@pytest.mark.parametrize(("page", "line", "code"), NOT_RUN)
def test_what_other_python_imports_is_there(page, line, code):
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("elsewhere"):
            for name in node.names:
                resolve_name(f"{node.module}.{name.name}")
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "elsewhere":
            resolve_name(f"elsewhere.{node.attr}")


def test_there_is_python_to_run():
    pages = {param.values[0].name for param in PYTHON}
    assert {"README.md", "method.md", "data.md", "extend.md"} <= pages


@pytest.mark.parametrize("text", YAML)
def test_yaml_is_a_mapping(text):
    assert isinstance(yaml.safe_load(text), dict)
