"""One training step as `tasks.Classification` does it, without a trainer round it."""

from functools import partial

import torch
from torch import Tensor

from elsewhere import AttentionNetwork, RandomAttention
from elsewhere.structures import Batch
from elsewhere.tasks import Classification, CropAndDrop

SGD = partial(torch.optim.SGD, lr=1e-5, momentum=0.9, weight_decay=1e-5)
"""The recipes' optimizer; a small rate, since one batch over and over must not run away."""


class LoneClassification(Classification):
    """The task itself; only what it asks of a trainer is answered here."""

    steps = 0

    def _step_generator(self) -> torch.Generator:
        self.steps += 1
        return torch.Generator(self.device).manual_seed(self.steps)

    def _progress(self) -> float:
        return 0.0

    def _log_terms(self, terms: dict[str, Tensor], loss: Tensor, count: int) -> None:
        """Logging costs the same with and without CAL, and is left out."""


class TrainingStep:
    """Forward of raw images, crops and drops, objective, backward, optimizer; call it for one step.

    Args:
        network: what is trained; steps that are compared share it.
        batch: trained on again and again.
        cal: with the effect term (True) or the baseline.
        augmentation: makes crops and drops; ours if not given.
        precision: type of mixed precision; None computes in float32.
        settings: `channels_last` and `compile` of the task.
    """

    def __init__(
        self,
        network: AttentionNetwork,
        batch: Batch,
        cal: bool,
        augmentation: CropAndDrop | None = None,
        precision: torch.dtype | None = None,
        **settings: bool,
    ) -> None:
        self.task = LoneClassification(
            network,
            intervention=RandomAttention() if cal else None,
            augmentation=augmentation or CropAndDrop(),
            **settings,
        ).to(batch.images.device)
        self.task.train()
        self.batch = batch
        self.precision = precision
        self.optimizer = SGD(network.parameters())

    def __call__(self) -> None:
        """Train for one step."""
        self.optimizer.zero_grad()
        kind = self.batch.images.device.type
        with torch.autocast(kind, self.precision, enabled=self.precision is not None):
            loss = self.task.training_step(self.batch, 0)
        loss.backward()
        self.optimizer.step()


def noise_batch(size: int, pixels: int, classes: int, device: str = "cpu") -> Batch:
    """Pictures of noise: what they show does not move the time."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(size, 3, pixels, pixels, generator=generator)
    labels = torch.randint(classes, (size,), generator=generator)
    boxes = torch.full((size, 4), torch.nan)
    return Batch(*(column.to(device) for column in (images, labels, boxes, torch.arange(size))))
