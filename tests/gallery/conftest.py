import csv
import shutil

import pytest
from tests.retrieval.individuals import write_bundle

from elsewhere.cli import main
from elsewhere.structures import Preprocessing


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    size = Preprocessing((32, 32), (32, 32))  # of the drawn pictures, so that loops need not resize
    return write_bundle(tmp_path_factory.mktemp("models") / "bundle", preprocessing=size)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory):
    """Drawn vehicles with a list, which says cameras and much else."""
    folder = tmp_path_factory.mktemp("drawn") / "set"
    words = ["--train=2", "--val=1", "--test=2", "--size=32"]
    assert main(["make-data", "vehicles", str(folder), *words]) == 0
    first, *lines = (folder / "labels.csv").read_text().splitlines()
    said = ["wet", *[""] * (len(lines) - 1)]
    rows = [f"{line},{note}" for line, note in zip([first, *lines], ["note", *said], strict=True)]
    (folder / "labels.csv").write_text("\n".join(rows))
    return folder


@pytest.fixture
def rows(drawn, tmp_path, monkeypatch):
    """Rows of the list, and its images, where this process is."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(drawn, tmp_path, dirs_exist_ok=True)
    with (tmp_path / "labels.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.fixture
def say(capsys):
    """Run `elsewhere gallery …`; what it prints, or its complaint."""

    def run(*words):
        capsys.readouterr()
        status = main(["gallery", *map(str, words)])
        captured = capsys.readouterr()
        assert (status == 0) == (captured.err == ""), captured.err
        return captured.out if status == 0 else captured.err

    return run
