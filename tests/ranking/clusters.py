"""Small galleries whose identities can be told apart, mostly."""

import torch

RULES = ("query_ids", "gallery_ids", "query_cameras", "gallery_cameras")


def clustered(queries=40, images=300, size=32, seed=0, noise=1.5):
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(0, 12, (queries + images,), generator=generator)
    cameras = torch.randint(0, 3, (queries + images,), generator=generator)
    features = torch.randn(12, size, generator=generator)[ids]
    features += noise * torch.randn(len(ids), size, generator=generator)
    labels = (ids[:queries], ids[queries:], cameras[:queries], cameras[queries:])
    rules = dict(zip(RULES, labels, strict=True))
    return features[:queries], features[queries:], rules
