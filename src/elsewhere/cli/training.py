"""From a recipe to everything that a run consists of."""

import copy
from pathlib import Path
from typing import Any, NamedTuple

from jsonargparse import ArgumentParser
from lightning.pytorch import LightningModule, Trainer, seed_everything
from lightning.pytorch.loggers import CSVLogger

from elsewhere.callbacks import EpochLines, KeepCheckpoints, SeedEachStep
from elsewhere.cli.hush import hush
from elsewhere.cli.recipe import Composition, run_folder
from elsewhere.cli.typed import build, check_typed, typed_parser
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
    """

    folder: Path
    composition: Composition
    seed: int
    data: ImageData
    task: Classification
    trainer: Trainer
    start_from: str | None

    @property
    def checkpoints(self) -> Path:
        """Where the run's checkpoints lie."""
        return self.folder / "checkpoints"


def training_parser(verb: str) -> ArgumentParser:
    """Know every key of a recipe by the constructor that takes it."""
    parser = typed_parser(verb)
    parser.add_argument("--seed", type=int, default=0, help="seed of everything random")
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
    parser.add_class_arguments(AttentionNetwork, "network", skip={"preprocessing"})
    parser.add_subclass_arguments(LightningModule, "task", required=True)
    parser.add_class_arguments(
        Trainer, "trainer", skip={"default_root_dir"}, instantiate=False, fail_untyped=False
    )
    parser.link_arguments(
        "data",
        "network.classes",
        compute_fn=lambda data: data.class_names,
        apply_on="instantiate",
    )
    parser.link_arguments("network", "task.init_args.network", apply_on="instantiate")
    return parser


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
    parser = training_parser(verb)
    typed = check_typed(parser, filled)
    # the network's first weights are drawn here, from torch's global generator
    seed_everything(mix_seed("weights", seed) % 2**32, workers=False, verbose=False)
    built = build(parser, typed, filled)
    built.network.preprocessing = built.data.preprocessing
    return Run(
        folder,
        composition,
        seed,
        built.data,
        built.task,
        _trainer(built.trainer.as_dict(), folder, seed, typed.checkpoint_every),
        typed.start_from,
    )


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
    if settings["logger"] is None:
        settings["logger"] = CSVLogger(folder, name="log", version="")
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
