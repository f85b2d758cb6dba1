"""Measuring a trained run, each task by its own file."""

import platform
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy
import torch

from elsewhere.bundle import describable, save_bundle
from elsewhere.reports.result import FORMAT, RunFacts, Training
from elsewhere.runs.building import BuiltRun
from elsewhere.runs.untrained import read_untrained
from elsewhere.tasks import Reidentification


class Written(NamedTuple):
    """What a run has written: its folder, and in words what; nothing in processes but the first."""

    folder: Path
    parts: tuple[str, ...]


def measure_run(
    run: BuiltRun, training: Training, folder: Path | None = None, *, bundle: bool
) -> Written:
    """Test a run, its weights loaded; write result, tables and report, with `bundle` the network.

    All is written to the run's own folder if no other is given; `training` is how it was trained.
    """
    # imported here, since each kind of test loads what draws its pictures
    if isinstance(run.task, Reidentification):
        from elsewhere.runs.measuring.reidentification import measure_retrieval as measure
    else:
        from elsewhere.runs.measuring.classification import measure_classification as measure
    folder = folder or run.folder
    facts: RunFacts = {
        "format": FORMAT,
        "recipe": run.composition.recipe,
        "method": run.method,
        "seed": run.seed,
        "versions": versions(),
        "training": training,
        "untrained": read_untrained(run),
        "data": run.data.tested_digest,
    }
    parts = measure(run, facts, folder)
    network = run.task.network
    if bundle and parts and describable(network):
        save_bundle(network.eval(), folder / "bundle")
        parts = (*parts, "bundle")
    return Written(folder, parts)


def versions() -> dict[str, str]:
    """Name the software and machine that a result was made with."""
    packages = ("elsewhere", "torch", "torchvision", "timm", "lightning")
    return {
        **{name: version(name) for name in packages},
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads",
    }
