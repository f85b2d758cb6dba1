"""How like the training images an image is."""

import torch
from jaxtyping import Float
from torch import Tensor


def familiarity_of(
    embeddings: Float[Tensor, "images size"], means: Float[Tensor, "classes size"]
) -> Float[Tensor, " images"]:
    """Cosine to the nearest class mean, -1..1; -1 where the embedding is not finite."""
    own = torch.nn.functional.normalize(embeddings.float().cpu())
    return (own @ means.float().T).max(dim=1).values.nan_to_num(nan=-1.0).clamp(-1, 1)
