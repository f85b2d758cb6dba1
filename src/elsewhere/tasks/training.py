"""What every training by counterfactual attention learning does alike."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from lightning.pytorch import LightningModule
from torch import Tensor
from torch.optim import Optimizer

from elsewhere.causal import CounterfactualBranch, Intervention, Moment
from elsewhere.data.sampling.batches import step_seed
from elsewhere.errors import ConfigError, ModelError
from elsewhere.losses.terms import Objective
from elsewhere.models import AttentionNetwork
from elsewhere.structures import AttentionOutput, Batch
from elsewhere.tasks.schedule import Constant, Length, Schedule

CLASS_NAMES = "class_names"
"""Under which a checkpoint says what the classes are called that it was trained for."""

OptimizerOf = Callable[[Iterable], Optimizer]


class CounterfactualTraining(LightningModule):
    """A network in training, whose attention is asked what it is good for (eq. 5, 6).

    Subclasses say what a step is, what is validated and what is tested.

    Attributes:
        branch: the counterfactual branch; None in a baseline, for which nothing of it runs.
        monitor: the validation value, the larger the better, that the best checkpoint is chosen by.

    Args:
        network: the attention network to train.
        intervention: the counterfactual of the effect term; None trains the baseline.
        objective: the terms that training makes small.
        optimizer: makes the optimizer of the network's parameters.
        schedule: learning rate over the run.
        effect_warmup_epochs: epochs over which the effect term's weight climbs from 0.
        seed: of everything random in training.
        channels_last: keep images and weights channels last, which GPUs prefer.
        compile: compile the network with `torch.compile`.

    Raises:
        ConfigError: for a warm-up below 0.
    """

    monitor: str

    def __init__(
        self,
        network: AttentionNetwork,
        intervention: Intervention | None,
        objective: Objective,
        optimizer: OptimizerOf,
        schedule: Schedule | None = None,
        effect_warmup_epochs: float = 0.0,
        seed: int = 0,
        channels_last: bool = False,
        compile: bool = False,  # noqa: A002
    ) -> None:
        super().__init__()
        if not effect_warmup_epochs >= 0:
            raise ConfigError(f"effect_warmup_epochs must be 0 or more, got {effect_warmup_epochs}")
        self.layout = torch.channels_last if channels_last else torch.contiguous_format
        self.network = network.to(memory_format=self.layout)
        if compile:
            network.compile()
        wanted = intervention if objective.weight_of["effect"] else None
        self.branch = CounterfactualBranch(wanted) if wanted else None
        self.objective = objective
        self.optimizer = optimizer
        self.schedule = schedule or Constant()
        self.effect_warmup_epochs = effect_warmup_epochs
        self.seed = seed

    @property
    def tests_whole_images(self) -> bool:
        """Whether a test looks at whole images alone, and at no crop or mirror of them."""
        return False

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep what each row of the classifier is called, beside the weights."""
        checkpoint[CLASS_NAMES] = list(self.network.class_names)

    def configure_optimizers(self) -> Any:
        """Bind optimizer and schedule; the schedule moves at every step."""
        optimizer = self.optimizer(p for p in self.network.parameters() if p.requires_grad)
        # a run whose length is given in steps alone would not know its epoch's length yet
        self.trainer.fit_loop.setup_data()
        steps = int(self.trainer.estimated_stepping_batches)  # which max_steps may end early
        length = Length(steps, self._steps_per_epoch())
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": self.schedule(optimizer, length), "interval": "step"},
        }

    def _effect_of(
        self, output: AttentionOutput, labels: Tensor, generator: torch.Generator
    ) -> Tensor | None:
        """Ask for the effect of the attention, where there is a branch; views repeat labels."""
        if self.branch is None:
            return None
        moment = Moment(labels.repeat(len(output.logits) // len(labels)), self._progress())
        return self.branch(self.network, output, generator, moment=moment)

    def _progress(self) -> float:
        """How much of the run lies behind, 0..1."""
        return min(self.global_step / self.trainer.estimated_stepping_batches, 1.0)

    def _effect_share(self) -> float:
        if not self.effect_warmup_epochs:
            return 1.0
        return min(self.global_step / self._steps_per_epoch() / self.effect_warmup_epochs, 1.0)

    def _steps_per_epoch(self) -> int:
        batches = int(self.trainer.num_training_batches)
        return max(math.ceil(batches / self.trainer.accumulate_grad_batches), 1)

    def _step_generator(self) -> torch.Generator:
        """Seed this step by the run's seed, its place in the run and the process."""
        step = self.trainer.fit_loop.epoch_loop.total_batch_idx
        seed = step_seed(self.seed, step, self.global_rank)
        return torch.Generator(self.device).manual_seed(seed)

    def _laid_out(self, batch: Batch) -> Batch:
        """The batch with its images in memory as the weights are."""
        return batch._replace(images=batch.images.to(memory_format=self.layout))

    def _test_sets(self) -> list[Any]:
        loaders: Any = self.trainer.test_dataloaders
        return [each.dataset for each in (loaders if isinstance(loaders, list) else [loaders])]

    def _refuse_diverged(self, values: Tensor, what: str) -> None:
        if not values.isfinite().all():
            raise ModelError(
                f"training fell apart: after step {self.global_step} the network{what} not "
                "finite; lower the learning rate or lengthen its warm-up"
            )

    def _log_terms(self, terms: dict[str, Tensor], loss: Tensor, count: int) -> None:
        logged = {f"train/{name}": term.detach() for name, term in terms.items()}
        self.log_dict(logged, batch_size=count, on_step=True, on_epoch=True)
        self.log("train/loss", loss.detach(), prog_bar=True, batch_size=count)
