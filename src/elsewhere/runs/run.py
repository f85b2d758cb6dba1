"""A run that has come to its end: its folder, what was measured, and its model."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elsewhere.errors import DataError
from elsewhere.reports.classification.tables import run_summary
from elsewhere.reports.documents import task_of
from elsewhere.reports.result import read_result
from elsewhere.reports.retrieval.tables import retrieval_summary

if TYPE_CHECKING:
    from rich.console import RenderableType

    from elsewhere.inference import Model

RESULT = "result.json"


class Run:
    """What `fit` and `test` return and `open_run` finds; in a notebook it shows its figures.

    Attributes:
        folder: where everything of it lies.

    Examples:
        >>> run = elsewhere.open_run("runs/folder/seed-0")
        >>> run.result["recipe"], run.model().class_names
        ('folder', ('robin', 'wren'))
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def result(self) -> dict[str, Any]:
        """All that was measured, as in `result.json`: plain dictionaries, lists and numbers.

        Raises:
            DataError: the file is missing, cut short or of another version.
        """
        return dict(read_result(self.folder / RESULT))

    @property
    def report(self) -> Path:
        """The page of figures and pictures."""
        return self.folder / "report.html"

    def model(self, device: str = "auto") -> "Model":
        """The trained model, ready to be asked.

        Args:
            device: torch's name of a device; `auto` takes a GPU where there is one.

        Raises:
            CheckpointError: the run has no bundle, or it cannot be used.
        """
        from elsewhere.inference.opening import open_network  # asks for less than training does

        return open_network(self.folder, device)

    def __rich__(self) -> "RenderableType":
        """The tables that the command line shows."""
        result: Any = self.result
        retrieval = task_of(result) == "reidentification"
        return retrieval_summary(result) if retrieval else run_summary(result)

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"

    def _repr_html_(self) -> str:
        from elsewhere.reports.tables import as_html

        return as_html(self)


def open_run(folder: str | Path) -> Run:
    """Open the folder of a run that was made before.

    Args:
        folder: such as `runs/folder/seed-0`.

    Raises:
        DataError: there is no result in it, or one that this version cannot read.

    Examples:
        >>> elsewhere.open_run("runs/folder/seed-0").report.is_file()
        True
    """
    run = Run(Path(folder))
    if not (run.folder / RESULT).is_file():
        raise DataError(
            f"{run.folder}: no run that came to its end ({RESULT} is missing); name a folder such "
            "as runs/RECIPE/seed-0, or let elsewhere fit finish it (--resume)"
        )
    _ = run.result  # says now, not later, what is wrong with it
    return run
