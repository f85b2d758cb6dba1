"""Measuring a trained run, each task by its own file."""

from pathlib import Path

from elsewhere.cli.testing import versions
from elsewhere.cli.training import Run
from elsewhere.reports.result import Training
from elsewhere.tasks import Reidentification


def measure_run(run: Run, training: Training, folder: Path | None = None) -> None:
    """Test a run and write result, tables, report and bundle; print the summary.

    Args:
        run: what to test, its weights loaded.
        training: how it was trained.
        folder: where everything is written; the run's own if not given.
    """
    # imported here, since each kind of test loads what draws its pictures
    if isinstance(run.task, Reidentification):
        from elsewhere.cli.measuring.reidentification import measure_retrieval as measure
    else:
        from elsewhere.cli.measuring.classification import measure_classification as measure
    measure(run, training, versions(), folder or run.folder)
