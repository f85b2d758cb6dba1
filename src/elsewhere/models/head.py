"""From the pooled vector h to a prediction."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


class ClassifierHead(nn.Module):
    """The classifier C of eq. 4: a linear layer without bias on the scaled vector.

    h has length one, so its logits would be too even to fit: the published code multiplies h by
    100 first. Logits are float32 under mixed precision, where ×100 would lose what separates
    look-alikes.

    Args:
        scale: factor on h before the linear layer.
    """

    classifier: nn.Linear

    def __init__(self, scale: float = 100.0) -> None:
        super().__init__()
        self.scale = scale

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

    def class_weight(self, labels: Tensor) -> Float[Tensor, "batch size"]:
        """The row that makes each label's logit out of h: logit = ⟨row, h⟩."""
        return self.scale * self.classifier.weight[labels]
