"""Lightning's Trainer with our callbacks, and the settings of it that no run can keep."""

from pathlib import Path
from typing import Any

from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch import Trainer
from lightning.pytorch.accelerators import CPUAccelerator
from lightning.pytorch.loggers import CSVLogger

from elsewhere.callbacks import EpochLines, KeepCheckpoints, SeedEachStep, StopAtSignals
from elsewhere.errors import ConfigError

TRAINER_OWN = {"default_root_dir", "enable_checkpointing", "use_distributed_sampler"}
"""What a run decides itself; as recipe keys these are unknown."""


def make_trainer(
    settings: dict[str, Any],
    folder: Path,
    seed: int,
    *,
    monitor: str | None,
    every: int | None,
    log: bool,
) -> Trainer:
    """Make the Trainer of a run; `settings` are all the recipe's keys under `trainer`.

    `monitor` is the validation value that the best checkpoint is chosen by; None without one.
    `every` counts optimizer steps between checkpoints within an epoch; None for none. `log` says
    whether anything is logged, as in training.
    """
    signals = StopAtSignals()
    own = [
        SeedEachStep(seed),
        signals,
        KeepCheckpoints(folder / "checkpoints", monitor, "max", every_n_steps=every,
                        signals=signals),
    ]  # fmt: skip
    settings["callbacks"] = [*own, *_as_list(settings["callbacks"])]
    settings["logger"] = _loggers(settings["logger"], folder) if log else False
    if settings["enable_progress_bar"] is None:
        settings["enable_progress_bar"] = False
        settings["callbacks"].append(EpochLines())
    _refuse_half_runs(settings)
    quiet = {"enable_model_summary": False, "num_sanity_val_steps": 0, "log_every_n_steps": 10}
    for key, value in quiet.items():
        settings[key] = value if settings[key] is None else settings[key]
    asked = str(settings["precision"] or "")
    try:
        trainer = Trainer(**settings, use_distributed_sampler=False, default_root_dir=folder)
    except (MisconfigurationException, TypeError, ValueError) as error:
        raise ConfigError(f"trainer: {error}") from error
    if isinstance(trainer.accelerator, CPUAccelerator):
        _refuse_what_needs_a_gpu(settings, asked)
    return trainer


def _loggers(given: Any, folder: Path) -> Any:
    """A table on disk, a new one for each resume, and whatever else the recipe names."""
    if given is False:
        return False
    resumed = len(list((folder / "log").glob("**/metrics.csv")))
    table = CSVLogger(folder, name="log", version=f"resumed-{resumed}" if resumed else "")
    return [table, *(one for one in _as_list(given) if one is not True)]


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _refuse_half_runs(settings: dict[str, Any]) -> None:
    """Refuse settings under which nothing is learned, no best is chosen, or images are left out."""
    for name in ("max_epochs", "accumulate_grad_batches"):
        if settings[name] is not None and settings[name] < 1:
            raise ConfigError(f"trainer.{name} must be 1 or more, got {settings[name]}")
    for name, why in (
        ("limit_train_batches", "nothing would be learned"),
        ("limit_val_batches", "the best checkpoint is chosen by validation"),
    ):
        if settings[name] is not None and settings[name] <= 0:
            raise ConfigError(f"trainer.{name} must be above 0, got {settings[name]}: {why}")
    between = settings["val_check_interval"]
    if isinstance(between, int | float) and not between > 0:
        raise ConfigError(f"trainer.val_check_interval must be above 0, got {between}")
    limit = settings["limit_test_batches"]
    cut = limit is not None and (limit != 1 or isinstance(limit, int))
    for name, said in (
        ("limit_test_batches", cut),
        ("overfit_batches", settings["overfit_batches"]),
        ("fast_dev_run", settings["fast_dev_run"]),
    ):
        if said:
            raise ConfigError(
                f"trainer.{name}: a run counts every image of its data; leave it out, and shorten "
                "training by trainer.limit_train_batches or trainer.max_steps"
            )


def _refuse_what_needs_a_gpu(settings: dict[str, Any], precision: str) -> None:
    """Refuse what Lightning would do otherwise, or not at all, on a CPU."""
    if settings["sync_batchnorm"]:
        raise ConfigError(
            "trainer.sync_batchnorm works on GPUs only: leave it out, "
            "or set trainer.accelerator to gpu"
        )
    if precision.startswith("16"):
        raise ConfigError(f"trainer.precision {precision} needs a GPU: use bf16-mixed")
