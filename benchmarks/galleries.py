"""Features to rank, drawn: as a trained network gives them, or without structure.

`clustered` has 751 identities as Market-1501's test set has, of very different numbers of images,
by six cameras, and distractors whose identity nobody asks for. A feature is an identity's
direction, plus the camera's, plus the image's own, in a space of few dimensions, mapped to all
channels and cut off below zero as pooled features are. How far images of one identity spread
differs between identities, so that mAP, mINP and the ranks of last matches are those of a good
network, neither all right nor all wrong.
"""

from typing import NamedTuple

import torch
from torch import Tensor


class Case(NamedTuple):
    """How many of what."""

    queries: int = 3368
    gallery: int = 15913
    size: int = 2048
    identities: int = 750
    distractors: int = 2798
    cameras: int = 6


MSMT17 = Case(11_659, 82_161, 2048, identities=3060, distractors=0, cameras=15)


class Gallery(NamedTuple):
    """Features and labels of queries and gallery."""

    query: Tensor
    gallery: Tensor
    labels: dict[str, Tensor]


def clustered(case: Case, spread: float = 0.85, rank: int = 96, seed: int = 0) -> Gallery:
    """Draw features such as a trained network gives."""
    generator = torch.Generator().manual_seed(seed)
    labels = draw_labels(case, generator)
    alone = torch.arange(case.distractors) + case.identities
    ids = {side: labels[f"{side}_ids"].clone() for side in ("query", "gallery")}
    ids["gallery"][ids["gallery"] == case.identities] = alone  # no two distractors are alike
    people = torch.randn(case.identities + case.distractors, rank, generator=generator)
    spreads = spread * (0.6 + 0.8 * torch.rand(len(people), 1, generator=generator))
    cameras = 0.5 * torch.randn(case.cameras, rank, generator=generator)
    channels = torch.randn(rank, case.size, generator=generator) / rank**0.5

    def draw(side: str) -> Tensor:
        features = torch.empty(len(ids[side]), case.size)
        for part in torch.arange(len(features)).split(4096):
            who, where = ids[side][part], labels[f"{side}_cameras"][part]
            own = spreads[who] * torch.randn(len(part), rank, generator=generator)
            features[part] = (people[who] + cameras[where] + own) @ channels
        return features.add_(0.3).clamp_(min=0)

    return Gallery(draw("query"), draw("gallery"), labels)


def structureless(case: Case, seed: int = 0) -> Gallery:
    """Draw features that say nothing of identities."""
    generator = torch.Generator().manual_seed(seed)
    labels = draw_labels(case, generator)
    sizes = (case.queries, case.gallery)
    query, gallery = (torch.randn(rows, case.size, generator=generator) for rows in sizes)
    return Gallery(query, gallery, labels)


def with_matches(
    images: int, matches: int, queries: int, spread: float | None, size: int = 512, seed: int = 0
) -> Gallery:
    """Draw a gallery with about so many matches for each query.

    Args:
        images: of the gallery.
        matches: images of each identity.
        queries: how many.
        spread: of an identity's images, whose centres have a spread of one; None for features that
            say nothing of identities.
        size: numbers of a feature.
        seed: of the draw.
    """
    generator = torch.Generator().manual_seed(seed)
    identities = images // matches
    ids = torch.randint(identities, (images,), generator=generator)
    query_ids = torch.arange(queries) % identities
    query, gallery = (torch.randn(n, size, generator=generator) for n in (queries, images))
    if spread is not None:
        centres = torch.randn(identities, size, generator=generator)
        query, gallery = query * spread + centres[query_ids], gallery * spread + centres[ids]
    return Gallery(query, gallery, {"query_ids": query_ids, "gallery_ids": ids})


def draw_labels(case: Case, generator: torch.Generator) -> dict[str, Tensor]:
    """Draw who is where; identity number `identities` stands for the distractors."""
    images = case.gallery - case.distractors
    weights = 0.2 + torch.rand(case.identities, generator=generator) ** 2
    gallery = torch.multinomial(weights, images, replacement=True, generator=generator)
    distractors = torch.full((case.distractors,), case.identities)
    gallery = torch.cat([gallery, distractors])[torch.randperm(case.gallery, generator=generator)]
    query = torch.arange(case.queries) % case.identities
    draw = {"generator": generator}
    return {
        "query_ids": query,
        "gallery_ids": gallery,
        "query_cameras": torch.randint(0, case.cameras, (case.queries,), **draw),
        "gallery_cameras": torch.randint(0, case.cameras, (case.gallery,), **draw),
    }
