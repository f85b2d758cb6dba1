"""Testing a classifier: every split, the calibration, and all that is written of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from elsewhere.data.image_data import ImageData
from elsewhere.reports.classification.report import run_report
from elsewhere.reports.classification.summary import calibrate, images_table, summarize_split
from elsewhere.reports.files import write_atomically
from elsewhere.reports.pages import write_report
from elsewhere.reports.result import EffectProtocol, Protocol, RunResult, Training, write_result
from elsewhere.runs.building import BuiltRun
from elsewhere.runs.untrained import read_untrained, untrained_score
from elsewhere.tasks import Classification
from elsewhere.tasks.evaluation import TestRows


def measure_classification(
    run: BuiltRun, training: Training, versions: dict[str, str], folder: Path
) -> tuple[str, ...]:
    """Test every split and write result, per-image tables and report.

    Args:
        run: what to test, its weights loaded.
        training: how it was trained.
        versions: of software and machine.
        folder: where everything is written.

    Returns:
        What was written, in words; nothing in processes other than the first.
    """
    data, task = cast(ImageData, run.data), cast(Classification, run.task)
    network = task.network
    rows = _look(run, data, task)
    temperature = None
    if data.validate_on == "val":
        network.calibration = calibrate(rows["val"])
        temperature = network.calibration.temperature
    names = network.class_names
    splits = {
        split: summarize_split(seen, task.views.names, names, temperature)
        for split, seen in rows.items()
    }
    untrained = read_untrained(run)
    for split, measured in splits.items():
        before = untrained_score(untrained, split, measured["images"])
        known = None if before is None else float(before["top1"])
        measured["against"] = {"chance": 1 / len(names), "untrained": known}
    result: dict[str, Any] = {
        "recipe": run.composition.recipe,
        "method": run.method,
        "seed": run.seed,
        "versions": versions,
        "classes": list(names),
        "training": training,
        "untrained": untrained,
        "protocol": _protocol(data, task),
        "splits": splits,
    }
    if not run.trainer.is_global_zero:
        return ()
    return _write(run, folder, result, rows, task.views.names)


def _look(run: BuiltRun, data: ImageData, task: Classification) -> dict[str, TestRows]:
    splits = [*(["val"] if data.validate_on == "val" else []), *data.test_splits]
    loaders = [data.evaluation_loader(split) for split in splits]
    run.trainer.test(task, dataloaders=loaders, verbose=False)
    return {
        split: evaluation.rows() for split, evaluation in zip(splits, task.evaluations, strict=True)
    }


def _protocol(data: ImageData, task: Classification) -> Protocol:
    measure = task.measure
    effect: EffectProtocol | None = None
    if measure is not None:
        effect = {
            "intervention": type(measure.intervention).__name__,
            "draws": measure.draws,
            "seed": measure.seed,
        }
    return {
        "views": list(task.views.names),
        "effect": effect,
        "selected_on": data.validate_on,
    }


def _write(
    run: BuiltRun,
    folder: Path,
    result: Mapping[str, Any],
    rows: Mapping[str, TestRows],
    views: Sequence[str],
) -> tuple[str, ...]:
    network = run.task.network
    write_result(folder / "result.json", result)
    for split, seen in rows.items():
        paths = [record.path for record in run.data.table.split(split).records]
        table = images_table(seen, views, network.class_names, paths)
        write_atomically(folder / f"images-{split}.csv", table)
    document: RunResult = result  # type: ignore[assignment]
    write_report(folder / "report.html", run_report(document))
    return ("result, report and per-image tables",)
