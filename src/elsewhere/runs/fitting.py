"""Training: a recipe in, a trained and tested run out."""

from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

import torch
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch import Trainer

from elsewhere.bundle import describable, load_bundle
from elsewhere.callbacks import find_resumable, planned_epochs
from elsewhere.data.records import RecordTable
from elsewhere.errors import CheckpointError, ConfigError
from elsewhere.files.writing import write_atomically
from elsewhere.recipes.composition import Composition, compose
from elsewhere.recipes.document import dump
from elsewhere.reports.result import Training
from elsewhere.reports.start import SplitCount, start_table
from elsewhere.runs.building import BuiltRun, blaming, build_run
from elsewhere.runs.ending import alone, going_on
from elsewhere.runs.features import compute_features, known_features
from elsewhere.runs.measuring import Written, measure_run
from elsewhere.runs.quiet import quiet_libraries
from elsewhere.runs.run import Run
from elsewhere.runs.untrained import measure_untrained
from elsewhere.runs.weights import load_weights
from elsewhere.tasks import Classification
from elsewhere.tasks.transfer import take_over
from elsewhere.terminal import notes

FEW = 10
"""Images of a class below which the baseline was better on photographs, see docs/train.md."""


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
        return train(build_run("fit", composition, runs), resume)


def train(run: BuiltRun, resume: str | None = None) -> Written:
    """Train one run to its end and test its best checkpoint.

    `resume` is `last`, or a checkpoint to go on from. With None a run trained already is refused.
    """
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
        _announce(run)
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


def _announce(run: BuiltRun) -> None:
    """Say what is going to be trained, and what is worth knowing about it before it starts."""
    console = notes()
    console.print(_summary(run))
    remarks = [*run.data.remarks, *run.data.own_remarks]
    if not describable(run.task.network):
        parts = (run.task.network.backbone, run.task.network.head)
        names = " with ".join(type(part).__name__ for part in parts)
        remarks.append(f"no bundle will be written, it cannot describe {names}")
    for remark in remarks:
        console.print(f"note: {remark}")


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


def _summary(run: BuiltRun) -> object:
    task, data, trainer = run.task, run.data, run.trainer
    parameters = list(task.network.parameters())
    epochs, steps = _plan(trainer, len(data.train_dataloader()))
    return start_table(
        run.composition.recipe,
        [_count(name, table) for name, table in data.parts.items()],
        parameters=sum(p.numel() for p in parameters),
        trainable=sum(p.numel() for p in parameters if p.requires_grad),
        epochs=epochs,
        steps=steps,
        switches=_switches(run),
        told_apart=data.told_apart,
    )


def _plan(trainer: Trainer, batches: int) -> tuple[int, int]:
    """Epochs and optimizer steps of the whole run; a recipe may give either."""
    epochs = planned_epochs(trainer, batches)
    steps = epochs * -(-batches // trainer.accumulate_grad_batches)
    return epochs, steps if trainer.max_steps < 0 else min(steps, trainer.max_steps)


def _count(name: str, table: RecordTable) -> SplitCount:
    counts = Counter(table.labels)
    return SplitCount(
        name, sum(counts.values()), len(counts), min(counts.values()), max(counts.values())
    )


def _switches(run: BuiltRun) -> dict[str, str]:
    task, data, trainer = run.task, run.data, run.trainer
    terms = {name: weight for name, weight in task.objective.weight_of.items() if weight}
    if task.branch is None:
        terms.pop("effect", None)
    size = "×".join(map(str, data.preprocessing.crop))
    return {
        "CAL": _method(run),
        "objective": " + ".join(f"{weight:.3g}·{name}" for name, weight in terms.items()),
        "images": f"{size} pixels, batches of {data.batch_size} in each process",
        "heads": str(task.network.heads),
        "precision": str(trainer.precision),
        "processes": f"{trainer.world_size} ({type(trainer.accelerator).__name__})",
        **_accumulation(trainer.accumulate_grad_batches),
        "tested": _choice(data.validate_on),
        "folder": str(run.folder),
    }


def _method(run: BuiltRun) -> str:
    branch = run.task.branch
    if branch is None:
        return "off (baseline)"
    name = type(branch.intervention).__name__
    few = median(Counter(run.data.parts["train"].labels).values()) < FEW
    if few and isinstance(run.task, Classification):
        return f"{name}; with so few images of a class the baseline may do better: elsewhere trial"
    return name


def _choice(validate_on: str | None) -> str:
    if validate_on is None:
        return "the last checkpoint; nothing is held out to choose by"
    optimistic = " (as the literature does: its test figure is optimistic)"
    return f"the best on {validate_on}" + (optimistic if validate_on == "test" else "")


def _accumulation(batches: int) -> dict[str, str]:
    """Say what accumulation does and does not: it makes no larger batches."""
    if batches == 1:
        return {}
    seen = "triplets, batch norm and shuffling see one"
    return {"gradients": f"averaged over {batches} batches; {seen}"}
