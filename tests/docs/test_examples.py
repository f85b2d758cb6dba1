"""The example that each public name's docstring ends with does what it says."""

import doctest
import inspect

import pytest
import torch

import elsewhere

NAMES = sorted(elsewhere.__all__)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("workshop")
def test_the_example_runs(name):
    torch.manual_seed(0)
    text = inspect.getdoc(getattr(elsewhere, name))
    assert text.rpartition("\n\n")[2].startswith("Examples:\n    >>> "), "ends with an example"
    names = {"elsewhere": elsewhere, "torch": torch}
    test = doctest.DocTestParser().get_doctest(text, names, name, None, None)
    out: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=out.append)
    assert not out, "".join(out)
