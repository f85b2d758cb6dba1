"""The example that each public name's docstring ends with does what it says."""

import doctest
import inspect
import shutil

import pytest
import torch
from tests.docs.workshop import furnish

import elsewhere

NAMES = sorted(elsewhere.__all__)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workshop")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        furnish(folder)
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_the_example_runs(name, workshop, tmp_path, monkeypatch):
    here = tmp_path / "here"
    shutil.copytree(workshop, here)
    monkeypatch.chdir(here)
    torch.manual_seed(0)
    text = inspect.getdoc(getattr(elsewhere, name))
    assert text.rpartition("\n\n")[2].startswith("Example:\n    >>> "), "ends with an example"
    names = {"elsewhere": elsewhere, "torch": torch}
    test = doctest.DocTestParser().get_doctest(text, names, name, None, None)
    out: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=out.append)
    assert not out, "".join(out)
