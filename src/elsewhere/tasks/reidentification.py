"""Training an embedding with counterfactual attention learning (sections 3.3, 4.2 and 4.3)."""

from collections.abc import Sequence
from typing import Any, Literal

import torch
from torch import Tensor
from torch.optim import Adam

from elsewhere.causal import CounterfactualBranch, Intervention, RandomAttention
from elsewhere.errors import ModelError
from elsewhere.functional.effect import prediction_effect
from elsewhere.losses import ReidentificationObjective, ReidentificationWeights
from elsewhere.models import AttentionNetwork, ClassifierHead
from elsewhere.structures import AttentionOutput, Batch, Retrieval, RetrievalVector
from elsewhere.tasks.embedding import Embedding
from elsewhere.tasks.scoring import mean_score, score
from elsewhere.tasks.training import CounterfactualTraining, OptimizerOf


class Reidentification(CounterfactualTraining):
    """The paper's method for person and vehicle re-identification, step by step.

    Args:
        network: the attention network to train, with an `EmbeddingHead`.
        intervention: the counterfactual of the effect term; None trains the baseline, for which
            nothing of the branch runs.
        terms: weight of every term of the objective.
        smoothing: of the labels in both cross-entropies; 0.1 is the published code's.
        smoothing_classes: classes that the smoothing spreads over; the number there is if not
            given. The published code leaves 751 whatever the data set.
        margin: of the triplet loss; 0.3 is the published code's.
        optimizer: makes the optimizer of the network's parameters.
        retrieval_vector: what images are compared by: `pooled` is the paper's sentence (section
            3.1), `logits` the published code's.
        mirror: add the mirrored image's vector at test, as the published code does.
        compared: further retrieval vectors that a test scores beside the chosen one.
        reranked: score the chosen vector once more with k-reciprocal re-ranking.
        statistics: of batch norm. `factual` lets the factual features alone touch them, once a
            step; `published` runs the counterfactual first and lets it touch them too, even for
            the baseline, as the public code does.
        training: schedule, effect_warmup_epochs, seed, channels_last and compile, as in
            `CounterfactualTraining`.

    Raises:
        ModelError: images are to be compared by the neck of a head that has none.
    """

    monitor = "val/mAP"

    def __init__(
        self,
        network: AttentionNetwork,
        intervention: Intervention | None = None,
        terms: ReidentificationWeights | None = None,
        smoothing: float = 0.1,
        smoothing_classes: int | None = None,
        margin: float = 0.3,
        optimizer: OptimizerOf = Adam,
        retrieval_vector: RetrievalVector = "embedding",
        mirror: bool = True,
        compared: Sequence[RetrievalVector] = (),
        reranked: bool = False,
        statistics: Literal["factual", "published"] = "factual",
        **training: Any,
    ) -> None:
        objective = ReidentificationObjective(
            len(network.class_names), terms or ReidentificationWeights(),
            smoothing, smoothing_classes, margin,
        )  # fmt: skip
        super().__init__(network, intervention, objective, optimizer, **training)
        self.objective: ReidentificationObjective = objective
        network.retrieval = Retrieval(retrieval_vector, mirror)
        self.kinds = tuple(dict.fromkeys((retrieval_vector, *compared)))
        if "neck" in self.kinds and isinstance(network.head, ClassifierHead):
            raise ModelError(
                "images cannot be compared by neck, since a ClassifierHead has none: set "
                "network.head to EmbeddingHead, or leave neck out of retrieval_vector and compared"
            )
        self.reranked = reranked
        self.polluting = None
        if statistics == "published":
            if intervention and type(intervention).draw is not Intervention.draw:
                raise ModelError(
                    f"statistics: published asks before there is an answer, but "
                    f"{type(intervention).__name__} goes by the answer: choose another "
                    "intervention, or statistics: factual"
                )
            wrong = intervention or RandomAttention()
            self.polluting = CounterfactualBranch(wrong, update_statistics=True)
        self.embeddings: list[Embedding] = []
        self._validation: Embedding | None = None

    @property
    def tests_whole_images(self) -> bool:
        """Whether mirrored images are left out."""
        return self.network.retrieval is not None and not self.network.retrieval.mirror

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Identity, triplets, and the effect of attention on the identity (eq. 6)."""
        output, effect = self._observe(self._laid_out(batch).images, batch.labels)
        terms = self.objective.terms(batch.labels, output.logits, output.embedding, effect)
        loss = self.objective.total(terms, effect_share=self._effect_share())
        self._log_terms(terms, loss, len(batch.labels))
        return loss

    def on_validation_epoch_start(self) -> None:
        """Begin to embed the validation images."""
        self._validation = self._embedding(self.kinds[:1])

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Embed a batch."""
        assert self._validation is not None
        self._validation.add(self._laid_out(batch))

    def on_validation_epoch_end(self) -> None:
        """Log mAP and Rank-1 of the validation images, every image counted once.

        Raises:
            ModelError: the network has diverged.
        """
        assert self._validation is not None
        vectors = self._validation.rows().of(self.kinds[0])
        self._validation = None
        self._refuse_diverged(vectors, "'s vectors are")
        data: Any = self.trainer.datamodule  # type: ignore[attr-defined]
        mean_precision, first = mean_score(score(vectors, data.validation_set))
        figures = {"val/mAP": mean_precision, "val/rank1": first}
        self.log_dict(figures, prog_bar=True, rank_zero_only=True)

    def on_test_start(self) -> None:
        """Begin an embedding for every set under test."""
        self.embeddings = [self._embedding(self.kinds) for _ in self._test_sets()]

    def test_step(self, batch: Batch, batch_idx: int, dataloader_idx: int = 0) -> None:
        """Embed a batch."""
        self.embeddings[dataloader_idx].add(self._laid_out(batch))

    def _embedding(self, kinds: Sequence[RetrievalVector]) -> Embedding:
        assert self.network.retrieval is not None
        return Embedding(self.network, kinds, self.network.retrieval.mirror)

    def _observe(self, images: Tensor, labels: Tensor) -> tuple[AttentionOutput, Tensor | None]:
        """What the network says of the images, and the effect of its attention on that."""
        generator = self._step_generator()
        if self.polluting is not None:
            return self._observe_as_published(images, generator)
        output: AttentionOutput = self.network(images)
        return output, self._effect_of(output, labels, generator)

    def _observe_as_published(
        self, images: Tensor, generator: torch.Generator
    ) -> tuple[AttentionOutput, Tensor | None]:
        """The public code's order: batch norm sees the counterfactual first, then the factual."""
        assert self.polluting is not None
        features, attention = self.network.look(images)
        with torch.set_grad_enabled(self.branch is not None):
            wrong = self.polluting.counterfactual(self.network, features, attention, generator)
        output = self.network.answer(features, attention)
        if self.branch is None:
            return output, None
        return output, prediction_effect(output.logits, wrong.unsqueeze(0))
