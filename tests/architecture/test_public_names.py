import ast
import inspect
from pathlib import Path

import pytest

import elsewhere
import elsewhere.data
import elsewhere.drawn
from elsewhere.late import homes

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


@pytest.mark.parametrize("package", [elsewhere, elsewhere.data])
def test_type_checkers_see_the_same_names(package):
    tree = ast.parse(Path(package.__file__).read_text(encoding="utf-8"))
    seen = {
        alias.asname: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname
    }
    told = {name: f"{home}.{name}" for name, home in homes(package._NAMES).items()}
    # what is drawn lies above the data, which may not import it
    assert seen == {name: home for name, home in told.items() if ".drawn." not in home}
    assert all(hasattr(package, name) for name in package.__all__)


def test_what_is_drawn_has_its_old_names_too():
    """Recipes and checkpoints of before say elsewhere.data."""
    for name in ("DrawnBirds", "DrawnIndividuals"):
        assert getattr(elsewhere.data, name) is getattr(elsewhere.drawn, name)
    for package in (elsewhere.data, elsewhere.drawn):
        with pytest.raises(AttributeError, match="no attribute 'DrawnFish'"):
            package.DrawnFish  # noqa: B018


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Elsewhere'"):
        elsewhere.Elsewhere  # noqa: B018
