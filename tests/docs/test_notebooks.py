"""The notebooks run from beginning to end, and show what they are for."""

import os

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from tests.docs.pages import ROOT, short

pytestmark = pytest.mark.slow
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
SHOWN = {
    "a-first-look": {"text/html": 2, "image/png": 2},  # run and answer; panel and do(A = …)
    "does-it-pay": {"text/html": 2, "image/svg+xml": 1},  # check and trial; the curves
}


@pytest.fixture(scope="module")
def kernel():
    """One kernel for all, since each one loads torch; `%reset` empties it in between."""
    manager, client = start_new_kernel(env={**os.environ, "OMP_NUM_THREADS": "1"})
    client.stop_channels()
    yield manager
    manager.shutdown_kernel(now=True)


@pytest.mark.parametrize("file", NOTEBOOKS, ids=short)
def test_a_notebook_runs(file, kernel, tmp_path):
    notebook = nbformat.read(file, as_version=4)
    fresh = f"%reset -f\nimport os\nos.chdir({str(tmp_path)!r})\ndel os"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(fresh))
    NotebookClient(notebook, km=kernel, timeout=300).execute()
    shown = [
        kind
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        for kind in output.get("data", ())
    ]
    assert {kind: shown.count(kind) for kind in SHOWN[file.stem]} == SHOWN[file.stem]


@pytest.mark.parametrize("file", NOTEBOOKS, ids=short)
def test_a_notebook_is_kept_without_outputs(file):
    notebook = nbformat.read(file, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(code) > 4
    assert not any(cell.outputs or cell.execution_count for cell in code)
