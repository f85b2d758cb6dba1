"""One training step of the paper's method, written out: everything behind the backbone, by hand.

Randomness is drawn from a generator in the order of the method: the head that a crop follows and
its threshold, the same of the drop, then a counterfactual for the whole images and one for the
others.
"""

import torch
from tests.reference.region import published_box
from torch.nn.functional import interpolate


def attend(features, weights):
    """Convolution of one pixel, batch norm by the batch's own statistics, ReLU (eq. 1)."""
    conv, gain, shift = weights
    maps = torch.einsum("bchw,mc->bmhw", features, conv[:, :, 0, 0])
    mean = maps.mean(dim=(0, 2, 3), keepdim=True)
    variance = ((maps - mean) ** 2).mean(dim=(0, 2, 3), keepdim=True)
    maps = gain[:, None, None] * (maps - mean) / (variance + 1e-3).sqrt() + shift[:, None, None]
    return maps.clamp_min(0)


def pool(features, attention, epsilon):
    """Equations 2 and 3, map by map."""
    parts = [(attention[:, m, None] * features).mean(dim=(2, 3)) for m in range(attention.shape[1])]
    joined = torch.cat(parts, dim=1)
    rooted = joined.sign() * (joined.abs() + epsilon).sqrt()
    return rooted / (rooted**2).sum(dim=1, keepdim=True).sqrt()


def cross_entropy(logits, labels, smoothing=0.0):
    """The mean over rows of −Σ target · log-probability."""
    log = logits - logits.exp().sum(dim=1, keepdim=True).log()
    rows = torch.stack([row[label] for row, label in zip(log, labels, strict=True)])
    return -((1 - smoothing) * rows + smoothing * log.mean(dim=1)).mean()


def crops_and_drops(images, attention, generator):
    """All crops, then all drops, an image at a time."""
    count, size = len(images), images.shape[2:]
    numbers = [torch.rand(count, generator=generator).double() for _ in range(4)]
    crops, drops = [], []
    for n, image in enumerate(images):
        edges = (attention[n].sum(dim=(1, 2)) + 1e-6).sqrt().cumsum(0)
        heads = [int((edges <= draws[n] * edges[-1]).sum()) for draws in numbers[::2]]
        thresholds = [0.4 + 0.2 * numbers[1][n], 0.2 + 0.3 * numbers[3][n]]
        left, top, right, bottom = published_box(
            attention[n, heads[0]], float(thresholds[0]), size, 0.1
        )
        part = image[None, :, top:bottom, left:right]
        crops.append(interpolate(part, size, mode="bilinear", align_corners=True)[0])
        hidden = attention[n, heads[1]]
        raised = interpolate(hidden[None, None], size, mode="bilinear", align_corners=True)[0, 0]
        drops.append(image * (raised < thresholds[1] * hidden.max()))
    return torch.stack([*crops, *drops])


def wrong(attention, generator):
    """γ ~ U(0, 2), drawn in float32."""
    return torch.empty(attention.shape).uniform_(0, 2, generator=generator).double()


def classification(backbone, weights, centers, images, labels, generator):
    """The loss, and where the centres go; weights are those of attention and classifier."""
    *attention_weights, classifier = weights

    def look(pictures):
        features = backbone(pictures)
        attention = attend(features, attention_weights)
        embedding = pool(features, attention, 1e-6)
        return features, attention, embedding, 100 * embedding @ classifier.T

    def effect(seen):
        changed = pool(seen[0], wrong(seen[1], generator), 1e-6)
        return seen[3] - 100 * changed @ classifier.T

    raw = look(images)
    with torch.no_grad():
        views = crops_and_drops(images, raw[1].detach(), generator)
    further = look(views)
    effects = torch.cat([effect(raw), effect(further)])
    targets = centers / (centers**2).sum(dim=1, keepdim=True).sqrt()
    away = raw[2] - targets[labels]
    loss = cross_entropy(raw[3], labels) / 3
    loss = loss + cross_entropy(further[3], labels.repeat(2)) * 2 / 3
    loss = loss + cross_entropy(effects, labels.repeat(3)) + (away**2).sum() / len(labels)
    moved = centers.clone()
    for label, distance in zip(labels.tolist(), away.detach(), strict=True):
        moved[label] += 0.05 * distance
    return loss, moved


def reidentification(backbone, weights, images, labels, generator):
    """The loss; weights are those of attention, projection, neck and classifier."""
    *attention_weights, projection, gain, classifier = weights
    features = backbone(images)
    attention = attend(features, attention_weights)

    def answer(maps):
        embedding = pool(features, maps, 1e-12) @ projection.T
        away = embedding - embedding.mean(dim=0)
        neck = gain * away / ((away**2).mean(dim=0) + 1e-5).sqrt()
        return embedding, neck @ classifier.T

    embedding, logits = answer(attention)
    changed = answer(wrong(attention, generator))[1]
    triplets = []
    for n, label in enumerate(labels.tolist()):
        away = (embedding - embedding[n]).square().sum(dim=1)
        same = [away[k] for k in range(len(labels)) if labels[k] == label and k != n]
        other = [away[k] for k in range(len(labels)) if labels[k] != label]
        far, near = torch.stack(same).max().sqrt(), torch.stack(other).min().sqrt()
        triplets.append((far - near + 0.3).clamp_min(0))
    identity = cross_entropy(logits, labels, 0.1) + cross_entropy(logits - changed, labels, 0.1)
    return identity + torch.stack(triplets).mean()
