"""Taking later stages, and the last stride, away from a timm network."""

from typing import Any

import torch
from torch import nn

from elsewhere.errors import ModelError


def remove_later_stages(network: Any, name: str, last: str) -> None:
    """Take away what a network of timm's runs between a stage and its last one, in place.

    `last` is the stage to keep, as the network's `feature_info` calls it; `name` is for messages.
    """
    reported = getattr(network, "feature_info", None)
    stages = list(getattr(reported, "info", reported) or [])
    children = [child for child, _ in network.named_children()]
    known = [stage["module"] for stage in stages if stage["module"] in children]
    if last not in known:
        raise ModelError(
            f"{name} has no stage {last!r} to stop at: "
            + (f"it has {', '.join(known)}" if known else "it names none")
        )
    for child in children[children.index(last) + 1 : children.index(known[-1]) + 1]:
        setattr(network, child, nn.Identity())
    network.feature_info = stages[: 1 + [stage["module"] for stage in stages].index(last)]
    network.num_features = network.feature_info[-1]["num_chs"]


_SMALL = 128


def remove_last_stride(network: Any, name: str) -> None:
    """Make the last map of a network twice as fine, in place.

    Every convolution of the last down-sampling keeps its weights and moves in steps of one; pooling
    that only served the down-sampling goes. timm's `output_stride` would dilate later convolutions
    as well, which the published code does not.
    """
    strided = _last_strided_modules(network)
    if not strided:
        raise ModelError(
            f"{name} has no last stage whose stride could be removed: set last_stride to null"
        )
    refusal = f"{name} does not fit together without its last stride"
    try:
        before = _map_size(network)
        for path, module in strided:
            _set_stride_one(network, path, module)
        after = _map_size(network)
    except (AssertionError, RuntimeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ModelError(f"{refusal} ({reason}): set last_stride to null") from error
    if after < 2 * before - 1:  # a kernel of 2 without padding costs one row
        raise ModelError(f"{refusal}: set last_stride to null")


def _last_strided_modules(network: Any) -> list[tuple[str, nn.Module]]:
    """Find what down-samples between the last two reductions that the network reports."""
    stages = getattr(network, "feature_info", None)
    stages = getattr(stages, "info", stages) or []
    coarsest = stages[-1]["reduction"] if stages else 0
    finer = [stage["module"] for stage in stages if stage["reduction"] < coarsest]
    if not finer:
        return []
    paths = [path for path, _ in network.named_modules()]
    inside = [n for n, path in enumerate(paths) if f"{path}.".startswith(f"{finer[-1]}.")]
    if not inside:
        return []
    later = list(network.named_modules())[inside[-1] + 1 :]
    return [(path, module) for path, module in later if _is_strided(module)]


def _is_strided(module: nn.Module) -> bool:
    stride = getattr(module, "stride", None)
    return stride in (2, (2, 2), [2, 2]) and not list(module.children())


def _set_stride_one(network: nn.Module, path: str, module: nn.Module) -> None:
    if isinstance(module, nn.AvgPool2d | nn.MaxPool2d) and module.kernel_size in (2, (2, 2)):
        network.set_submodule(path, nn.Identity())
    else:
        module.stride = (1, 1) if isinstance(module.stride, tuple | list) else 1  # type: ignore[assignment]


@torch.no_grad()
def _map_size(network: Any) -> int:
    """Measure the side of the last map for one small image, batch statistics untouched."""
    training = network.training
    network.eval()
    features = network.forward_features(torch.zeros(1, 3, _SMALL, _SMALL))
    network.train(training)
    if features.ndim != 4:
        return int(features.shape[1] ** 0.5)
    axis = 1 if getattr(network, "output_fmt", "NCHW") == "NHWC" else 2
    return int(features.shape[axis])
