"""The trainings of a trial: each method, rate and seed, in a process of one thread."""

import copy
import json
import logging
import math
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, cast

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from rich.console import Console
from safetensors.torch import load_file, save

from elsewhere.callbacks import SeedEachStep
from elsewhere.data.images.loader import BatchLoader
from elsewhere.data.protocols import EachAgainstRest, TestSet
from elsewhere.data.reidentification import ReidentificationData
from elsewhere.errors import ConfigError
from elsewhere.files.writing import write_atomically
from elsewhere.models import AttentionNetwork
from elsewhere.models.views import TestViews
from elsewhere.recipes.composition import Composition, compose
from elsewhere.reports.trial import Attempt
from elsewhere.runs.building import BuiltRun, build_run, fill_argument
from elsewhere.runs.features import known_features
from elsewhere.runs.processes import pool_of
from elsewhere.runs.quiet import quiet_libraries
from elsewhere.structures import Batch
from elsewhere.tasks import Classification, Reidentification
from elsewhere.tasks.embedding import Embedding
from elsewhere.tasks.evaluation import Evaluation
from elsewhere.tasks.scoring import mean_score, score
from elsewhere.terminal import notes

_BACKBONE = "backbone."


class Job(NamedTuple):
    """One training: recipe and overlays, the method's overlay, its keys, and where it is kept.

    `test` is the split to test on; `keep` keeps what was trained beside the file of scores.
    """

    names: tuple[str, ...]
    keys: tuple[str, ...]
    method: str
    rate: float
    seed: int
    runs: Path
    file: Path
    trust: bool
    test: str = "test"
    keep: bool = False

    @property
    def weights(self) -> Path:
        """Where attention and head are kept."""
        return self.file.with_suffix(".safetensors")

    def compose(self) -> Composition:
        """The recipe of this training."""
        own = (f"--seed={self.seed}", f"--task.optimizer.init_args.lr={self.rate!r}")
        composed = compose((*self.names, self.method), (*self.keys, *own), trust=self.trust)
        return with_same_splits(composed)


def with_same_splits(composition: Composition) -> Composition:
    """A recipe whose splits do not go by the seed of its training.

    Order and changes of training do, see `_attempt`.
    """
    config = copy.deepcopy(composition.config)
    fill_argument(config.get("data"), "seed", 0)
    return composition._replace(config=config)


def make_attempts(todo: Sequence[Job], cores: int) -> None:
    """Make what is missing, several at a time, each on one core."""
    console = notes()
    if not todo:
        return
    console.print(f"{len(todo)} trainings, {cores} at a time")
    began = time.monotonic()
    if cores == 1:  # no process is worth its start
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            for done, job in enumerate(todo, start=1):
                _attempt(job)
                _say(console, done, len(todo), began)
        finally:
            torch.set_num_threads(threads)
        return
    with pool_of(cores, initializer=_one_thread) as pool:
        waiting = [pool.submit(_attempt, job) for job in todo]
        for done, future in enumerate(as_completed(waiting), start=1):
            future.result()
            _say(console, done, len(todo), began)


def _say(console: Console, done: int, of: int, began: float) -> None:
    left = (time.monotonic() - began) / done * (of - done)
    console.print(f"trained {done} of {of}, about {left / 60:,.1f} min left")


def _one_thread() -> None:
    torch.set_num_threads(1)
    logging.getLogger("elsewhere").setLevel(logging.ERROR)  # what there is to say was said


class _Epochs(Callback):
    """Keeps the validation score after each epoch."""

    def __init__(self) -> None:
        self.scores: list[float] = []

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Keep it."""
        name = "val/mAP" if isinstance(pl_module, Reidentification) else "val/accuracy"
        self.scores.append(float(trainer.callback_metrics[name]))


def _attempt(job: Job) -> None:
    """Train once, and keep the scores of the last epoch's weights."""
    began, epochs = time.monotonic(), _Epochs()
    with quiet_libraries():
        run = build_run("test", job.compose(), job.runs)
        run.data.seed = job.seed
        with scored_on(run, job) as loaders:
            trainer = Trainer(
                accelerator="auto", devices=1, max_epochs=run.trainer.max_epochs,
                max_steps=run.trainer.max_steps, precision=run.trainer.precision,
                logger=False, enable_checkpointing=False, enable_progress_bar=False,
                enable_model_summary=False, num_sanity_val_steps=0, use_distributed_sampler=False,
                callbacks=[SeedEachStep(job.seed), epochs],
            )  # fmt: skip
            run.data.trainer = trainer
            trainer.fit(run.task, datamodule=run.data)
            sets = sets_of(run, job.test)
            val = _score(run, sets[0], loaders[0])
            test, further = _tested(run, sets[1], loaders[1])
    if job.keep:
        weights = run.task.network.state_dict()
        own = {name: each for name, each in weights.items() if not name.startswith(_BACKBONE)}
        write_atomically(job.weights, save(own))
    attempt = Attempt(job.method, job.rate, job.seed, val, test, epochs.scores, **further)
    kept = {"attempt": attempt._asdict(), "seconds": time.monotonic() - began}
    write_atomically(job.file, json.dumps(kept, indent=1))


def trained_network(job: Job) -> AttentionNetwork:
    """The network of a training that was kept, on its frozen backbone."""
    with quiet_libraries():
        network = build_run("test", job.compose(), job.runs).task.network
    network.load_state_dict(load_file(job.weights), strict=False)
    return network.eval()


@torch.inference_mode()
def _score(run: BuiltRun, of: TestSet, loader: BatchLoader[Batch]) -> float:
    """Top-1 accuracy of the whole images, or mAP under the set's protocol."""
    network = run.task.network.eval()
    if isinstance(run.task, Reidentification):
        embedding = Embedding(network, run.task.kinds[:1], bool(network.retrieval.mirror))  # type: ignore[union-attr]
        for batch in loader:
            embedding.add(batch)
        vectors = embedding.rows().of(run.task.kinds[0])
        return mean_score(score(vectors, of))[0]
    hits = 0
    for batch in loader:
        hits += int((network(batch.images).logits.argmax(1) == batch.labels).sum())
    return hits / len(of.table)


@torch.inference_mode()
def _tested(
    run: BuiltRun, of: TestSet, loader: BatchLoader[Batch]
) -> tuple[float, dict[str, float]]:
    """The score, effect of the attention, and how much of it and of the evidence is in the boxes.

    Of classes, images are looked at once for all of these.
    """
    if isinstance(run.task, Reidentification):
        return _score(run, of, loader), {}
    task, dataset = cast(Classification, run.task), cast(Any, loader.dataset)
    whole = TestViews(crops=(), mirror=False)
    evaluation = Evaluation(task.network.eval(), dataset, whole, task.measure)
    for batch in loader:
        evaluation.add(batch)
    rows = evaluation.rows()
    columns = {
        "effect": rows.probability_gain, "attention": rows.attention_inside,
        "evidence": rows.evidence_inside, "box": rows.box_area,
    }  # fmt: skip
    means = {name: float(values.double().nanmean()) for name, values in columns.items()}
    hits = int((rows.logits[:, 0].argmax(1) == rows.labels).sum())
    return hits / len(of.table), {name: m for name, m in means.items() if not math.isnan(m)}


@contextmanager
def scored_on(run: BuiltRun, job: Job) -> Iterator[list[Any]]:
    """What a run is scored on; within, it is trained on the same: images or features."""
    with known_features(run, seed=0):
        yield [run.data.loader_of(each.table) for each in sets_of(run, job.test)]


def sets_of(run: BuiltRun, test: str = "test") -> list[TestSet]:
    """What rates are chosen by, and what methods are compared on; of classes no protocol counts."""
    data = run.data
    if isinstance(data, ReidentificationData):
        found = [each for each in (data.held_out, *data.test_sets.values()) if each][:2]
    else:
        named = [split for split in ("val", test) if split in data.table.splits]
        found = [TestSet(data.table.split(split), EachAgainstRest()) for split in named]
    if len(found) < 2:
        raise ConfigError("a trial needs validation and test images: see data.val and data.test")
    return found
