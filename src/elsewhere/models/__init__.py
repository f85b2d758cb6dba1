"""What runs at inference: backbone → attention → pooling → head."""

from elsewhere.models.attention import SpatialAttention
from elsewhere.models.backbone import TimmBackbone
from elsewhere.models.head import ClassifierHead
from elsewhere.models.network import AttentionNetwork
from elsewhere.models.small import SmallResNet

__all__ = ["AttentionNetwork", "ClassifierHead", "SmallResNet", "SpatialAttention", "TimmBackbone"]
