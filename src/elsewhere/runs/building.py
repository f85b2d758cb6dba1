"""From a recipe to everything that a run consists of."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from jsonargparse import ArgumentParser, Namespace
from lightning.pytorch import Trainer, seed_everything

from elsewhere.callbacks import KeepCheckpoints
from elsewhere.data.reidentification import ReidentificationData
from elsewhere.data.sampling.seeds import mix_seed
from elsewhere.data.table_data import TableData
from elsewhere.errors import ConfigError, ElsewhereError, one_line
from elsewhere.models import AttentionNetwork
from elsewhere.recipes.composition import Composition, run_folder
from elsewhere.recipes.trust import leading_out
from elsewhere.recipes.typed import build, check_typed, parse_typed, typed_parser
from elsewhere.runs.frozen import Frozen, freeze
from elsewhere.runs.trainer import TRAINER_OWN, make_trainer
from elsewhere.tasks import Reidentification
from elsewhere.tasks.training import CounterfactualTraining


class BuiltRun(NamedTuple):
    """One recipe, built; everything of the run is written to `folder`.

    `start_from` is a bundle whose weights training starts from, `method` what tables call the run.
    `frozen` says how the backbone is frozen; None trains all of the network.
    """

    folder: Path
    composition: Composition
    seed: int
    data: TableData
    task: CounterfactualTraining
    trainer: Trainer
    start_from: str | None
    method: str
    frozen: Frozen | None = None

    @property
    def seconds(self) -> float:
        """How long training took, interruptions left out."""
        kept = self.trainer.checkpoint_callback
        assert isinstance(kept, KeepCheckpoints)
        return kept.seconds

    @property
    def checkpoints(self) -> Path:
        """Where the run's checkpoints lie."""
        return self.folder / "checkpoints"

    @property
    def best(self) -> Path:
        """The best checkpoint; the last one where no validation chooses."""
        return self.checkpoints / ("best.ckpt" if self.data.validate_on else "last.ckpt")


@cache
def training_parser(verb: str) -> ArgumentParser:
    """Know every key of a recipe by the constructor that takes it; made once a process."""
    parser = typed_parser(verb)
    parser.add_argument("--seed", type=int, default=0, help="seed of everything random")
    parser.add_argument(
        "--method", type=str | None, default=None, help="what tables call it [CAL or baseline]"
    )
    parser.add_argument(
        "--start_from", type=str | None, default=None, help="bundle that training starts from"
    )
    parser.add_argument(
        "--frozen",
        type=Frozen | None,
        default=None,
        help="train attention and head alone, on features that are computed once",
    )
    parser.add_argument(
        "--checkpoint_every",
        type=int | None,
        default=None,
        help="optimizer steps between checkpoints within an epoch",
    )
    parser.add_subclass_arguments(TableData, "data", required=True)
    _add_model(parser)
    return parser


def _add_model(parser: ArgumentParser) -> None:
    parser.add_class_arguments(AttentionNetwork, "network", skip={"preprocessing"})
    parser.add_subclass_arguments(CounterfactualTraining, "task", required=True)
    parser.add_class_arguments(
        Trainer, "trainer", skip=TRAINER_OWN, instantiate=False, fail_untyped=False
    )
    parser.link_arguments("network", "task.init_args.network", apply_on="instantiate")


@cache
def _model_parser() -> ArgumentParser:
    parser = typed_parser("model")
    _add_model(parser)
    return parser


@cache
def _data_parser() -> ArgumentParser:
    parser = typed_parser("data")
    parser.add_subclass_arguments(TableData, "data", required=True)
    return parser


def build_run(verb: str, composition: Composition, runs: str | Path = "runs") -> BuiltRun:
    """Build everything that a recipe names; the verb is `fit`, or `test`, which logs nothing."""
    seed = composition.config.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise ConfigError(
            f"{composition.source('seed')}: seed expects a whole number, not {seed!r}"
        )
    if abs(seed) >= 2**63:
        raise ConfigError(f"{composition.source('seed')}: seed {seed} has too many digits")
    _refuse_own_classes(composition)
    folder = run_folder(runs, composition.recipe, composition.overlays, seed)
    _refuse_writing_outside(composition, folder)
    filled = composition._replace(config=_filled(composition.config, seed, folder))
    typed = check_typed(training_parser(verb), filled)
    data = _checked(build(_data_parser(), _only(typed, "data"), filled).data)
    model = _build_model(typed, filled, data, seed)
    _refuse_mismatch(model.task, data)
    if typed.frozen is not None:
        freeze(model.task, typed.frozen)
    with blaming("the trainer cannot be built"):
        trainer = make_trainer(
            model.trainer.as_dict(),
            folder,
            seed,
            monitor=model.task.monitor if data.validate_on else None,
            every=typed.checkpoint_every,
            log=verb == "fit",
        )
    return BuiltRun(
        folder,
        filled._replace(config=composition.config),
        seed,
        data,
        model.task,
        trainer,
        typed.start_from,
        typed.method or ("CAL" if model.task.branch else "baseline"),
        typed.frozen,
    )


@contextmanager
def blaming(what: str) -> Iterator[None]:
    """Say of whatever a library raises while the block runs that the recipe led to it."""
    try:
        yield
    except (ElsewhereError, OSError):
        raise
    except Exception as error:
        said = one_line(f"{type(error).__name__}: {error}")
        raise ConfigError(f"{what} as the recipe says: {said} (--debug says where)") from error


def build_data(composition: Composition) -> TableData:
    """Read a recipe's table of images; no network is built, no weights are fetched."""
    alone = composition._replace(config={"data": composition.config["data"]})
    return _checked(parse_typed(_data_parser(), alone).data)


def _checked(data: TableData) -> TableData:
    with blaming("the data cannot be read"):
        data.check()
    return data


def _build_model(
    typed: Namespace, composition: Composition, data: TableData, seed: int
) -> Namespace:
    typed.network.classes = list(data.class_names)
    # the network's first weights are drawn here, from torch's global generator
    seed_everything(mix_seed("weights", seed) % 2**32, workers=False, verbose=False)
    built = build(_model_parser(), _only(typed, "network", "task", "trainer"), composition)
    built.network.preprocessing = data.preprocessing
    return built


def _only(typed: Namespace, *parts: str) -> Namespace:
    return Namespace({part: typed[part] for part in parts})  # type: ignore[no-untyped-call]


def _refuse_mismatch(task: CounterfactualTraining, data: TableData) -> None:
    """Refuse images of classes to train re-identification on, and the other way round."""
    individuals = isinstance(data, ReidentificationData)
    if isinstance(task, Reidentification) != individuals:
        raise ConfigError(
            f"task {type(task).__name__} does not go with data {type(data).__name__}, whose labels "
            f"are {'individuals' if individuals else 'classes'}: take both from one recipe"
        )


def _refuse_own_classes(composition: Composition) -> None:
    network = composition.config.get("network")
    if isinstance(network, dict) and "classes" in network:
        raise ConfigError(
            f"{composition.source('network', 'classes')}: network.classes follows from the data; "
            "leave it out"
        )


def _refuse_writing_outside(composition: Composition, folder: Path) -> None:
    outside = leading_out(composition.config.get("trainer"), folder)
    if outside is not None and not composition.trust:
        path, said = outside
        where = ("trainer", *path)
        raise ConfigError(f"{composition.source(*where)}: {'.'.join(where)}: {said}")


def _filled(config: dict[str, Any], seed: int, folder: Path) -> dict[str, Any]:
    """Say what follows from the rest: seeds, and where loggers write."""
    config = copy.deepcopy(config)
    for part in ("data", "task"):
        fill_argument(config.get(part), "seed", seed)
    trainer = config.get("trainer")
    logger = trainer.get("logger") if isinstance(trainer, dict) else None
    for one in logger if isinstance(logger, list) else [logger]:
        fill_argument(one, "save_dir", str(folder))
    return config


def fill_argument(described: Any, name: str, value: Any) -> None:
    """Say an argument of an object that a recipe describes, where the recipe does not."""
    if isinstance(described, dict):
        described["init_args"] = {name: value, **(described.get("init_args") or {})}
