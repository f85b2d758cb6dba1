"""Does counterfactual attention learning pay on these images? Several methods, rates and seeds."""

import hashlib
import json
import logging
import multiprocessing
import os
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from rich.console import Console

from elsewhere.callbacks import SeedEachStep
from elsewhere.data.images.loader import BatchLoader
from elsewhere.data.protocols import EachAgainstRest, TestSet
from elsewhere.data.reidentification import ReidentificationData
from elsewhere.errors import ConfigError
from elsewhere.recipes.composition import Composition, compose
from elsewhere.recipes.document import dump
from elsewhere.reports.files import write_atomically
from elsewhere.reports.tables import rich_table
from elsewhere.reports.trial import (
    Attempt,
    TrialFacts,
    compare_methods,
    recommended,
    remarks,
    sentence,
    trial_page,
    trial_table,
)
from elsewhere.runs.building import BuiltRun, build_run
from elsewhere.runs.frozen import frozen, probe
from elsewhere.runs.quiet import quiet_libraries
from elsewhere.structures import Batch
from elsewhere.tasks import Reidentification
from elsewhere.tasks.embedding import Embedding
from elsewhere.tasks.scoring import score

if TYPE_CHECKING:
    from rich.console import RenderableType

METHODS = ("baseline", "random", "shuffled")
RATES = (0.5, 1.0, 2.0, 4.0)
"""Learning rates that are tried, as multiples of the recipe's."""
_RATE = ("task", "init_args", "optimizer", "init_args", "lr")


class Job(NamedTuple):
    """One training: recipe and overlays, the method's overlay, its keys, and where it is kept."""

    names: tuple[str, ...]
    keys: tuple[str, ...]
    method: str
    rate: float
    seed: int
    runs: Path
    file: Path

    def compose(self) -> Composition:
        """The recipe of this training."""
        # the same splits for all; order and changes of training go by the seed, see `_attempt`
        own = (
            f"--seed={self.seed}", "--data.seed=0", f"--task.optimizer.init_args.lr={self.rate!r}"
        )  # fmt: skip
        return compose((*self.names, self.method), (*self.keys, *own))


class MethodTrial:
    """What a trial found; in a notebook and on a terminal it shows its table.

    Attributes:
        folder: where all of it lies: a file for each training, `trial.html`, `recipe.yaml`.
        attempts: every training.
        facts: what they were of.
    """

    def __init__(self, folder: Path, attempts: Sequence[Attempt], facts: TrialFacts) -> None:
        self.folder, self.attempts, self.facts = folder, tuple(attempts), facts
        self.compared = compare_methods(attempts)

    @property
    def method(self) -> str:
        """The method to use on these images."""
        return recommended(self.compared)

    @property
    def sentence(self) -> str:
        """What to use, and how sure that is."""
        return sentence(self.compared, self.facts)

    @property
    def recipe(self) -> Path:
        """The recipe of that method at its rate, ready for `elsewhere fit --config`."""
        return self.folder / "recipe.yaml"

    @property
    def report(self) -> Path:
        """The page of figures and charts."""
        return self.folder / "trial.html"

    def __rich__(self) -> "RenderableType":
        from rich.console import Group
        from rich.text import Text

        lines = [Text(f"· {line}") for line in remarks(self.compared, self.facts)]
        return Group(
            rich_table(trial_table(self.compared, self.facts)), *lines, Text(self.sentence)
        )

    def __repr__(self) -> str:
        return f"MethodTrial({str(self.folder)!r}, {self.method!r})"

    def _repr_html_(self) -> str:
        from elsewhere.reports.tables import as_html

        return as_html(self)


def trial(
    recipe: str | Path,
    *overlays: str | Path,
    methods: Sequence[str] = METHODS,
    rates: Sequence[float] = RATES,
    seeds: int = 5,
    finetune: bool = False,
    runs: str | Path = "runs",
    jobs: int | None = None,
    **keys: Any,
) -> MethodTrial:
    """Train several methods at several rates and seeds, and say which of them pays.

    Every method's rate is chosen on the validation images, then its scores on the test images are
    compared with the baseline's, paired by seed. Trainings that are there already are not
    repeated, so an interrupted trial goes on. Each runs in a process of one thread.

    Args:
        recipe: `folder`, `individuals`, or one's own.
        overlays: as in training.
        methods: overlays that make a method: baseline, random, shuffled, uniform, reversed …
        rates: multiples of the recipe's learning rate.
        seeds: so many, from 0.
        finetune: train all of the network; else attention and head, on features of the frozen
            backbone, which takes minutes.
        runs: folder that runs lie in.
        jobs: trainings at the same time; one a core if None.
        keys: recipe keys by their dotted names.

    Raises:
        ConfigError: no baseline among the methods, no rate, less than two seeds, an unknown key.
        DataError: images that cannot be trained on, or without validation or test.

    Example:
        >>> found = elsewhere.trial(
        ...     "folder", "tiny.yaml", methods=["baseline", "shuffled"], rates=[1.0], seeds=2,
        ...     jobs=1, **{"data.path": "birds"},
        ... )
        >>> found.method in ("baseline", "shuffled"), found.recipe.is_file()
        (True, True)
    """
    words = tuple(f"--{key}={_word(value)}" for key, value in keys.items())
    names = tuple(str(each) for each in (recipe, *overlays))
    return run_trial(names, words, methods, rates, seeds, Path(runs), jobs, finetune=finetune)


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def run_trial(
    names: Sequence[str],
    keys: Sequence[str],
    methods: Sequence[str] = METHODS,
    rates: Sequence[float] = RATES,
    seeds: int = 5,
    runs: Path = Path("runs"),
    jobs: int | None = None,
    *,
    finetune: bool = False,
) -> MethodTrial:
    """The same with keys as words; see `trial`."""
    _refuse(names, methods, rates, seeds)
    if not finetune and "frozen" not in names:
        names = (names[0], "frozen", *names[1:])  # what one's own overlays say comes after
    planned = compose((*names, "baseline"), keys)
    rate = _rate_of(planned)
    with quiet_libraries():
        run = build_run("fit", planned, runs)
        facts = _facts(run, names, frozen=not finetune)
        folder = runs / "trial" / f"{'+'.join(planned.recipe.split())}-{_fingerprint(run, names)}"
        todo = [
            Job(tuple(names), tuple(keys), method, rate * factor, seed, runs,
                folder / "attempts" / f"{method}-{rate * factor:g}-{seed}.json")
            for seed in range(seeds) for factor in sorted(set(rates)) for method in methods
        ]  # fmt: skip
        if facts.frozen:
            with _scored(run, todo[0]) as (data, loaders):  # all features are computed here
                facts = facts._replace(probe=_probe(run, data, loaders))
    _work([job for job in todo if not job.file.is_file()], jobs or os.cpu_count() or 1)
    kept = [json.loads(job.file.read_text(encoding="utf-8")) for job in todo]
    facts = facts._replace(seconds=statistics.fmean(each["seconds"] for each in kept))
    found = MethodTrial(folder, [Attempt(**each["attempt"]) for each in kept], facts)
    _write(found, next(j for j in todo if j.method == found.method
                       and j.rate == found.compared[found.method].rate))  # fmt: skip
    return found


def _refuse(
    names: Sequence[str], methods: Sequence[str], rates: Sequence[float], seeds: int
) -> None:
    if not names:
        raise ConfigError("name a recipe with --config NAME, such as folder or individuals")
    if "baseline" not in methods or len(set(methods)) < 2:
        raise ConfigError("methods: name baseline, which others are compared with, and one more")
    if not rates or min(rates) <= 0:
        raise ConfigError("rates: multiples of the recipe's learning rate, each above 0")
    if seeds < 2:
        raise ConfigError(f"seeds is {seeds}: two at least, since one tells nothing of chance")


def _rate_of(composition: Composition) -> float:
    found: Any = composition.config
    for key in _RATE:
        found = found.get(key) if isinstance(found, Mapping) else None
    if not isinstance(found, int | float):
        raise ConfigError(
            f"{composition.recipe}: the recipe names no learning rate "
            "(task.optimizer.init_args.lr), so none can be tried around it"
        )
    return float(found)


def _facts(run: BuiltRun, names: Sequence[str], *, frozen: bool) -> TrialFacts:
    val, test = _sets(run)
    ids = isinstance(run.data, ReidentificationData)
    name = "+".join(Path(each).stem for each in names)
    measure = "mAP" if ids else "top-1 accuracy"
    images = {"train": len(run.data.parts["train"]), "val": len(val.table), "test": len(test.table)}
    chance = _chance_of_finding(test) if ids else 1 / len(run.data.class_names)
    return TrialFacts(name, measure, images, chance, None, frozen, 0.0)


def _sets(run: BuiltRun) -> list[TestSet]:
    """What rates are chosen by, and what methods are compared on; of classes no protocol counts."""
    data = run.data
    if isinstance(data, ReidentificationData):
        found = [each for each in (data.held_out, *data.test_sets.values()) if each][:2]
    else:
        named = [split for split in ("val", "test") if split in data.table.splits]
        found = [TestSet(data.table.split(split), EachAgainstRest()) for split in named]
    if len(found) < 2:
        raise ConfigError("a trial needs validation and test images: see data.val and data.test")
    return found


def _chance_of_finding(test: TestSet) -> float:
    """MAP of vectors that say nothing: the mean over queries of matches by gallery, about."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(len(test.table), 64, generator=generator)
    return statistics.fmean(each.ranking.mAP for each in score(noise, *test))


def _fingerprint(run: BuiltRun, names: Sequence[str]) -> str:
    digest = hashlib.sha256(dump(run.composition.config).encode())
    for table in run.data.parts.values():
        for record in table.records:
            size = (table.root / record.path).stat().st_size
            digest.update(f"{record.path}\0{record.label}\0{record.split}\0{size}".encode())
    digest.update("+".join(names).encode())
    return digest.hexdigest()[:10]


@contextmanager
def _scored(run: BuiltRun, job: Job) -> Iterator[tuple[Any, list[Any]]]:
    """What a run is trained on, and the loaders of what it is scored on: images or features."""
    data: Any = run.data
    loaders = [data.loader_in_order(data.dataset_of(each.table)) for each in _sets(run)]
    if run.frozen is None:
        yield data, loaders
        return
    with frozen(run.task, data, run.frozen, job.runs / "features", 0) as features:
        yield features, [features.loader_of(each.table) for each in _sets(run)]


def _probe(run: BuiltRun, features: Any, loaders: Sequence[Any]) -> float | None:
    """A linear probe of the untrained backbone; none for individuals."""
    if isinstance(run.task, Reidentification):
        return None
    val, test = (loader.dataset for loader in loaders)
    return probe(features.train, val, test)


def _work(todo: Sequence[Job], cores: int) -> None:
    """Make what is missing, several at a time, each on one core."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    if not todo:
        return
    console.print(f"{len(todo)} trainings, {cores} at a time")
    began = time.monotonic()
    if cores == 1:
        for done, job in enumerate(todo, start=1):
            _attempt(job)
            _say(console, done, len(todo), began)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(cores, mp_context=context, initializer=_one_thread) as pool:
        waiting = [pool.submit(_attempt, job) for job in todo]
        try:
            for done, future in enumerate(as_completed(waiting), start=1):
                future.result()
                _say(console, done, len(todo), began)
        finally:
            pool.shutdown(cancel_futures=True)


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
        with _scored(run, job) as (data, loaders):
            trainer = Trainer(
                accelerator="auto", devices=1, max_epochs=run.trainer.max_epochs,
                max_steps=run.trainer.max_steps, precision=run.trainer.precision,
                logger=False, enable_checkpointing=False, enable_progress_bar=False,
                enable_model_summary=False, num_sanity_val_steps=0, use_distributed_sampler=False,
                callbacks=[SeedEachStep(job.seed), epochs],
            )  # fmt: skip
            run.data.trainer = trainer
            trainer.fit(run.task, datamodule=data)
            sets = _sets(run)
            val, test = (_score(run, *each) for each in zip(sets, loaders, strict=True))
    attempt = Attempt(job.method, job.rate, job.seed, val, test, epochs.scores)
    kept = {"attempt": attempt._asdict(), "seconds": time.monotonic() - began}
    write_atomically(job.file, json.dumps(kept, indent=1))


@torch.inference_mode()
def _score(run: BuiltRun, of: TestSet, loader: BatchLoader[Batch]) -> float:
    """Top-1 accuracy of the whole images, or mAP under the set's protocol."""
    network = run.task.network.eval()
    if isinstance(run.task, Reidentification):
        embedding = Embedding(network, run.task.kinds[:1], bool(network.retrieval.mirror))  # type: ignore[union-attr]
        for batch in loader:
            embedding.add(batch)
        vectors = embedding.rows().of(run.task.kinds[0])
        return statistics.fmean(each.ranking.mAP for each in score(vectors, *of))
    hits = 0
    for batch in loader:
        hits += int((network(batch.images).logits.argmax(1) == batch.labels).sum())
    return hits / len(of.table)


def _write(found: MethodTrial, job: Job) -> None:
    """Write the page, and the recipe of the method to use."""
    config = job.compose().config
    config.pop("seed", None)
    about = f"# {found.sentence}\n#\n#   elsewhere fit --config {found.recipe}\n"
    write_atomically(found.recipe, about + dump(config))
    page = trial_page(found.attempts, found.facts, [f"elsewhere fit --config {found.recipe}"])
    write_atomically(found.report, page)
