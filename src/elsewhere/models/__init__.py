"""What runs at inference: backbone → attention → pooling → head."""

from elsewhere.models.attention import SpatialAttention
from elsewhere.models.backbone import TimmBackbone
from elsewhere.models.channel_attention import ChannelAttentionBackbone
from elsewhere.models.head import ClassifierHead, EmbeddingHead
from elsewhere.models.network import AttentionNetwork
from elsewhere.models.retrieval import match_evidence, retrieval_vectors, view_vectors
from elsewhere.models.small import SmallResNet

__all__ = [
    "AttentionNetwork",
    "ChannelAttentionBackbone",
    "ClassifierHead",
    "EmbeddingHead",
    "SmallResNet",
    "SpatialAttention",
    "TimmBackbone",
    "match_evidence",
    "retrieval_vectors",
    "view_vectors",
]
