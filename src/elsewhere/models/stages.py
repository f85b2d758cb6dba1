"""Cutting a network off behind one of its stages."""

from typing import Any

from torch import nn

from elsewhere.errors import ModelError


def remove_later_stages(network: Any, name: str, last: str) -> None:
    """Take away what a network runs between a stage and its last one, in place.

    Args:
        network: timm's.
        name: of the network, for the message.
        last: the stage to keep, as the network's `feature_info` calls it.

    Raises:
        ModelError: if the network has no such stage, or does not run its stages one by one.
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
