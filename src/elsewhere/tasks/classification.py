"""Training a classifier with counterfactual attention learning (sections 3.3 and 4.1)."""

from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel
from torch.optim import SGD

from elsewhere.causal import Intervention
from elsewhere.losses import ClassificationObjective, TermWeights
from elsewhere.losses.center import CenterMoves
from elsewhere.metrics.gather import PredictionRows, gather_by_index
from elsewhere.models import AttentionNetwork
from elsewhere.models.views import PUBLISHED_CROPS, TestViews, look_closer
from elsewhere.structures import AttentionOutput, Batch
from elsewhere.tasks.augmentation import CropAndDrop
from elsewhere.tasks.evaluation import Evaluation
from elsewhere.tasks.measurement import EffectMeasure
from elsewhere.tasks.training import CounterfactualTraining, OptimizerOf


class Classification(CounterfactualTraining):
    """The paper's method for fine-grained categorization, step by step.

    Args:
        network: the attention network to train.
        intervention: the counterfactual of the effect term; None trains the baseline, for which
            nothing of the branch runs.
        terms: weight of every term of the objective.
        augmentation: attention-guided crop and drop; None trains on whole images only.
        optimizer: makes the optimizer of the network's parameters.
        views: what a test looks at.
        measure: how a test measures the effect; None leaves it out.
        effect_views: which views the effect term covers, `all` or the `raw` images alone; the
            published code's are all.
        center: how fast the centres of the centre loss follow (`rate`), and whose images move one
            (`moved_by`), see `elsewhere.losses.CenterLoss`.
        chosen_by: what of the validation images chooses the best checkpoint: `accuracy`, or as in
            the `published` code the larger of two accuracies, both of the mean over the image and
            one crop (threshold 0.1, padding 0.05): of the prediction, and of the effect against an
            all-ones map.
        training: schedule, effect_warmup_epochs, seed, channels_last and compile, as in
            `CounterfactualTraining`.
    """

    monitor = "val/accuracy"

    def __init__(
        self,
        network: AttentionNetwork,
        intervention: Intervention | None = None,
        terms: TermWeights | None = None,
        augmentation: CropAndDrop | None = None,
        optimizer: OptimizerOf = SGD,
        views: TestViews | None = None,
        measure: EffectMeasure | None = None,
        effect_views: Literal["all", "raw"] = "all",
        center: CenterMoves | None = None,
        chosen_by: Literal["accuracy", "published"] = "accuracy",
        **training: Any,
    ) -> None:
        objective = ClassificationObjective(
            len(network.class_names), network.embedding_size, terms or TermWeights(), center
        )
        super().__init__(network, intervention, objective, optimizer, **training)
        self.objective: ClassificationObjective = objective
        if center is not None and center.moved_by == "published":
            _keep_centers_apart(self)
        self.augmentation = augmentation
        self.effect_views = effect_views
        self.chosen_by = chosen_by
        if chosen_by == "published":
            self.monitor = "val/chosen"
        self.views = views or TestViews()
        self.measure = measure
        self.evaluations: list[Evaluation] = []
        self._validation: list[PredictionRows] = []

    @property
    def tests_whole_images(self) -> bool:
        """Whether the one view is the image."""
        return self.views.names == ("raw",)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Raw images, their crops and drops, the effect of attention on all of them (eq. 6)."""
        generator = self._step_generator()
        images = self._laid_out(batch).images
        raw: AttentionOutput = self.network(images)
        seen = [raw]
        if self.augmentation is not None and self._uses_views():
            views = self.augmentation(images, raw.attention, generator)
            seen.append(self.network(views.to(memory_format=self.layout)))
        terms = self.objective.terms(
            batch.labels,
            raw.logits,
            raw.embedding,
            augmented=seen[1].logits if len(seen) > 1 else None,
            effect=self._effect(seen, batch.labels, generator),
            attention=raw.attention,
        )
        loss = self.objective.total(terms, effect_share=self._effect_share())
        self._log_terms(terms, loss, len(batch.labels))
        return loss

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Collect the predictions of the whole images, and what else the best is chosen by."""
        images = self._laid_out(batch).images
        output: AttentionOutput = self.network(images)
        answers = [output.logits]
        if self.chosen_by == "published":
            crop, short = PUBLISHED_CROPS[-1], self.views.short_end
            closer = look_closer(self.network, images, output, crop, short_end=short)
            seen = [output, closer]
            answers.append(torch.stack([each.logits for each in seen]).mean(dim=0))
            answers.append(torch.stack([self._even_effect(each) for each in seen]).mean(dim=0))
        self._validation.append(
            PredictionRows(batch.indices, batch.labels, torch.stack(answers, dim=1))
        )

    def on_validation_epoch_end(self) -> None:
        """Log accuracy over the validation split, every image counted once.

        Raises:
            ModelError: the network has diverged.
        """
        rows = gather_by_index(PredictionRows(*map(torch.cat, zip(*self._validation, strict=True))))
        self._validation.clear()
        logits, *choosing = rows.logits.float().unbind(1)
        self._refuse_diverged(logits, " answers with numbers that are")
        hits = (logits.argmax(1) == rows.labels).float().mean()
        loss = torch.nn.functional.cross_entropy(logits, rows.labels)
        self.log_dict({"val/accuracy": hits, "val/loss": loss}, prog_bar=True, rank_zero_only=True)
        if choosing:
            right = [(each.argmax(1) == rows.labels).float().mean() for each in choosing]
            self.log("val/chosen", torch.stack(right).amax(), rank_zero_only=True)

    def on_test_start(self) -> None:
        """Begin an evaluation for every split under test."""
        self.evaluations = [
            Evaluation(self.network, images, self.views, self.measure)
            for images in self._test_sets()
        ]

    def test_step(self, batch: Batch, batch_idx: int, dataloader_idx: int = 0) -> None:
        """Look at every view, measure the effect, locate attention and evidence."""
        self.evaluations[dataloader_idx].add(self._laid_out(batch))

    def _even_effect(self, output: AttentionOutput) -> Tensor:
        even = torch.ones_like(output.attention)
        return output.logits - self.network.predict(output.features, even)

    def _uses_views(self) -> bool:
        asked = self.branch is not None and self.effect_views == "all"
        return asked or self.objective.weights.augmented != 0

    def _effect(
        self, seen: list[AttentionOutput], labels: Tensor, generator: torch.Generator
    ) -> Tensor | None:
        asked = seen if self.effect_views == "all" else seen[:1]
        effects = [self._effect_of(output, labels, generator) for output in asked]
        found = [effect for effect in effects if effect is not None]
        return torch.cat(found) if found else None


def _keep_centers_apart(task: Classification) -> None:
    """Let each process have its own; DistributedDataParallel hands out the first one's."""
    DistributedDataParallel._set_params_and_buffers_to_ignore_for_model(  # type: ignore[no-untyped-call]
        task, ["objective.center.centers"]
    )
