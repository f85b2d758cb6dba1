"""From a recipe to everything that a run consists of."""

import copy
from pathlib import Path
from typing import Any, NamedTuple

from jsonargparse import ArgumentParser, Namespace
from lightning.pytorch import LightningModule, Trainer, seed_everything
from lightning.pytorch.loggers import CSVLogger

from elsewhere.callbacks import EpochLines, KeepCheckpoints, SeedEachStep
from elsewhere.cli.hush import hush
from elsewhere.cli.recipe import Composition, run_folder
from elsewhere.cli.typed import check_typed, parse_typed, typed_parser
from elsewhere.data import ImageData
from elsewhere.data.samplers import mix_seed
from elsewhere.errors import ConfigError
from elsewhere.models import AttentionNetwork
from elsewhere.tasks import Classification


class Run(NamedTuple):
    """One recipe, built.

    Attributes:
        folder: where everything of the run is written.
        composition: the recipe as composed.
        seed: of everything random.
        data: the pictures.
        task: the network, how it is trained and tested.
        trainer: Lightning's Trainer, with our callbacks.
        start_from: bundle whose weights training starts from, if any.
        method: what tables call it.
    """

    folder: Path
    composition: Composition
    seed: int
    data: ImageData
    task: Classification
    trainer: Trainer
    start_from: str | None
    method: str

    @property
    def checkpoints(self) -> Path:
        """Where the run's checkpoints lie."""
        return self.folder / "checkpoints"


def training_parser(verb: str) -> ArgumentParser:
    """Know every key of a recipe by the constructor that takes it."""
    parser = typed_parser(verb)
    parser.add_argument("--seed", type=int, default=0, help="seed of everything random")
    parser.add_argument("--method", type=str, default="CAL", help="what tables call it")
    parser.add_argument(
        "--start_from", type=str | None, default=None, help="bundle that training starts from"
    )
    parser.add_argument(
        "--checkpoint_every",
        type=int | None,
        default=None,
        help="optimizer steps between checkpoints within an epoch",
    )
    parser.add_subclass_arguments(ImageData, "data", required=True)
    _add_model(parser)
    return parser


def _add_model(parser: ArgumentParser) -> None:
    parser.add_class_arguments(AttentionNetwork, "network", skip={"preprocessing"})
    parser.add_subclass_arguments(LightningModule, "task", required=True)
    parser.add_class_arguments(
        Trainer, "trainer", skip={"default_root_dir"}, instantiate=False, fail_untyped=False
    )
    parser.link_arguments("network", "task.init_args.network", apply_on="instantiate")


def build_run(verb: str, composition: Composition) -> Run:
    """Build everything that a recipe names.

    Raises:
        ConfigError: for a wrong key or value.
        ElsewhereError: for whatever the data or the network refuse.
    """
    hush()
    seed = composition.config.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise ConfigError(
            f"{composition.source('seed')}: seed expects a whole number, not {seed!r}"
        )
    folder = run_folder(composition.options.runs, composition.recipe, composition.overlays, seed)
    filled = composition._replace(config=_filled(composition.config, seed, folder))
    typed = check_typed(training_parser(verb), filled)
    data = build_data(filled)
    model = _build_model(filled, data)
    return Run(
        folder,
        filled._replace(config=composition.config),
        seed,
        data,
        model.task,
        _trainer(model.trainer.as_dict(), folder, seed, typed.checkpoint_every),
        typed.start_from,
        typed.method,
    )


def build_data(composition: Composition) -> ImageData:
    """Read a recipe's table of pictures; no network is built, no weights are fetched.

    Raises:
        DataError: if nothing can be learned from it.
    """
    parser = typed_parser("data")
    parser.add_subclass_arguments(ImageData, "data", required=True)
    alone = composition._replace(config={"data": composition.config["data"]})
    data: ImageData = parse_typed(parser, alone).data
    data.check()
    return data


def _build_model(composition: Composition, data: ImageData) -> Namespace:
    parser = typed_parser("model")
    _add_model(parser)
    parts = ("network", "task", "trainer")
    config = {part: composition.config[part] for part in parts if part in composition.config}
    config["network"] = {**config.get("network", {}), "classes": list(data.class_names)}
    # the network's first weights are drawn here, from torch's global generator
    seed_everything(mix_seed("weights", data.seed) % 2**32, workers=False, verbose=False)
    built = parse_typed(parser, composition._replace(config=config))
    built.network.preprocessing = data.preprocessing
    return built


def _filled(config: dict[str, Any], seed: int, folder: Path) -> dict[str, Any]:
    """Say what follows from the rest: seeds, and where loggers write."""
    config = copy.deepcopy(config)
    for part in ("data", "task"):
        if isinstance(config.get(part), dict):
            arguments = config[part].setdefault("init_args", {})
            arguments.setdefault("seed", seed)
    trainer = config.get("trainer")
    logger = trainer.get("logger") if isinstance(trainer, dict) else None
    for one in logger if isinstance(logger, list) else [logger]:
        if isinstance(one, dict):
            one.setdefault("init_args", {}).setdefault("save_dir", str(folder))
    return config


def _trainer(settings: dict[str, Any], folder: Path, seed: int, every: int | None) -> Trainer:
    own = [
        SeedEachStep(seed),
        KeepCheckpoints(folder / "checkpoints", "val/accuracy", "max", every_n_steps=every),
    ]
    settings["callbacks"] = [*own, *_as_list(settings["callbacks"])]
    if settings["logger"] is not False:
        others = [one for one in _as_list(settings["logger"]) if one is not True]
        settings["logger"] = [CSVLogger(folder, name="log", version=""), *others]
    if settings["enable_progress_bar"] is None:
        settings["enable_progress_bar"] = False
        settings["callbacks"].append(EpochLines())
    _refuse_synced_batch_norm_on_cpu(settings)
    quiet = {"enable_model_summary": False, "num_sanity_val_steps": 0, "log_every_n_steps": 10}
    for key, value in quiet.items():
        settings[key] = value if settings[key] is None else settings[key]
    return Trainer(
        **{**settings, "use_distributed_sampler": False, "enable_checkpointing": True},
        default_root_dir=folder,
    )


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _refuse_synced_batch_norm_on_cpu(settings: dict[str, Any]) -> None:
    if settings["sync_batchnorm"] and settings["accelerator"] == "cpu":
        raise ConfigError(
            "trainer.sync_batchnorm works on GPUs only: leave it out, "
            "or set trainer.accelerator to gpu"
        )
