"""Testing a trained run: every split, the calibration, and all that is written of it."""

import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy
import torch
from rich.console import Console

from elsewhere.bundle import describable, save_bundle
from elsewhere.callbacks import read_checkpoint
from elsewhere.cli.training import Run
from elsewhere.errors import CheckpointError
from elsewhere.reports import RunResult, run_report, run_summary, write_report, write_result
from elsewhere.reports.files import write_atomically
from elsewhere.reports.result import EffectProtocol, Protocol, Training
from elsewhere.reports.summary import calibrate, images_table, summarize_split
from elsewhere.tasks import Classification
from elsewhere.tasks.evaluation import TestRows


def load_weights(task: Classification, checkpoint: Path) -> dict[str, Any]:
    """Load a checkpoint's weights into a task and return the whole checkpoint.

    Raises:
        CheckpointError: if it is damaged or of another network or number of classes.
    """
    content = read_checkpoint(checkpoint)
    if not isinstance(content, dict) or {"state_dict", "epoch", "global_step"} - content.keys():
        raise CheckpointError(f"{checkpoint}: not a checkpoint that elsewhere fit wrote")
    weights, own = content["state_dict"], task.state_dict()
    other = [k for k in own if k in weights and own[k].shape != weights[k].shape]
    classifier = "network.head.classifier.weight"
    if classifier in other and len(weights[classifier]) != len(own[classifier]):
        raise CheckpointError(
            f"{checkpoint}: trained for {len(weights[classifier])} classes, "
            f"the data have {len(own[classifier])}: name the data it was trained on"
        )
    strange = sorted(own.keys() ^ weights.keys()) or other
    if strange:
        raise CheckpointError(
            f"{checkpoint}: {len(strange)} weights do not fit this recipe, first {strange[:3]}"
        )
    task.load_state_dict(weights)
    return content


def measure_run(run: Run, training: Training, folder: Path | None = None) -> None:
    """Test every split and write result, per-image tables, report and bundle; print the summary.

    Args:
        run: what to test, its weights loaded.
        training: how it was trained.
        folder: where everything is written; the run's own if not given.
    """
    rows = _look(run)
    network, data, task = run.task.network, run.data, run.task
    temperature = None
    if data.validate_on == "val":
        network.calibration = calibrate(rows["val"])
        temperature = network.calibration.temperature
    names = network.class_names
    splits = {
        split: summarize_split(seen, task.views.names, names, temperature)
        for split, seen in rows.items()
    }
    result: dict[str, Any] = {
        "recipe": run.composition.recipe,
        "method": run.method,
        "seed": run.seed,
        "versions": versions(),
        "classes": list(names),
        "training": training,
        "protocol": _protocol(run),
        "splits": splits,
    }
    if run.trainer.is_global_zero:
        _write(run, folder or run.folder, result, rows)


def versions() -> dict[str, str]:
    """Name the software and machine that a result was made with."""
    packages = ("elsewhere", "torch", "torchvision", "timm", "lightning")
    return {
        **{name: version(name) for name in packages},
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads",
    }


def _look(run: Run) -> dict[str, TestRows]:
    splits = [*(["val"] if run.data.validate_on == "val" else []), *run.data.test_splits]
    loaders = [run.data.evaluation_loader(split) for split in splits]
    run.trainer.test(run.task, dataloaders=loaders, verbose=False)
    return {
        split: evaluation.rows()
        for split, evaluation in zip(splits, run.task.evaluations, strict=True)
    }


def _protocol(run: Run) -> Protocol:
    measure = run.task.measure
    effect: EffectProtocol | None = None
    if measure is not None:
        effect = {
            "intervention": type(measure.intervention).__name__,
            "draws": measure.draws,
            "seed": measure.seed,
        }
    return {
        "views": list(run.task.views.names),
        "effect": effect,
        "selected_on": run.data.validate_on,
    }


def _write(run: Run, folder: Path, result: Mapping[str, Any], rows: Mapping[str, TestRows]) -> None:
    views = run.task.views.names
    write_result(folder / "result.json", result)
    for split, seen in rows.items():
        paths = [record.path for record in run.data.table.split(split).records]
        table = images_table(seen, views, run.task.network.class_names, paths)
        write_atomically(folder / f"images-{split}.csv", table)
    written = "result, report and per-image tables"
    if describable(run.task.network):
        save_bundle(run.task.network, folder / "bundle")
        written += ", bundle"
    document: RunResult = result  # type: ignore[assignment]
    write_report(folder / "report.html", run_report(document))
    console = Console()
    console.print(run_summary(document))
    console.print(f"{written}: {folder}", highlight=False)
