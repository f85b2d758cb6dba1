"""Which runs an experiment needs, and how a run that was made before is known again."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from elsewhere.data.records import digest_of
from elsewhere.errors import ConfigError, DataError
from elsewhere.recipes.composition import Composition, compose, split_words
from elsewhere.reproduce.collected import MIOU_THRESHOLD
from elsewhere.reproduce.experiments import Experiment, Preset, Training, training_of
from elsewhere.runs.building import build_data

_MACHINE: Mapping[str, frozenset[str]] = {
    "data": frozenset({"root", "workers"}),
    "trainer": frozenset(
        {"accelerator", "logger", "enable_progress_bar", "default_root_dir", "profiler"}
    ),
}
"""Keys that say where and how a run is made, and not what comes out."""


class Asked(NamedTuple):
    """What a reproduction is asked for, the same for all of its runs.

    Attributes:
        root: folder that the sets lie in.
        out: folder that everything is written to.
        seeds: one run each.
        preset: recipes after the paper or after its published code.
        drawn: at toy size, for drawn sets.
        extra: further words for every `elsewhere fit`: overlays and recipe keys.
        threshold: of mIoU.
        class_name: whose bias Figure 2 shows; the paper's, or the first of a drawn set, if None.
        environments: list of where CUB's images were taken; None for none.
    """

    root: Path
    out: Path
    seeds: Sequence[int]
    preset: Preset
    drawn: bool
    extra: Sequence[str]
    threshold: float = MIOU_THRESHOLD
    class_name: str | None = None
    environments: str | None = None


class PlannedRun(NamedTuple):
    """One run, as it is told to `elsewhere fit`.

    Attributes:
        title: for progress, such as "cub · classification-paper+baseline · seed 0".
        names: recipe and overlays.
        keys: recipe keys, as words; the seed is not among them.
        place: folder that all seeds of this training share, named by what decides their outcome.
        seed: of everything random.
    """

    title: str
    names: tuple[str, ...]
    keys: tuple[str, ...]
    place: Path
    seed: int

    @property
    def key(self) -> tuple[Path, int]:
        """What tells the run from all others."""
        return self.place, self.seed

    @property
    def result(self) -> Path | None:
        """The run's result; None where it has not been made, by whatever overlays it was told."""
        return next(iter(sorted(self.place.glob(f"*/seed-{self.seed}/result.json"))), None)

    @property
    def begun(self) -> bool:
        """Whether a checkpoint is there to go on from."""
        return any(self.place.glob(f"*/seed-{self.seed}/checkpoints/last.ckpt"))

    @property
    def words(self) -> list[str]:
        """What `elsewhere` is told to make it; what was begun is gone on with."""
        named = [word for name in self.names for word in ("--config", name)]
        resume = ["--resume"] if self.begun else []
        return ["fit", *named, *self.keys, f"--seed={self.seed}", f"--runs={self.place}", *resume]


class Plan(NamedTuple):
    """The runs of one experiment.

    Attributes:
        experiment: what was asked.
        runs: by row and tested set, one a seed.
        reasons: why a row is not run on a set.
    """

    experiment: Experiment
    runs: Mapping[tuple[str, str], Sequence[PlannedRun]]
    reasons: Mapping[tuple[str, str], str]


class Planner:
    """Plans runs; reads each set once, however many runs are of it.

    Args:
        asked: what all runs have in common.
    """

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self._overlays, self._keys = split_words(asked.extra)
        self._digests: dict[str, str | DataError] = {}

    def plan(self, experiment: Experiment) -> Plan:
        """What an experiment needs; sets that are not there are named with the reason.

        Raises:
            ConfigError: for a key or overlay that no recipe takes.
        """
        runs: dict[tuple[str, str], Sequence[PlannedRun]] = {}
        reasons: dict[tuple[str, str], str] = {}
        for method in experiment.methods:
            for name in experiment.sets:
                training = training_of(method, name, self.asked.preset, drawn=self.asked.drawn)
                try:
                    runs[method.name, name] = [*self._runs(training)]
                except DataError as error:
                    reasons[method.name, name] = f"not run: {error}"
        return Plan(experiment, runs, reasons)

    def _runs(self, training: Training) -> Iterator[PlannedRun]:
        named = (training.recipe, *training.overlays)
        # the caller's overlays and keys come last, so that they are what counts
        names = (*named, *self._overlays)
        keys = (*training.keys, f"--data.root={self.asked.root}", *self._keys)
        digits = self._fingerprint(compose(names, keys))
        place = self.asked.out / "runs" / f"{training.data}-{digits}"
        shown = " ".join(key for key in training.keys if not key.startswith("--data."))
        for seed in self.asked.seeds:
            title = f"{training.data} · {'+'.join(named)} {shown}".rstrip() + f" · seed {seed}"
            yield PlannedRun(title, names, keys, place, seed)

    def _fingerprint(self, composition: Composition) -> str:
        """Twelve digits for all that decides what comes out but the seed.

        They stand for recipe and keys as merged, the images and what is said of each, and the
        version of this package.
        """
        config = {
            key: _without(value, _MACHINE.get(key, frozenset()))
            for key, value in composition.config.items()
            if key not in ("seed", "method")
        }
        digest = self._digest(json.dumps(config["data"], sort_keys=True), composition)
        whole = json.dumps([version("elsewhere"), config, digest], sort_keys=True)
        return hashlib.sha256(whole.encode()).hexdigest()[:12]

    def _digest(self, keys: str, composition: Composition) -> str:
        """Of the data that a recipe names; what cannot be read is tried once."""
        if keys not in self._digests:
            try:
                self._digests[keys] = digest_of(build_data(composition).parts)
            except DataError as error:
                self._digests[keys] = error
        found = self._digests[keys]
        if isinstance(found, DataError):
            raise found
        return found


def all_runs(plans: Iterable[Plan | None]) -> list[PlannedRun]:
    """The runs of several experiments, each once: tables share many of them."""
    found: dict[tuple[Path, int], PlannedRun] = {}
    for plan in filter(None, plans):
        for runs in plan.runs.values():
            for run in runs:
                found.setdefault(run.key, run)
    return [*found.values()]


def read_part(text: str) -> slice:
    """Read which runs are this machine's: "2/4" is the second of every four.

    Raises:
        ConfigError: for another text.
    """
    number, slash, parts = text.partition("/")
    if not (slash and number.isdecimal() and parts.isdecimal() and 1 <= int(number) <= int(parts)):
        raise ConfigError(f"--part is K/N, such as 2/4 for the second of four, not {text!r}")
    return slice(int(number) - 1, None, int(parts))


def _without(value: Any, keys: frozenset[str]) -> Any:
    if not keys or not isinstance(value, dict):
        return value
    kept = {key: one for key, one in value.items() if key not in keys}
    if isinstance(kept.get("init_args"), dict):
        kept["init_args"] = {k: v for k, v in kept["init_args"].items() if k not in keys}
    return kept
