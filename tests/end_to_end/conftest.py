"""Runs through the real command line on a small set of drawn birds."""

from pathlib import Path
from typing import NamedTuple

import pytest

from elsewhere.cli import main
from elsewhere.drawn import Birds


class Workshop(NamedTuple):
    """Where end-to-end tests work: a drawn set, and the options that make a run tiny."""

    root: Path

    @property
    def birds(self) -> Path:
        return self.root / "drawn-birds"

    def options(self, runs: str = "runs") -> list[str]:
        sizes = ["--data.pixels=32", "--data.size=32", "--data.resize=36", "--data.batch_size=16"]
        counts = ["--data.train=6", "--data.val=2", "--data.test=3"]
        where = [f"--data.root={self.root}", f"--runs={self.root / runs}"]
        return [*sizes, *counts, *where, "--trainer.max_epochs=2"]

    def words(self, *more: str, runs: str = "runs") -> list[str]:
        return ["fit", "--config", "drawn-birds", *more, *self.options(runs)]

    def fit(self, *words: str, runs: str = "runs") -> int:
        return main(self.words(*words, runs=runs))


@pytest.fixture(scope="session")
def workshop(tmp_path_factory) -> Workshop:
    made = Workshop(tmp_path_factory.mktemp("workshop"))
    Birds(size=32, train=6, val=2, test=3, bias=0.8).write(made.birds)
    return made


@pytest.fixture(scope="session")
def trained(workshop) -> Path:
    """The folder of a finished CAL run."""
    assert workshop.fit() == 0
    return workshop.root / "runs" / "drawn-birds" / "seed-0"
