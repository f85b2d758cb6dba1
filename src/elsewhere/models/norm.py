"""Batch norm whose shift stays at zero, and what it needs of a batch."""

from torch import Tensor, nn

from elsewhere.errors import ModelError


def freeze_shift(norm: nn.BatchNorm1d | nn.BatchNorm2d) -> None:
    """Keep β of a batch norm at zero: no gradient ever moves it."""
    nn.init.zeros_(norm.bias)
    norm.bias.requires_grad_(False)


def normalise(norm: nn.Module, values: Tensor, what: str) -> Tensor:
    """Apply a batch norm to one value per image and channel: rows, or maps of one position.

    In training a single image is refused, since it has no variance; `what` is where in the network
    this is, for the message.
    """
    several = isinstance(norm, nn.SyncBatchNorm)
    # the size is asked for in training alone: an exported network takes any number of images
    if norm.training and not several and len(values) == 1:
        raise ModelError(
            f"batch norm {what} needs two images or more in training, got 1: raise the batch "
            "size, or leave out the last batch of an epoch"
        )
    normal: Tensor = norm(values)
    return normal
