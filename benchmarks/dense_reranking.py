"""k-reciprocal re-ranking as it is usually written: dense matrices over all pairs, loops."""

import numpy as np


def dense_rerank(
    query: np.ndarray,
    gallery: np.ndarray,
    k1: int = 20,
    k2: int = 6,
    lambda_: float = 0.3,
) -> np.ndarray:
    """Compute the published formula."""
    distances = scaled_distances(np.concatenate([query, gallery]))
    order = np.argsort(distances).astype(np.int32)
    rows = np.zeros_like(distances)
    for image in range(len(rows)):
        chosen = members(order, image, k1)
        weights = np.exp(-distances[image, chosen])
        rows[image, chosen] = weights / weights.sum()
    distances = distances[: len(query)]
    if k2 > 1:
        means = np.zeros_like(rows)
        for image in range(len(rows)):
            means[image] = rows[order[image, :k2]].mean(axis=0)
        rows = means
    mixed = (1 - lambda_) * jaccard(rows, len(query)) + lambda_ * distances
    return mixed[:, len(query) :]


def scaled_distances(images: np.ndarray) -> np.ndarray:
    squares = (images**2).sum(axis=1)
    distances = squares[:, None] + squares - 2 * images @ images.T
    return (distances / distances.max(axis=0)).T


def mutual(order: np.ndarray, image: int, length: int) -> np.ndarray:
    near = order[image, :length]
    return near[np.where(order[near, :length] == image)[0]]


def members(order: np.ndarray, image: int, k1: int) -> np.ndarray:
    own = mutual(order, image, k1 + 1)
    result = own
    for candidate in own:
        theirs = mutual(order, candidate, int(np.around(k1 / 2)) + 1)
        if len(np.intersect1d(theirs, own)) > 2 / 3 * len(theirs):
            result = np.append(result, theirs)
    return np.unique(result)


def jaccard(rows: np.ndarray, queries: int) -> np.ndarray:
    holders = [np.where(rows[:, column] != 0)[0] for column in range(rows.shape[1])]
    result = np.zeros((queries, len(rows)), np.float32)
    for query in range(queries):
        shared = np.zeros(len(rows), np.float32)
        for column in np.where(rows[query] != 0)[0]:
            others = holders[column]
            shared[others] += np.minimum(rows[query, column], rows[others, column])
        result[query] = 1 - shared / (2 - shared)
    return result
