"""Does counterfactual attention learning pay on these images? Several methods, rates and seeds."""

import hashlib
import json
import math
import os
import statistics
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from elsewhere.data.protocols import TestSet
from elsewhere.data.records import digest_of
from elsewhere.data.reidentification import ReidentificationData
from elsewhere.errors import ConfigError
from elsewhere.files.writing import write_atomically
from elsewhere.recipes.composition import Composition, compose
from elsewhere.recipes.document import dump
from elsewhere.recipes.shipped import find, find_shipped
from elsewhere.reports.tables import rich_table
from elsewhere.reports.trial import (
    Attempt,
    TrialFacts,
    attention_table,
    compare_methods,
    recommended,
    remarks,
    sentence,
    trial_page,
    trial_table,
)
from elsewhere.runs.attempts import Job, make_attempts, scored_on, sets_of, with_same_splits
from elsewhere.runs.building import BuiltRun, build_run
from elsewhere.runs.frozen import probe
from elsewhere.runs.quiet import quiet_libraries
from elsewhere.tasks import Reidentification
from elsewhere.tasks.scoring import score, score_by_chance

if TYPE_CHECKING:
    from rich.console import RenderableType

METHODS = ("baseline", "random", "shuffled")
RATES = {"frozen": (2.0, 4.0, 8.0), "whole": (0.5, 1.0, 2.0)}
"""Learning rates that are tried, as multiples of the recipe's, which is one for whole networks."""
_RATE = ("task", "init_args", "optimizer", "init_args", "lr")


class MethodTrial:
    """What a trial found; in a notebook and on a terminal it shows its table.

    Attributes:
        folder: where all of it lies: a file for each training, `trial.html`, `recipe.yaml`.
        attempts: every training.
        facts: what they were of.
        jobs: what each training was.
    """

    def __init__(
        self, folder: Path, attempts: Sequence[Attempt], facts: TrialFacts, jobs: Sequence[Job]
    ) -> None:
        self.folder, self.attempts, self.facts = folder, tuple(attempts), facts
        self.jobs = tuple(jobs)
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

        tables = (trial_table(self.compared, self.facts), attention_table(self.compared))
        shown = [rich_table(table) for table in tables if table is not None]
        lines = [Text(f"· {line}") for line in remarks(self.compared, self.facts)]
        return Group(*shown, *lines, Text(self.sentence))

    def __repr__(self) -> str:
        return f"MethodTrial({str(self.folder)!r}, {self.method!r})"

    def _repr_html_(self) -> str:
        from elsewhere.reports.tables import as_html

        return as_html(self)


def trial(
    recipe: str | Path,
    *overlays: str | Path,
    methods: Sequence[str | Path] = METHODS,
    rates: Sequence[float] | None = None,
    seeds: int = 5,
    finetune: bool = False,
    runs: str | Path = "runs",
    jobs: int | None = None,
    trust: bool = False,
    **keys: Any,
) -> MethodTrial:
    """Train several methods at several rates and seeds, and say which of them pays.

    Every method's rate is chosen on the validation images, then its scores on the test images are
    compared with the baseline's, paired by seed. Trainings that are there already are not
    repeated, so an interrupted trial goes on. Each runs in a process of one thread.

    Args:
        recipe: `folder`, `individuals`, or one's own.
        overlays: as in training.
        methods: overlays that make a method: baseline, random, shuffled, uniform, reversed …, or
            files of one's own.
        rates: multiples of the recipe's learning rate; those of `RATES` if None.
        seeds: so many, from 0.
        finetune: train all of the network; else attention and head, on features of the frozen
            backbone, which takes minutes.
        runs: folder that runs lie in.
        jobs: trainings at the same time; one a core if None.
        trust: as in training.
        keys: recipe keys by their dotted names.

    Raises:
        ConfigError: no baseline among the methods, no rate, less than two seeds, an unknown key.
        DataError: images that cannot be trained on, or without validation or test.

    Examples:
        >>> found = elsewhere.trial(
        ...     "folder", "tiny.yaml", methods=["baseline", "shuffled"], rates=[1.0], seeds=2,
        ...     jobs=1, **{"data.path": "birds"},
        ... )
        >>> found.method in ("baseline", "shuffled"), found.recipe.is_file()
        (True, True)
    """
    words = tuple(f"--{key}={_word(value)}" for key, value in keys.items())
    names = tuple(str(each) for each in (recipe, *overlays))
    tried = usual_rates(finetune) if rates is None else rates
    called = tuple(map(str, methods))
    return run_trial(
        AskedTrial(names, words, called, tried, seeds, finetune, Path(runs), jobs, trust)
    )


def usual_rates(finetune: bool) -> tuple[float, ...]:
    """The multiples of a recipe's learning rate that are tried where none are asked for."""
    return RATES["whole" if finetune else "frozen"]


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


class AskedTrial(NamedTuple):
    """What is asked of a trial; see `trial`.

    `names` are recipe and overlays, `keys` are as words. `test` is the split of classes to test on;
    `keep` keeps attention and head of every training.
    """

    names: Sequence[str]
    keys: Sequence[str] = ()
    methods: Sequence[str] = METHODS
    rates: Sequence[float] = RATES["frozen"]
    seeds: int = 5
    finetune: bool = False
    runs: Path = Path("runs")
    jobs: int | None = None
    trust: bool = False
    test: str = "test"
    keep: bool = False


def run_trial(asked: AskedTrial) -> MethodTrial:
    """Make what is missing of a trial, compare, and write what came out."""
    _refuse(asked)
    if not asked.finetune and "frozen" not in asked.names:  # one's own overlays come after
        asked = asked._replace(names=(asked.names[0], "frozen", *asked.names[1:]))
    planned = compose((*asked.names, "baseline"), (*asked.keys, "--seed=0"), trust=asked.trust)
    planned = with_same_splits(planned)
    with quiet_libraries():
        run = build_run("fit", planned, asked.runs)
        facts = _facts(run, asked)
        name = f"{planned.recipe}-{_fingerprint(run, asked)}"
        todo = _jobs(asked, _rate_of(planned), asked.runs / "trial" / name)
        for job in {job.method: job for job in todo}.values():
            build_run("test", job.compose(), asked.runs)  # refused before any feature is computed
        if facts.frozen:
            with scored_on(run, todo[0]) as loaders:  # all features are computed here
                facts = facts._replace(probe=_probe(run, loaders))
    missing = [job for job in todo if not job.file.is_file()]  # weights are written before it
    make_attempts(missing, asked.jobs or os.cpu_count() or 1)
    kept = [json.loads(job.file.read_text(encoding="utf-8")) for job in todo]
    attempts = [Attempt(**each["attempt"]) for each in kept]
    seconds = statistics.fmean(each["seconds"] for each in kept)
    facts = facts._replace(seconds=seconds, box=attempts[0].box)
    found = MethodTrial(asked.runs / "trial" / name, attempts, facts, todo)
    rate = found.compared[found.method].rate
    _write(found, next(job for job in todo if (job.method, job.rate) == (found.method, rate)))
    return found


def _jobs(asked: AskedTrial, rate: float, folder: Path) -> list[Job]:
    """Every training, those of one seed after another."""
    names = {method: _called(method) for method in asked.methods}
    return [
        Job(tuple(asked.names), tuple(asked.keys), method, rate * factor, seed, asked.runs,
            folder / "attempts" / f"{called}-{rate * factor:g}-{seed}.json", asked.trust,
            asked.test, asked.keep)
        for seed in range(asked.seeds)
        for factor in sorted(set(asked.rates))
        for method, called in names.items()
    ]  # fmt: skip


def _called(method: str) -> str:
    """What an overlay's trainings are called; one's own by what it says, too, lest it change."""
    name, layer, _ = find(method)
    if find_shipped(method) is not None:
        return name
    return f"{name}-{hashlib.sha256(dump(layer.values).encode()).hexdigest()[:8]}"


def _refuse(asked: AskedTrial) -> None:
    if not asked.names:
        raise ConfigError("name a recipe with --config NAME, such as folder or individuals")
    if "baseline" not in asked.methods or len(set(asked.methods)) < 2:
        raise ConfigError("methods: name baseline, which others are compared with, and one more")
    if not asked.rates or not all(0 < rate < math.inf for rate in asked.rates):
        raise ConfigError("rates: multiples of the recipe's learning rate, each above 0")
    if any(word.partition("=")[0] == "--seed" for word in asked.keys):
        raise ConfigError("--seed: a trial counts its own from 0; --seeds says how many")
    if asked.seeds < 2:
        raise ConfigError(f"seeds is {asked.seeds}: two at least; one tells nothing of chance")


def _rate_of(composition: Composition) -> float:
    found: Any = composition.config
    for key in _RATE:
        found = found.get(key) if isinstance(found, Mapping) else None
    if not isinstance(found, int | float) or not found > 0:
        raise ConfigError(
            f"{composition.recipe}: the recipe names no learning rate above 0 "
            "(task.optimizer.init_args.lr), so none can be tried around it"
        )
    return float(found)


def _facts(run: BuiltRun, asked: AskedTrial) -> TrialFacts:
    val, test = sets_of(run, asked.test)
    ids = isinstance(run.data, ReidentificationData)
    name = "+".join(Path(each).stem for each in asked.names)
    measure = "mAP" if ids else "top-1 accuracy"
    images = {"train": len(run.data.parts["train"]), "val": len(val.table), "test": len(test.table)}
    chance = _chance_of_finding(test) if ids else 1 / len(run.data.class_names)
    return TrialFacts(name, measure, images, chance, None, run.frozen is not None, 0.0)


def _chance_of_finding(test: TestSet) -> float:
    """MAP of a random order; the vectors, all alike, only make the trials."""
    return score_by_chance(score(torch.ones(len(test.table), 1), test), test)[0]


def _fingerprint(run: BuiltRun, asked: AskedTrial) -> str:
    """Of all that a training depends on: recipe, images, version, and what is asked of it.

    Methods are not, so that one may be added; see `_called`.
    """
    said = (version("elsewhere"), dump(run.composition.config), digest_of(run.data.parts))
    digest = hashlib.sha256("\0".join([*said, *asked.names, asked.test, str(asked.keep)]).encode())
    return digest.hexdigest()[:10]


def _probe(run: BuiltRun, loaders: Sequence[Any]) -> float | None:
    """A linear probe of the untrained backbone; none for individuals."""
    train: Any = run.data.train_dataloader().dataset  # computed for individuals, too
    if isinstance(run.task, Reidentification):
        return None
    val, test = (loader.dataset for loader in loaders)
    return probe(train, val, test)


def _write(found: MethodTrial, job: Job) -> None:
    """Write the page, and the recipe of the method to use."""
    config = job.compose().config
    config.pop("seed", None)
    about = f"# {found.sentence}\n#\n#   elsewhere fit --config {found.recipe}\n"
    write_atomically(found.recipe, about + dump(config))
    page = trial_page(found.attempts, found.facts, [f"elsewhere fit --config {found.recipe}"])
    write_atomically(found.report, page)
