import subprocess
import sys

import pytest

HEAVY = {"jsonargparse", "lightning", "numpy", "PIL", "timm", "torch", "torchmetrics"}


def loaded_by(code: str) -> set[str]:
    """Every package that is loaded once the code has run in a process of its own."""
    code = f"import sys; {code}; print('loaded', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split("loaded ")[-1].split()}


def test_importing_the_package_imports_no_library():
    loaded = loaded_by("import elsewhere")
    assert "elsewhere" in loaded
    assert loaded & HEAVY == set()


SHOWING = ("explanation", "found", "predictions", "tables", "wording")


def test_what_shows_an_answer_loads_nothing_of_training_and_pages():
    loaded = loaded_by(f"from elsewhere.reports import {', '.join(SHOWING)}")
    assert loaded & {"jinja2", "lightning", "pyarrow", "torchmetrics"} == set()


def test_showing_pictures_loads_nothing_of_training():
    assert loaded_by("import elsewhere.visualization.panel") & {"lightning", "torch"} == set()


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["cub", "--help"],
        ["birds", "{folder}", "--species=2", "--size=16", "--train=1", "--val=1", "--test=1"],
        ["market", "{folder}", "--size=32", "--train=1", "--test=2", "--distractors=0"],
    ],
    ids=lambda words: words[0],
)
def test_drawing_needs_no_torch(words, tmp_path):
    words = ["make-data", *(word.format(folder=tmp_path / "set") for word in words)]
    loaded = loaded_by(f"from elsewhere.cli import main; assert main({words!r}) == 0")
    assert "PIL" in loaded
    assert loaded & {"torch", "lightning", "timm", "torchvision", "jsonargparse"} == set()


def test_the_help_of_convert_needs_no_torch():
    loaded = loaded_by("from elsewhere.cli import main; assert main(['convert', '--help']) == 0")
    assert loaded & HEAVY == set()


def test_readers_and_their_checks_need_no_torch():
    names = "check_images, read_images, read_set, read_own, split_by_seed, RecordTable"
    code = f"from elsewhere.data import {names}; import elsewhere.data.sets.classes.reading"
    assert not loaded_by(code) & {"torch", "lightning"}
