import subprocess
import sys

import pytest

HEAVY = {"jsonargparse", "lightning", "numpy", "PIL", "timm", "torch", "torchmetrics"}


def loaded_by(module):
    code = f"import {module}, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split()}


def test_importing_the_package_imports_no_library():
    loaded = loaded_by("elsewhere")
    assert "elsewhere" in loaded
    assert loaded & HEAVY == set()


@pytest.mark.parametrize("module", ["explanation", "files", "predictions", "tables", "wording"])
def test_what_shows_an_answer_loads_nothing_of_training_and_pages(module):
    loaded = loaded_by(f"elsewhere.reports.{module}")
    assert loaded & {"jinja2", "lightning", "pyarrow", "torchmetrics"} == set()


def test_searching_loads_nothing_of_pages():
    assert loaded_by("elsewhere.reports.search") & {"jinja2", "pyarrow"} == set()


def test_drawing_loads_nothing_of_training():
    assert loaded_by("elsewhere.visualization.panel") & {"lightning", "torch"} == set()
