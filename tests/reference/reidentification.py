"""The embedding head, its losses and channel attention, one number at a time."""

import math

import numpy as np


def head(pooled, projection, mean, variance, gain, classifier, epsilon=1e-5):
    """Embedding, neck and logits of one pooled vector."""
    embedding = np.array([math.fsum(row * pooled) for row in projection])
    neck = np.array(
        [
            gain[d] * (embedding[d] - mean[d]) / math.sqrt(variance[d] + epsilon)
            for d in range(len(embedding))
        ]
    )
    return embedding, neck, np.array([math.fsum(row * neck) for row in classifier])


def smoothed_cross_entropy(logits, labels, smoothing, spread) -> float:
    """Mean of -target · log-probability, targets (1 - ε)·onehot + ε / K."""
    values = []
    for row, label in zip(logits, labels, strict=True):
        total = math.log(math.fsum(math.exp(value) for value in row))
        for number, value in enumerate(row):
            target = (1 - smoothing) * (number == label) + smoothing / spread
            values.append(target * (total - value))
    return math.fsum(values) / len(labels)


def batch_hard_triplet(embeddings, labels, margin) -> float:
    """Mean over all anchors with a positive and a negative; zero without any."""
    values = []
    for anchor, identity in enumerate(labels):
        distances = [math.dist(embeddings[anchor], other) for other in embeddings]
        same = [d for n, d in enumerate(distances) if labels[n] == identity and n != anchor]
        others = [d for n, d in enumerate(distances) if labels[n] != identity]
        if same and others:
            values.append(max(max(same) - min(others) + margin, 0.0))
    return math.fsum(values) / len(values) if values else 0.0


def split_attention(x, fc1, bn1, fc2):
    """One map (channels, h, w), batch norm as a gain and a shift per channel."""
    half = len(x) // 2
    seen = np.array([(x[c] + x[c + half]).mean() for c in range(half)])
    hidden = np.maximum((fc1[0] @ seen + fc1[1]) * bn1[0] + bn1[1], 0)
    scores = fc2[0] @ hidden + fc2[1]
    result = np.empty_like(x)
    for c in range(half):
        first, second = math.exp(scores[c]), math.exp(scores[c + half])
        result[c] = x[c] * first / (first + second)
        result[c + half] = x[c + half] * second / (first + second)
    return result


def squeeze_gate(x, narrow, widen):
    """One map (channels, h, w)."""
    hidden = np.maximum(narrow @ np.array([channel.mean() for channel in x]), 0)
    result = np.empty_like(x)
    for c, score in enumerate(widen @ hidden):
        result[c] = x[c] / (1 + math.exp(-score))
    return result
