"""k-reciprocal re-ranking as published, one image and one number at a time in float64."""

import numpy as np


def distances(query: np.ndarray, gallery: np.ndarray | None) -> np.ndarray:
    """Squared distances of all images, queries first, divided by each row's largest."""
    sides = [query] if gallery is None else [query, gallery]
    images = np.concatenate(sides).astype(np.float64)
    squares = np.array([[((a - b) ** 2).sum() for b in images] for a in images])
    columns = squares.max(axis=0)
    return (squares / np.where(columns > 0, columns, 1)).T


def neighbours(distances: np.ndarray) -> list[list[int]]:
    """All images by distance from each; of equally near ones the lower index first."""
    return [sorted(range(len(row)), key=lambda j: (row[j], j)) for row in distances.tolist()]


def mutual(lists: list[list[int]], image: int, length: int) -> set[int]:
    """Those among the image's first that have it among their own first."""
    return {j for j in lists[image][:length] if image in lists[j][:length]}


def members(lists: list[list[int]], image: int, k1: int) -> set[int]:
    """The image's k-reciprocal neighbours, with what they bring in."""
    own = mutual(lists, image, k1 + 1)
    result = set(own)
    for candidate in own:
        theirs = mutual(lists, candidate, int(np.around(k1 / 2)) + 1)
        if len(theirs & own) > 2 / 3 * len(theirs):
            result |= theirs
    return result


def weights(distances: np.ndarray, lists: list[list[int]], k1: int, k2: int) -> np.ndarray:
    """One row of weights per image."""
    rows = np.zeros_like(distances)
    for i in range(len(rows)):
        chosen = sorted(members(lists, i, k1))
        if chosen:
            weight = np.exp(-distances[i, chosen])
            rows[i, chosen] = weight / weight.sum()
    if k2 == 1:
        return rows
    return np.stack([rows[one[:k2]].mean(axis=0) for one in lists])


def rerank(
    query: np.ndarray, gallery: np.ndarray | None, k1: int = 20, k2: int = 6, lambda_: float = 0.3
) -> np.ndarray:
    original = distances(query, gallery)
    rows = weights(original, neighbours(original), k1, k2)
    queries = len(query)
    first = queries if gallery is not None else 0
    result = np.zeros((queries, len(original) - first))
    for q in range(queries):
        for g in range(result.shape[1]):
            shared = np.minimum(rows[q], rows[first + g]).sum()
            jaccard = 1 - shared / (2 - shared)
            result[q, g] = (1 - lambda_) * jaccard + lambda_ * original[q, first + g]
    return result
