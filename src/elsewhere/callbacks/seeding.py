"""Randomness inside a training step, as a function of the step alone."""

from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer

from elsewhere.data.sampling.seeds import mix_seed


class SeedEachStep(Callback):
    """Seeds torch's generators, CPU and CUDA, before each training step.

    Dropout, drop path and other library layers take no generator of their own. With this callback
    what they draw depends on (seed, training batches so far, rank) alone: not on validation, on
    loading in this process, or on whether training was interrupted.

    Args:
        seed: the run's seed.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_batch_start(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Called by the Trainer once the batch is on its device."""
        torch.manual_seed(
            mix_seed("layers", self.seed, trainer.fit_loop.total_batch_idx, trainer.global_rank)
        )
