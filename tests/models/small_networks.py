"""Attention networks of both heads, small enough for any test."""

import torch
from torch import nn

from elsewhere.models import AttentionNetwork, ClassifierHead, EmbeddingHead, SmallResNet


def make(head=None, **settings) -> AttentionNetwork:
    torch.manual_seed(0)
    return AttentionNetwork(SmallResNet((4, 6, 8)), 3, 5, head=head, **settings).eval()


def warm(network: AttentionNetwork) -> AttentionNetwork:
    """Give every batch norm statistics, and layers weights that tell images apart."""
    network.train()
    with torch.no_grad():
        for name in ("projection", "classifier"):
            if hasattr(network.head, name):
                nn.init.normal_(getattr(network.head, name).weight)
        for _ in range(20):
            network(torch.randn(6, 3, 32, 48))
    return network.eval()


HEADS = {"classifier": lambda: ClassifierHead(), "embedding": lambda: EmbeddingHead(7)}
