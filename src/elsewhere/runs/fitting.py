"""Training: a recipe in, a trained and tested run out."""

from pathlib import Path
from typing import Any

import torch
from lightning.fabric.utilities.exceptions import MisconfigurationException

from elsewhere.bundle import load_bundle
from elsewhere.callbacks import find_resumable
from elsewhere.errors import CheckpointError, ConfigError
from elsewhere.files.writing import write_atomically
from elsewhere.recipes.composition import Composition, compose
from elsewhere.recipes.document import dump
from elsewhere.reports.result import Training
from elsewhere.runs.building import BuiltRun, blaming, build_run
from elsewhere.runs.ending import alone, going_on
from elsewhere.runs.features import compute_features, known_features
from elsewhere.runs.measuring import Written, measure_run
from elsewhere.runs.quiet import quiet_libraries
from elsewhere.runs.run import Run
from elsewhere.runs.start import announce
from elsewhere.runs.untrained import measure_untrained
from elsewhere.runs.weights import load_weights
from elsewhere.tasks.transfer import take_over
from elsewhere.terminal import notes


def fit(
    recipe: str | Path,
    *overlays: str | Path,
    runs: str | Path = "runs",
    resume: bool | str | Path = False,
    trust: bool = False,
    **keys: Any,
) -> Run:
    """Train a model from a recipe, then test what came out.

    Progress goes to standard error, a line an epoch.

    Args:
        recipe: a shipped recipe (`elsewhere configs` lists them), a file, or the folder of a run.
        overlays: small recipes on top of it, in order.
        runs: folder that the run's folder is made in: `RUNS/RECIPE+OVERLAY…/seed-N`.
        resume: go on from the run's last checkpoint, or from a checkpoint file; False starts anew.
        trust: let the recipe name classes of any package, which runs their code, and write
            anywhere.
        keys: recipe keys by their dotted names, as `--key.sub=value` on the command line; `seed`
            seeds everything random.

    Raises:
        ConfigError: no such recipe, a key that nothing takes, or a trained run is there already.
        DataError: the images or their labels are missing, broken or contradictory.
        CheckpointError: the checkpoint to go on from does not fit.

    Examples:
        >>> run = elsewhere.fit("folder", "tiny.yaml", seed=1, **{"data.path": "birds"})
        >>> run.folder.as_posix()
        'runs/folder+tiny/seed-1'
        >>> sorted(run.result["splits"])
        ['test', 'val']
    """
    where = None if resume is False else "last" if resume is True else str(resume)
    composition = compose([recipe, *overlays], keys, trust=trust)
    return Run(fit_composition(composition, runs, where).folder)


def fit_composition(
    composition: Composition, runs: str | Path = "runs", resume: str | None = None
) -> Written:
    """Train and test a recipe as composed.

    Training goes on from `resume`, which is `last` or a checkpoint; None starts anew.
    """
    with quiet_libraries():
        run = build_run("fit", composition, runs)
        run.data.trainer = run.trainer
        with blaming("the data cannot be loaded"):
            _refuse_what_does_not_fit(run)  # before anything is written
        with alone(run), going_on(run):
            return _train(run, resume)


def _train(run: BuiltRun, resume: str | None) -> Written:
    checkpoint = _checkpoint(run, resume)
    if run.start_from and checkpoint is None:
        _start_from(run, run.start_from)
    if run.trainer.is_global_zero:
        for left in run.checkpoints.glob("*.partial"):  # by a process that was killed
            left.unlink()
        write_atomically(run.folder / "config.yaml", dump(run.composition.config))
        announce(run)
    compute_features(run)  # by one process, for which the others wait
    if run.trainer.is_global_zero and checkpoint is None:
        measure_untrained(run)
    try:
        with known_features(run):
            run.trainer.fit(run.task, datamodule=run.data, ckpt_path=checkpoint)
    except MisconfigurationException as error:
        raise ConfigError(f"trainer: {error}") from error
    except Exception:
        if run.trainer.global_step:
            raise
        with blaming("training cannot start"):  # no step was made, so it is no step's fault
            raise
    training: Training = {
        "epochs": run.trainer.current_epoch,
        "steps": run.trainer.global_step,
        "seconds": round(run.seconds, 1),
        "images": len(run.data.table.split("train")),
    }
    if not run.best.is_file():
        raise CheckpointError(
            f"{run.best}: training ended before its first validation, so none is best; train "
            "longer, validate more often, or test the last one with elsewhere test --checkpoint "
            "last"
        )
    load_weights(run, run.best)
    return measure_run(run, training, bundle=True)


def _refuse_what_does_not_fit(run: BuiltRun) -> None:
    """Refuse batch sizes larger than the data, and a validation beyond the end of an epoch."""
    batches, every = len(run.data.train_dataloader()), run.trainer.val_check_interval
    run.data.val_dataloader()
    within_epochs = run.trainer.check_val_every_n_epoch is not None
    if isinstance(every, int) and within_epochs and every > batches:
        raise ConfigError(
            f"trainer.val_check_interval is {every} batches, an epoch has {batches}: lower it, or "
            "set trainer.check_val_every_n_epoch to null to count across epochs"
        )


def _checkpoint(run: BuiltRun, resume: str | None) -> Path | None:
    last = run.checkpoints / "last.ckpt"
    if resume is None and last.exists():
        raise ConfigError(
            f"{run.folder} holds a trained run: go on with --resume, choose another --seed "
            "or --runs, or remove the folder"
        )
    if resume is None:
        return None
    path = find_resumable(run.checkpoints) if resume == "last" else Path(resume)
    content = load_weights(run, path)  # says what does not fit before anything starts
    _refuse_other_training(run, content, path)
    console = notes()
    console.print(f"going on from {path}: step {content['global_step']}")
    saved = run.folder / "config.yaml"
    if saved.is_file() and saved.read_text(encoding="utf-8") != dump(run.composition.config):
        console.print(f"note: the recipe is no longer that of {saved}, which is replaced")
    return path


def _refuse_other_training(run: BuiltRun, content: dict[str, Any], path: Path) -> None:
    """Refuse a checkpoint that this recipe cannot go on from, before anything is written."""
    try:
        epochs = content["loops"]["fit_loop"]["epoch_progress"]["current"]["processed"]
        stored = content["optimizer_states"][0]["param_groups"][0].keys()
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{path}: holds no training to go on with") from error
    if run.trainer.max_epochs not in (None, -1) and epochs > run.trainer.max_epochs:
        raise ConfigError(
            f"{path}: trained for {epochs} epochs already, trainer.max_epochs is "
            f"{run.trainer.max_epochs}; raise it"
        )
    own = run.task.optimizer([torch.nn.Parameter(torch.zeros(1))])
    if own.param_groups[0].keys() - stored:
        raise ConfigError(
            f"{path}: was not trained by {type(own).__name__}; resume with its optimizer"
        )


def _start_from(run: BuiltRun, bundle: str) -> None:
    transfer = take_over(run.task.network, load_bundle(bundle))
    lines = [
        f"{len(names)} classes {word}: {', '.join(names[:8])}{' …' if len(names) > 8 else ''}"
        for word, names in transfer._asdict().items()
        if names
    ]
    notes().print(f"starting from {bundle}", *lines, sep="\n  ")
