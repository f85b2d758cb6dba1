"""The effect as a measure of attention quality (section 3.3), the same for any batch size."""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from elsewhere.causal import HardestAttention, Intervention, RandomAttention, ShuffledAttention
from elsewhere.data.sampling.seeds import mix_seed
from elsewhere.errors import ConfigError
from elsewhere.models import AttentionNetwork
from elsewhere.structures import AttentionOutput

ImagesOf = Callable[[Sequence[int]], Tensor]
"""Loads the images of some rows of the set under test."""


class EffectMeasure:
    """Asks a trained network again with counterfactual attention, `draws` times an image.

    Every image has random numbers of its own, made of the seed and the image's row, so that
    neither the batch size nor the number of processes moves the figure. Shuffled attention takes
    its partners from the whole set.

    Args:
        intervention: the counterfactual; random attention compares all models alike.
        draws: number K of counterfactuals an image.
        seed: of everything random here.

    Raises:
        ConfigError: for less than one draw, or shuffled attention within another intervention.
    """

    def __init__(
        self, intervention: Intervention | None = None, draws: int = 5, seed: int = 0
    ) -> None:
        if draws < 1:
            raise ConfigError(
                f"the effect needs at least one draw, got {draws}; to leave it out, set measure "
                "to null"
            )
        if isinstance(intervention, HardestAttention) and _shuffles(intervention.of):
            raise ConfigError(
                "every image is measured by itself, so the hardest of shuffled attention cannot be "
                "found: measure ShuffledAttention itself, or the hardest of another"
            )
        self.intervention = intervention or RandomAttention()
        self.draws = draws
        self.seed = seed

    def __call__(
        self,
        network: AttentionNetwork,
        output: AttentionOutput,
        indices: Sequence[int],
        total: int,
        images_of: ImagesOf,
    ) -> Float[Tensor, "draws batch classes"]:
        """Return the counterfactual logits of every draw.

        Args:
            network: the network under test.
            output: what it said of the images.
            indices: the images' rows in the set.
            total: number of images in the set.
            images_of: loads other images of the set; used by shuffled attention only.
        """
        return torch.stack(
            [
                network.predict(
                    output.features,
                    self._attention(network, output, indices, total, images_of, draw),
                )
                for draw in range(self.draws)
            ]
        )

    def _attention(
        self,
        network: nn.Module,
        output: AttentionOutput,
        indices: Sequence[int],
        total: int,
        images_of: ImagesOf,
        draw: int,
    ) -> Tensor:
        if isinstance(self.intervention, ShuffledAttention):
            generator = torch.Generator().manual_seed(mix_seed("partners", self.seed, draw))
            partners = self.intervention.draw_partners(total, generator)[list(indices)].tolist()
            other: AttentionOutput = network(images_of(partners).to(output.attention.device))
            return other.attention
        generators = (
            torch.Generator().manual_seed(mix_seed("intervention", self.seed, draw, index))
            for index in indices
        )
        return torch.cat(
            [
                self.intervention(one.unsqueeze(0), generator)
                for one, generator in zip(output.attention, generators, strict=True)
            ]
        )


def _shuffles(intervention: Intervention) -> bool:
    if isinstance(intervention, HardestAttention):
        return _shuffles(intervention.of)
    return isinstance(intervention, ShuffledAttention)
