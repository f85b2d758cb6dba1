import ast
import inspect
from pathlib import Path

import pytest

import elsewhere

PROMISED = (Path(__file__).parent / "public_names.txt").read_text().split()


def test_the_public_names_are_the_promised_ones():
    """To add or take away a name is a decision: change the list with it."""
    assert sorted(elsewhere.__all__) == PROMISED
    assert dir(elsewhere) == PROMISED


@pytest.mark.parametrize("name", PROMISED)
def test_every_public_name_says_what_it_is(name):
    thing = getattr(elsewhere, name)
    assert thing.__module__.startswith("elsewhere.")
    assert inspect.getdoc(thing)
    assert thing.__doc__  # its own, not a parent's
    assert thing.__doc__.split(".")[0] != thing.__name__
    # NamedTuples get a signature for a docstring unless they have one
    assert not thing.__doc__.startswith(f"{name}(")


def test_type_checkers_see_the_same_names():
    tree = ast.parse(Path(elsewhere.__file__).read_text(encoding="utf-8"))
    seen = {
        alias.asname: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname
    }
    homes = {name: f"{home}.{name}" for name, home in elsewhere._HOMES.items()}
    assert seen == homes


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Elsewhere'"):
        elsewhere.Elsewhere  # noqa: B018
