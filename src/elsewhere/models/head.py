"""From the pooled vector h to a prediction."""

from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from elsewhere.errors import ModelError
from elsewhere.models.norm import freeze_shift, normalise
from elsewhere.structures import RetrievalVector


class ClassifierHead(nn.Module):
    """The classifier C of eq. 4: a linear layer without bias on the scaled vector.

    h has length one, so its logits would be too even to fit: the published code multiplies h by
    100 first. Logits are float32 under mixed precision, where ×100 would lose what separates
    look-alikes.

    Args:
        scale: factor on h before the linear layer.

    Examples:
        >>> head = elsewhere.ClassifierHead(scale=30.0)
        >>> net = elsewhere.AttentionNetwork(elsewhere.SmallResNet(), heads=2, classes=3, head=head)
        >>> net.embedding_size == net.pooled_size  # h itself
        True
    """

    classifier: nn.Linear

    def __init__(self, scale: float = 100.0) -> None:
        super().__init__()
        self.scale = scale

    @property
    def settings(self) -> dict[str, Any]:
        """What builds such a head again."""
        return {"scale": self.scale}

    @property
    def embedding_size(self) -> int:
        """Length of the embedding, which is h itself."""
        return self.classifier.in_features

    def connect(self, size: int, classes: int) -> None:
        """Build the layer for vectors of `size` numbers and `classes` classes."""
        self.classifier = nn.Linear(size, classes, bias=False)

    def forward(
        self, pooled: Float[Tensor, "batch size"]
    ) -> tuple[Float[Tensor, "batch classes"], Float[Tensor, "batch size"]]:
        """Return logits and embedding; the embedding of a classifier is h itself."""
        with torch.autocast(pooled.device.type, enabled=False):
            # a network that was turned to half precision as a whole still has float32 logits
            weight = self.classifier.weight.to(pooled.dtype)
            logits = F.linear(self.scale * pooled, weight)
        return logits, pooled

    def neck(
        self,
        embedding: Float[Tensor, "batch size"],  # noqa: ARG002
    ) -> Float[Tensor, "batch size"]:
        """Refuse: there is no batch norm between h and the classifier.

        Raises:
            ModelError: always.
        """
        raise ModelError(
            "a ClassifierHead has no batch-norm neck: compare by pooled, embedding or logits, or "
            "give the network an EmbeddingHead"
        )

    def class_weight(self, labels: Int[Tensor, " batch"]) -> Float[Tensor, "batch size"]:
        """The row that makes each label's logit out of h: logit = ⟨row, h⟩."""
        return self.scale * self.classifier.weight[labels]

    def pull_back(
        self, kind: RetrievalVector, direction: Float[Tensor, "batch length"]
    ) -> tuple[Float[Tensor, "batch size"], Float[Tensor, " batch"]]:
        """Say what a direction among vectors of one kind asks of h.

        Returns:
            Row and constant with ⟨direction, vector⟩ = ⟨row, h⟩ + constant.

        Raises:
            ModelError: for the neck, which this head lacks.
        """
        if kind == "neck":
            self.neck(direction)
        row = direction
        if kind == "logits":
            row = self.scale * (direction @ self.classifier.weight.to(direction.dtype))
        return row, direction.new_zeros(len(direction))


class EmbeddingHead(nn.Module):
    """The head of re-identification: h → linear → embedding → batch-norm neck → classifier.

    Neither linear layer has a bias, the neck's shift stays at zero, and both linear layers start
    from N(0, 0.001²): the published code's, on which the paper is silent. Embeddings and logits
    are float32 under mixed precision.

    Args:
        size: length of the embedding.

    Raises:
        ModelError: for a size below 1.

    Examples:
        >>> head = elsewhere.EmbeddingHead(32)
        >>> net = elsewhere.AttentionNetwork(elsewhere.SmallResNet(), heads=2, classes=9, head=head)
        >>> tuple(net(torch.rand(4, 3, 64, 64)).embedding.shape)
        (4, 32)
    """

    projection: nn.Linear
    norm: nn.BatchNorm1d
    classifier: nn.Linear

    def __init__(self, size: int = 2048) -> None:
        super().__init__()
        if size < 1:
            raise ModelError(f"the size of an embedding must be 1 or more, got {size}")
        self.embedding_size = size

    @property
    def settings(self) -> dict[str, Any]:
        """What builds such a head again."""
        return {"size": self.embedding_size}

    def connect(self, size: int, classes: int) -> None:
        """Build the layers for vectors of `size` numbers and `classes` classes."""
        self.projection = nn.Linear(size, self.embedding_size, bias=False)
        self.norm = nn.BatchNorm1d(self.embedding_size)
        self.classifier = nn.Linear(self.embedding_size, classes, bias=False)
        freeze_shift(self.norm)
        for layer in (self.projection, self.classifier):
            nn.init.normal_(layer.weight, std=0.001)

    def forward(
        self, pooled: Float[Tensor, "batch size"]
    ) -> tuple[Float[Tensor, "batch classes"], Float[Tensor, "batch length"]]:
        """Return logits and embedding, the latter as it is before the neck.

        Raises:
            ModelError: in training, for a single image.
        """
        with torch.autocast(pooled.device.type, enabled=False):
            # a network that was turned to half precision as a whole still has float32 logits
            embedding = F.linear(pooled, self.projection.weight.to(pooled.dtype))
            logits = F.linear(self.neck(embedding), self.classifier.weight.to(pooled.dtype))
        return logits, embedding

    def neck(self, embedding: Float[Tensor, "batch length"]) -> Float[Tensor, "batch length"]:
        """Return the embeddings behind the batch norm.

        Raises:
            ModelError: in training, for a single image.
        """
        with torch.autocast(embedding.device.type, enabled=False):
            held = embedding.to(self.norm.weight.dtype)
            return normalise(self.norm, held, "behind the embedding").to(embedding.dtype)

    def class_weight(self, labels: Int[Tensor, " batch"]) -> Float[Tensor, "batch size"]:
        """The row that makes each label's logit out of h: logit = ⟨row, h⟩ + a constant.

        Raises:
            ModelError: in training, when the neck depends on the whole batch.
        """
        return self._through_neck(self.classifier.weight[labels])[0]

    def pull_back(
        self, kind: RetrievalVector, direction: Float[Tensor, "batch length"]
    ) -> tuple[Float[Tensor, "batch size"], Float[Tensor, " batch"]]:
        """Say what a direction among vectors of one kind asks of h.

        Returns:
            Row and constant with ⟨direction, vector⟩ = ⟨row, h⟩ + constant; the constant comes
            from the neck's statistics, and is zero for vectors before it.

        Raises:
            ModelError: in training, for vectors behind the neck.
        """
        nothing = direction.new_zeros(len(direction))
        if kind == "pooled":
            return direction, nothing
        if kind == "embedding":
            return direction @ self.projection.weight.to(direction.dtype), nothing
        if kind == "logits":
            direction = direction @ self.classifier.weight.to(direction.dtype)
        return self._through_neck(direction)

    def _through_neck(self, direction: Tensor) -> tuple[Tensor, Tensor]:
        norm = self.norm
        if norm.training or norm.running_mean is None or norm.running_var is None:
            raise ModelError(
                "behind the neck nothing is a sum over one image while batch norm follows the "
                "batch: call network.eval() first"
            )
        kind = direction.dtype
        slope = norm.weight.to(kind) / (norm.running_var.to(kind) + norm.eps).sqrt()
        shift = norm.bias.to(kind) - norm.running_mean.to(kind) * slope
        row = (direction * slope) @ self.projection.weight.to(kind)
        return row, direction @ shift
