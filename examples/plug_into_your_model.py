"""Counterfactual attention learning on an attention model that this package did not define.

    python examples/plug_into_your_model.py

The model below is anybody's: a few convolutions, a sigmoid mask, a head with batch norm. All it
has to offer is `predict(features, attention)`, and a forward pass that also gives back the
features and the attention. The five lines that matter are marked.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import elsewhere


class Output(NamedTuple):
    """What the model says of images."""

    logits: Tensor
    attention: Tensor
    features: Tensor


class YourModel(nn.Module):
    """Looks at one place of an image through a soft mask."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 16, 3, stride=2, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.BatchNorm2d(32), nn.ReLU(),
        )  # fmt: skip
        self.mask = nn.Conv2d(32, 1, 1)
        self.head = nn.Sequential(nn.Linear(32, 32), nn.BatchNorm1d(32), nn.Linear(32, classes))

    def predict(self, features: Tensor, attention: Tensor) -> Tensor:
        """Average the features that the mask lets through, and classify them."""
        seen = (features * attention).sum(dim=(2, 3)) / attention.sum(dim=(2, 3)).clamp_min(1e-6)
        return self.head(seen)

    def forward(self, images: Tensor) -> Output:
        """Look, and predict from where it looked."""
        features = self.features(images)
        attention = self.mask(features).sigmoid()
        return Output(self.predict(features, attention), attention, features)


def draw_dots(count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """A dot of one of four colours somewhere on a noisy picture; its colour is the class."""
    colours = torch.tensor([[2.0, 0, 0], [0, 2, 0], [0, 0, 2], [2, 2, 0]])
    labels = torch.randint(4, (count,), generator=generator)
    images = 0.5 * torch.randn(count, 3, 32, 32, generator=generator)
    places = torch.randint(26, (count, 2), generator=generator)
    for image, label, (row, column) in zip(images, labels, places.tolist(), strict=True):
        image[:, row : row + 6, column : column + 6] += colours[label, :, None, None]
    return images, labels


def main(steps: int = 120) -> None:
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(0)
    model = YourModel(classes=4)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)

    intervention = elsewhere.RandomAttention(0.0, 1.0)  # 1: a sigmoid's range
    branch = elsewhere.CounterfactualBranch(intervention)  # 2
    for step in range(1, steps + 1):
        images, labels = draw_dots(64, generator)
        output = model(images)
        loss = F.cross_entropy(output.logits, labels)
        effect = branch(model, output, generator)  # 3: eq. 5
        loss = loss + F.cross_entropy(effect, labels)  # 4: eq. 6
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 20 == 0:
            gain = effect.gather(1, labels[:, None]).mean().item()
            print(f"step {step:4d}   loss {loss.item():.3f}   effect on the true class {gain:+.3f}")

    model.eval()
    with torch.no_grad():
        images, labels = draw_dots(256, generator)
        output = model(images)
        accuracy = (output.logits.argmax(1) == labels).float().mean().item()
        effect = branch(model, output, generator, draws=10)  # 5: as a measure
        gain = effect.gather(1, labels[:, None]).mean().item()
    print(f"new images: accuracy {accuracy:.2f}, effect of its attention {gain:+.3f}")


if __name__ == "__main__":
    main()
