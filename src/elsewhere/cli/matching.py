"""A picture of two pictures: where the model looked in each, and what made them alike."""

from collections.abc import Sequence

import torch
from torch import Tensor

from elsewhere.cli.retrieving import retrieval_of
from elsewhere.cli.serving import Model
from elsewhere.data import InputImage, load_images, seen_picture
from elsewhere.models import match_evidence, view_vectors
from elsewhere.reports.explanation import encode_panel
from elsewhere.retrieval.verdict import Verdict
from elsewhere.structures import AttentionOutput
from elsewhere.visualization.match import MatchSide, match_panel


def draw_match(
    model: Model, images: tuple[InputImage, InputImage], verdict: Verdict, title: str = ""
) -> bytes:
    """Draw two pictures as a PNG.

    Args:
        model: what compared them.
        images: the two.
        verdict: what is said of these two.
        title: one line above everything.
    """
    sides, _ = pair_sides(model, images)
    said = ""
    if verdict.same is not None:
        said = f"called {verdict.word} (threshold {retrieval_of(model).threshold:.2f})"
    panel = match_panel(*sides, similarity=verdict.similarity, verdict=said, title=title)
    return encode_panel(panel)


@torch.inference_mode()
def pair_sides(
    model: Model, images: tuple[InputImage, InputImage]
) -> tuple[tuple[MatchSide, MatchSide], float]:
    """Look at two pictures once more, and share out what they have in common.

    Where the model adds mirrored views, the evidence of both views is added up where the picture
    is.

    Args:
        model: what compared them.
        images: the two.

    Returns:
        Both sides, and their cosine similarity.
    """
    retrieval = retrieval_of(model)
    first, second = (_views(model, image, retrieval.mirror) for image in images)
    kind = retrieval.vector
    a, b = (view_vectors(model.network, views, (kind,))[kind] for views in (first, second))
    similarity = torch.nn.functional.cosine_similarity(a.double(), b.double())
    sides = (_side(model, "A", images[0], first, b), _side(model, "B", images[1], second, a))
    return sides, float(similarity)


def _views(model: Model, image: InputImage, mirror: bool) -> list[AttentionOutput]:
    pixels = load_images([image.path], model.preprocessing).to(model.device)
    return [model.network(view) for view in ([pixels, pixels.flip(-1)] if mirror else [pixels])]


def _side(
    model: Model, name: str, image: InputImage, views: Sequence[AttentionOutput], other: Tensor
) -> MatchSide:
    evidence, constant = None, 0.0
    if model.network.pooling == "average":  # with max pooling there is no sum over positions
        maps, constants = match_evidence(model.network, views, other, retrieval_of(model).vector)
        upright = [maps[0], *(each.flip(-1) for each in maps[1:])]
        evidence = torch.stack(upright).sum(0)[0].float().cpu().numpy()
        constant = float(constants[0])
    return MatchSide(
        name,
        seen_picture(image.path, model.preprocessing),
        views[0].attention[0].float().cpu().numpy(),
        evidence,
        constant,
        (image.name,),
    )
