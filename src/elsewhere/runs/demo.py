"""Two models and a control on the same drawn birds, in minutes, and one page about them."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from elsewhere.bundle import load_bundle
from elsewhere.drawn import DrawnBirds
from elsewhere.errors import ConfigError, ElsewhereError
from elsewhere.recipes.composition import compose
from elsewhere.reports.classification.report import comparison_report
from elsewhere.reports.demo import looks, sample_rows
from elsewhere.reports.pages import write_report
from elsewhere.reports.result import RunResult, read_result
from elsewhere.runs.building import build_data
from elsewhere.runs.measuring import versions
from elsewhere.runs.processes import end_commands, run_command

Say = Callable[[str], None]

METHODS = {
    "baseline": "the same network, data and steps without the effect term",
    "CAL": "counterfactual attention learning with random attention (eq. 5 and 6)",
    "control": "the effect term's weight given to a second classification loss: "
    "what more of the same loss would do",
}
SPLITS = {
    "train": "Training: eight of ten pictures show the species in its own scene.",
    "test-unbiased": "The fair test: scene and species have nothing to do with each other.",
}
FAIR = "test-unbiased"
FIRST_SEED = 5
"""Of ten seeds measured, the one whose difference between CAL and baseline is nearest to the mean:
a demo of one seed should neither flatter nor shame the method."""


class Demo(NamedTuple):
    """What the demonstration came to.

    Attributes:
        results: of every run.
        report: the page.
    """

    results: list[RunResult]
    report: Path


def run_demo(out: Path, seeds: int, epochs: int, say: Say, command: str) -> Demo:
    """Draw birds, train every method, test, and write one self-contained page.

    Args:
        out: where everything is written; runs that are there already are kept.
        seeds: runs of each method.
        epochs: of each run.
        say: told of the progress, a line at a time.
        command: the line that asked for it, for the page.

    Raises:
        ConfigError: runs of other settings or versions are there.
        ElsewhereError: a training failed.
    """
    data = _data(out)
    say(f"{len(data.table):,} drawn birds: {data.located('drawn-birds')}")
    wanted = range(FIRST_SEED, FIRST_SEED + seeds)
    jobs = [(method, seed) for seed in wanted for method in METHODS]
    _train_all(jobs, out, epochs, say)
    results = [read_result(_folder(out, *job) / "result.json") for job in jobs]
    return Demo(results, write_report(out / "report.html", _page(out, data, results, command)))


def _page(out: Path, data: DrawnBirds, results: Sequence[RunResult], command: str) -> str:
    networks = {
        name: load_bundle(_folder(out, name, FIRST_SEED) / "bundle") for name in ("baseline", "CAL")
    }
    rule, panels = looks(networks, data, FAIR)
    return comparison_report(
        results,
        methods=METHODS,
        about=[
            "Drawn birds: eight species that differ only in crown colour and wing pattern, six "
            "scenes, and flowers, berries and stones in the colours of the crowns.",
            "In training a species is seen mostly in its own scene, so a network may learn the "
            "scene instead of the bird. The fair test takes that shortcut away.",
        ],
        samples=sample_rows(data, SPLITS),
        rule=rule,
        looks=panels,
        notes=[
            f"Pictures of models are those of seed {FIRST_SEED}; all {len(results)} runs are in "
            "the tables.",
            f"Seed {FIRST_SEED} is the one of ten whose difference between CAL and baseline came "
            "nearest to their mean; single seeds differ widely. The README has all ten.",
        ],
        commands=[command],
    )


def _data(out: Path) -> DrawnBirds:
    """The pictures of the recipe, drawn before several processes would do so at once."""
    composition = compose(["drawn-birds"], {"data.root": out / "data"})
    data = build_data(composition)
    assert isinstance(data, DrawnBirds)
    return data


def _folder(out: Path, method: str, seed: int) -> Path:
    overlay = "" if method == "CAL" else f"+{method}"
    return out / "runs" / f"drawn-birds{overlay}" / f"seed-{seed}"


def _train_all(jobs: list[tuple[str, int]], out: Path, epochs: int, say: Say) -> None:
    """Train one process a core: small networks gain little from several threads."""
    waiting = [job for job in jobs if not _is_done(_folder(out, *job), epochs)]
    if len(waiting) < len(jobs):
        say(f"{len(jobs) - len(waiting)} of {len(jobs)} runs were there already")
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        try:
            problems = [*pool.map(lambda job: _train(job[0], job[1], out, epochs, say), waiting)]
        except BaseException:  # a signal: what waits does not start, what runs ends
            pool.shutdown(wait=False, cancel_futures=True)
            end_commands()
            raise
    for problem in filter(None, problems):
        raise ElsewhereError(problem)


def _is_done(folder: Path, epochs: int) -> bool:
    """Whether a run is there and is what would be made now.

    Raises:
        ConfigError: for a run of another length or version.
    """
    if not (folder / "result.json").exists():
        return False
    result = read_result(folder / "result.json")
    if result["training"]["epochs"] != epochs or result["versions"] != versions():
        raise ConfigError(
            f"{folder} was made with other settings or versions: remove it, or name another --out"
        )
    return True


def _train(method: str, seed: int, out: Path, epochs: int, say: Say) -> str | None:
    """Run `elsewhere fit` in a process of its own; return what went wrong, if anything."""
    overlay = [] if method == "CAL" else ["--config", method]
    resume = (_folder(out, method, seed) / "checkpoints" / "last.ckpt").exists()
    words = [
        *("fit", "--config", "drawn-birds", *overlay),
        *(f"--seed={seed}", f"--data.root={out / 'data'}", f"--runs={out / 'runs'}"),
        *(f"--trainer.max_epochs={epochs}", *(["--resume"] if resume else [])),
    ]
    problem = run_command(
        words,
        lambda line: say(f"{method:<8} seed {seed}  {line}"),
        {"OMP_NUM_THREADS": "1"},
    )
    return None if problem is None else f"training {method} failed: {problem}"
