"""Measuring a trained run again, or a bundle on a recipe's data."""

from pathlib import Path
from typing import Any, cast

from elsewhere.bundle import DESCRIPTION
from elsewhere.errors import CheckpointError, DataError
from elsewhere.recipes.composition import Composition, compose
from elsewhere.reports.documents import read_document
from elsewhere.reports.result import Training
from elsewhere.runs.building import BuiltRun, build_run
from elsewhere.runs.measuring import Written, measure_run
from elsewhere.runs.quiet import quiet_libraries
from elsewhere.runs.run import RESULT, Run
from elsewhere.runs.weights import load_weights, put_in_bundle, without_pretrained
from elsewhere.terminal import notes


def test(
    recipe: str | Path,
    *overlays: str | Path,
    runs: str | Path = "runs",
    checkpoint: str | Path = "best",
    out: str | Path | None = None,
    bundle: bool = False,
    trust: bool = False,
    **keys: Any,
) -> Run:
    """Measure a trained run again, or another checkpoint or bundle on the recipe's data.

    Args:
        recipe: the recipe that was trained: a shipped one, a file, or the folder of the run.
        overlays: as in training.
        runs: folder that runs lie in.
        checkpoint: `best`, `last`, a checkpoint file, or the folder of a bundle.
        out: folder that everything is written to; the run's own if None, or one below it where
            what is known of the run's own test would be overwritten.
        bundle: write the network there too, with the classes and calibration of this test.
        trust: as in training.
        keys: recipe keys by their dotted names.

    Raises:
        ConfigError: no such recipe, or a key that nothing takes.
        CheckpointError: there is no such checkpoint, or it does not fit.

    Examples:
        >>> run = elsewhere.test("folder", "tiny.yaml", out="again", **{"data.path": "birds"})
        >>> run.folder.as_posix()
        'again'
        >>> run.result["splits"]["test"]["images"]
        3
    """
    composition = compose([recipe, *overlays], keys, trust=trust)
    place = None if out is None else Path(out)
    return Run(measure_composition(composition, runs, str(checkpoint), place, bundle=bundle).folder)


test.__test__ = False  # type: ignore[attr-defined]  # a name that pytest would take for a test


def measure_composition(
    composition: Composition,
    runs: str | Path = "runs",
    checkpoint: str = "best",
    out: Path | None = None,
    *,
    bundle: bool = False,
) -> Written:
    """Test a recipe as composed; see `test`."""
    with quiet_libraries():
        run = build_run("test", without_pretrained(composition), runs)
        run.data.trainer = run.trainer
        training = _training(run, _find(run, checkpoint))
        return measure_run(run, training, _folder(run, checkpoint, out), bundle=bundle)


def _find(run: BuiltRun, name: str) -> Path:
    own = {"best": run.best, "last": run.checkpoints / "last.ckpt"}
    path = own.get(name) or Path(name)
    if not path.is_file() and not (path / DESCRIPTION).is_file():
        raise CheckpointError(
            f"{path}: no such checkpoint; train first with elsewhere fit, and name the same recipe "
            "and overlays (what only the test is to do otherwise goes into keys: --task.KEY=VALUE)"
        )
    return path


def _folder(run: BuiltRun, checkpoint: str, out: Path | None) -> Path:
    """Where a test is written: what is known of the run's own test is not overwritten."""
    if out:
        return out
    if checkpoint != "best":
        return run.folder / f"tested-{_called(run, Path(checkpoint).absolute())}"
    known, protocols = _known(run.folder), dict(run.data.protocols)
    before = {name: part.get("protocol") for name, part in known.get("sets", {}).items()}
    if before in ({}, protocols) and known.get("data") in (None, run.data.tested_digest):
        return run.folder
    apart = run.folder / f"tested-{'+'.join(protocols) or run.data.table.root.name}"
    notes().print(
        f"note: the run was tested on other images or by another protocol; written to {apart}"
    )
    return apart


def _called(run: BuiltRun, checkpoint: Path) -> str:
    """What a checkpoint or bundle is called; of another run as it and its run are."""
    name = checkpoint.name.removesuffix(".ckpt")
    folder = checkpoint.parent.parent if checkpoint.is_file() else checkpoint.parent
    if folder == run.folder.absolute() or not folder.name.startswith("seed-"):
        return name
    return f"{folder.parent.name}-{folder.name}-{name}"


def _known(folder: Path) -> dict[str, Any]:
    """A run's earlier result; empty where there is none that can be read."""
    try:
        document = read_document(folder / RESULT)
    except DataError:
        return {}
    return document if isinstance(document, dict) else {}


def _training(run: BuiltRun, checkpoint: Path) -> Training:
    """What training took, by the earlier result of the run that a checkpoint or bundle is of.

    A checkpoint alone knows only its length, and a bundle not even that.
    """
    above = checkpoint.absolute().parent
    if (checkpoint / DESCRIPTION).is_file():
        learned = put_in_bundle(run, checkpoint)
    else:
        above = above.parent if above.name == "checkpoints" else above
        content = load_weights(run, checkpoint)
        learned = {
            "epochs": cast(int, content["epoch"]),
            "steps": cast(int, content["global_step"]),
            "seconds": 0.0,
            "images": len(run.data.table.split("train")),
        }
    return cast(Training, _known(above).get("training", learned))
