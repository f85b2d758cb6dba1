"""Testing a classifier: every split, the calibration, and all that is written of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from elsewhere.data.image_data import ImageData
from elsewhere.data.sets.splitting import series_of
from elsewhere.files.writing import write_atomically
from elsewhere.reports.classification.report import run_report
from elsewhere.reports.classification.summary import calibrate, images_table, summarize_split
from elsewhere.reports.grounds import FamiliarityResult, Promise
from elsewhere.reports.result import (
    EffectProtocol,
    Protocol,
    RunFacts,
    RunResult,
    write_result,
)
from elsewhere.runs.building import BuiltRun
from elsewhere.runs.features import tested_features
from elsewhere.runs.measuring.familiarity import learn_familiarity, set_familiarity
from elsewhere.runs.untrained import untrained_score
from elsewhere.structures import Calibration, Familiarity
from elsewhere.tasks import Classification
from elsewhere.tasks.evaluation import TestRows


def measure_classification(run: BuiltRun, facts: RunFacts, folder: Path) -> tuple[str, ...]:
    """Test every split and write result, per-image tables and report; return what, in words.

    Nothing is written, and none returned, in processes other than the first.
    """
    data, task = cast(ImageData, run.data), cast(Classification, run.task)
    network = task.network
    network.familiarity = learn_familiarity(run)
    rows = _look(run, data, task)
    network.familiarity = set_familiarity(network.familiarity, rows.values())
    temperature = None
    if data.validate_on == "val":
        series = series_of(data.table.split("val"))
        looks = facts["training"]["epochs"]
        network.calibration = calibrate(rows["val"], looks=looks, series=series)
        temperature = network.calibration.temperature
    names = network.class_names
    splits = {
        split: summarize_split(seen, task.views.names, names, temperature)
        for split, seen in rows.items()
    }
    for split, measured in splits.items():
        before = untrained_score(facts["untrained"], split, measured["images"])
        known = None if before is None else float(before["top1"])
        measured["against"] = {"chance": 1 / len(names), "untrained": known}
    result: RunResult = {
        **facts,
        "classes": list(names),
        "protocol": _protocol(data, task),
        "splits": splits,
        "promise": _promise(network.calibration),
        "familiarity": _familiarity(network.familiarity, rows),
    }
    if not run.trainer.is_global_zero:
        return ()
    return _write(run, folder, result, rows, task.views.names)


def _promise(calibration: Calibration | None) -> Promise | None:
    """What the bundle promises of single answers."""
    if calibration is None or calibration.images is None:
        return None
    return {
        "unsure_below": calibration.unsure_below,
        "images": calibration.images,
        "sure": calibration.sure or 0,
        "right": calibration.right or 0,
    }


def _familiarity(
    familiarity: Familiarity | None, rows: Mapping[str, TestRows]
) -> FamiliarityResult | None:
    """The threshold, and the share of each split that is called unlike anything trained on."""
    if familiarity is None:
        return None
    under = {name: seen.familiarity < familiarity.threshold for name, seen in rows.items()}
    return {
        "threshold": familiarity.threshold,
        "images": familiarity.images,
        "flagged": {name: float(each.double().mean()) for name, each in under.items()},
    }


def _look(run: BuiltRun, data: ImageData, task: Classification) -> dict[str, TestRows]:
    splits = [*(["val"] if data.validate_on == "val" else []), *data.test_splits]
    with tested_features(run):
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
    result: RunResult,
    rows: Mapping[str, TestRows],
    views: Sequence[str],
) -> tuple[str, ...]:
    network = run.task.network
    write_result(folder / "result.json", result)
    for split, seen in rows.items():
        paths = [record.path for record in run.data.table.split(split).records]
        table = images_table(seen, views, network.class_names, paths)
        write_atomically(folder / f"images-{split}.csv", table)
    write_atomically(folder / "report.html", run_report(result))
    return ("result, report and per-image tables",)
