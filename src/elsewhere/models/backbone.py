"""Any timm network as a backbone: images in, one map of features out."""

import logging
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import timm
import torch
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
from jaxtyping import Float
from torch import Tensor, nn

from elsewhere.errors import ModelError
from elsewhere.models.hub import kept_offline
from elsewhere.models.stride import remove_last_stride, remove_later_stages
from elsewhere.models.weights import CLASSIFIER_LAYERS, load_backbone_weights

_log = logging.getLogger(__name__)
ELSEWHERE = frozenset({"weights", "pretrained", "pretrained_cfg", "pretrained_cfg_overlay",
                       "checkpoint_path", "cache_dir"})  # fmt: skip
"""Options by which timm would read another file, and run what it holds."""
_DOWNLOAD_ERRORS = (ConnectionError, TimeoutError, HfHubHTTPError, LocalEntryNotFoundError)


class TimmBackbone(nn.Module):
    """X = f(I) by a timm network (section 3.1).

    Args:
        name: timm's name. A recipe names the weights exactly (`resnet101.tv_in1k`): a bare name
            stands for whatever weights timm prefers this year.
        last_stride: 1 takes the stride of the last stage away without dilating it, so that the
            map is twice as fine (the published code's choice); 2 or None keeps the network as
            it is.
        weights: `pretrained` downloads what the name stands for; else a file, safetensors or
            anything that torch loads without executing it; None starts at random.
        stop_at: the stage whose features are the last, by timm's name of it (`Mixed_6e` of
            `inception_v3`); what follows is taken away.
        timm_options: passed to `timm.create_model`; none that names another file.

    Raises:
        ModelError: for a name timm does not know, an option that names a file, or a network
            without a stride to remove or without the stage to stop at.
        CheckpointError: for weights that do not fit.

    Examples:
        >>> backbone = elsewhere.TimmBackbone("test_resnet.r160_in1k")  # at random
        >>> tuple(backbone(torch.rand(1, 3, 64, 64)).shape) == (1, backbone.channels, 2, 2)
        True
    """

    def __init__(
        self,
        name: str,
        last_stride: int | None = None,
        weights: str | Path | None = None,
        stop_at: str | None = None,
        **timm_options: Any,
    ) -> None:
        super().__init__()
        if strange := sorted(timm_options.keys() & ELSEWHERE):
            raise ModelError(
                f"{strange[0]} would let timm read another file, and run what it holds: give "
                "weights as a file instead, which is read without running it"
            )
        self.settings = {"name": name, "last_stride": last_stride, **timm_options}
        self.network = _create(name, str(weights) == "pretrained", timm_options)
        if weights is not None and str(weights) != "pretrained":
            for line in load_backbone_weights(self.network, Path(weights)):
                _log.warning("%s: %s", weights, line)
        if stop_at is not None:
            self.settings["stop_at"] = stop_at
            remove_later_stages(self.network, name, stop_at)
        if last_stride == 1:
            remove_last_stride(self.network, name)
        elif last_stride not in (None, 2):
            raise ModelError(f"last_stride must be 1, 2 or null, got {last_stride}")
        self.channels: int = self.network.num_features
        self.pretrained_mean: tuple[float, ...] = self.network.pretrained_cfg["mean"]
        self.pretrained_std: tuple[float, ...] = self.network.pretrained_cfg["std"]

    def forward(
        self, images: Float[Tensor, "batch 3 height width"]
    ) -> Float[Tensor, "batch channels h w"]:
        """Return the last map of features, channels first whatever the network's own order."""
        features = self._channels_first(self.network.forward_features(images), images)
        if features.shape[1] != self.channels:
            raise ModelError(
                f"{self.settings['name']} yields {features.shape[1]} channels, timm speaks of "
                f"{self.channels}: use another network"
            )
        return features

    def _channels_first(self, features: Any, images: Tensor) -> Tensor:
        kind = tuple(features.shape) if isinstance(features, Tensor) else type(features).__name__
        if not isinstance(features, Tensor) or features.ndim not in (3, 4):
            raise ModelError(
                f"{self.settings['name']} yields no map of features but {kind}: "
                "use a convolutional network or a vision transformer"
            )
        if features.ndim == 3:
            return self._tokens_to_map(features, images)
        if getattr(self.network, "output_fmt", "NCHW") == "NHWC":
            return features.permute(0, 3, 1, 2)
        return features

    def _tokens_to_map(self, tokens: Tensor, images: Tensor) -> Tensor:
        tokens = tokens[:, getattr(self.network, "num_prefix_tokens", 0) :]
        size = (images.shape[-2], images.shape[-1])
        height, width = _grid(self.network, size, tokens.shape[1])
        return tokens.transpose(1, 2).reshape(tokens.shape[0], -1, height, width)


def _create(name: str, pretrained: bool, options: dict[str, Any]) -> Any:
    if not timm.is_model(name):
        near = timm.list_models(f"*{name.split('.')[0][:6]}*")[:5]
        hint = f"; near names: {', '.join(near)}" if near else ""
        raise ModelError(f"timm has no network {name!r}{hint}")
    try:
        with kept_offline() if pretrained else nullcontext():
            network = _create_for_any_size(name, pretrained=pretrained, num_classes=0, **options)
    except _DOWNLOAD_ERRORS as error:
        source = timm.get_pretrained_cfg(name)
        repository = source.hf_hub_id if source and source.hf_hub_id else name
        raise ModelError(
            f"the weights of {name!r} are not here and cannot be downloaded: give them with "
            "--network.backbone.weights=FILE (where there is a network: hf download "
            f"{repository.rstrip('/')} model.safetensors), or null to start at random"
        ) from error
    except (AssertionError, RuntimeError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ModelError(f"timm cannot build {name!r} with {options}: {reason}") from error
    _drop_classifier(network)
    return network


def _create_for_any_size(name: str, **options: Any) -> Any:
    """Ask vision transformers to accept any image size."""
    file = timm.model_entrypoint(name).__module__.rsplit(".", 1)[-1]
    return timm.create_model(name, **_ANY_SIZE.get(file, {}) | options)


_DYNAMIC, _LENIENT = {"dynamic_img_size": True}, {"strict_img_size": False}
_ANY_SIZE = {
    "deit": _DYNAMIC,
    "eva": _DYNAMIC,
    "swin_transformer": _LENIENT,
    "swin_transformer_v2": _LENIENT,
    "swin_transformer_v2_cr": _LENIENT,
    "vision_transformer": _DYNAMIC,
    "vision_transformer_hybrid": _DYNAMIC,
}
"""What frees the networks of timm's files that otherwise tie themselves to one size."""


def _drop_classifier(network: Any) -> None:
    """Forget every layer that only the network's own classifier used.

    Parameters that never see a gradient stop distributed training.
    """
    unused = [*CLASSIFIER_LAYERS]
    if getattr(network, "head_hidden_size", network.num_features) != network.num_features:
        unused += ["conv_head", "norm_head"]  # MobileNetV3 widens after pooling
    for name in unused:
        if isinstance(getattr(network, name, None), nn.Module):
            setattr(network, name, nn.Identity())


def _grid(network: Any, size: tuple[int, int], tokens: int) -> tuple[int, int]:
    """Find the rows and columns of a sequence of tokens."""
    embed: Any = getattr(network, "patch_embed", None)
    if hasattr(embed, "dynamic_feat_size"):
        height, width = embed.dynamic_feat_size(size)
    else:
        height = round((tokens * size[0] / size[1]) ** 0.5)
        width = tokens // max(height, 1)
    if height * width != tokens:
        raise ModelError(f"{tokens} tokens for an image of {size} make no rectangle")
    return height, width


def output_size(backbone: nn.Module, size: tuple[int, int]) -> tuple[int, int]:
    """Measure the height and width of the features for images of `size`."""
    parameter = next(backbone.parameters())
    training = backbone.training
    backbone.eval()
    with torch.no_grad():
        features = backbone(parameter.new_zeros(1, 3, *size))
    backbone.train(training)
    return features.shape[-2], features.shape[-1]
