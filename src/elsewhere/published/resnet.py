"""Which ResNet a set of tensors is of, and biases that only some have."""

import re

from torch import Tensor

from elsewhere.errors import CheckpointError
from elsewhere.published.contents import Published, listed

_BLOCK = re.compile(r"layer([1-4])\.(\d+)\.")
_NAMES: dict[tuple[bool, tuple[int, ...], int], str] = {
    (False, (2, 2, 2, 2), 64): "resnet18.tv_in1k",
    (False, (3, 4, 6, 3), 64): "resnet34.tv_in1k",
    (True, (3, 4, 6, 3), 64): "resnet50.tv_in1k",
    (True, (3, 4, 23, 3), 64): "resnet101.tv_in1k",
    (True, (3, 8, 36, 3), 64): "resnet152.tv_in1k",
    (True, (3, 4, 6, 3), 128): "wide_resnet50_2.tv_in1k",
    (True, (3, 4, 23, 3), 128): "wide_resnet101_2.tv_in1k",
}


def resnet_name(tensors: dict[str, Tensor], published: Published) -> str:
    """Tell timm's name of a ResNet from the names and shapes of its tensors.

    Args:
        tensors: by torchvision's names.
        published: where they come from, for the message.

    Raises:
        CheckpointError: if no ResNet known here has such blocks.
    """
    blocks: dict[str, set[str]] = {stage: set() for stage in "1234"}
    for key in tensors:
        if found := _BLOCK.match(key):
            blocks[found[1]].add(found[2])
    counts = tuple(len(blocks[stage]) for stage in "1234")
    if not all(counts):
        raise CheckpointError(
            f"{published.file}: no ResNet: name the network as timm does with --name; it holds "
            f"{listed(list(published.tensors))}"
        )
    middle = tensors.get("layer1.0.conv2.weight")
    width = tuple(middle.shape[:2]) if middle is not None and middle.ndim == 4 else (0, 0)
    name = _NAMES.get(("layer1.0.conv3.weight" in tensors, counts, width[0]))
    if name is None or width[0] != width[1]:
        raise CheckpointError(
            f"{published.file}: a ResNet of {'-'.join(map(str, counts))} blocks that is not known "
            "here: name it as timm does with --name"
        )
    return name


def fold_biases(tensors: dict[str, Tensor]) -> tuple[dict[str, Tensor], int]:
    """Move biases of convolutions into the batch norms behind them, which changes no output.

    A batch norm takes the mean away: w·x + b − μ = w·x − (μ − b). The difference of two float16
    would be rounded to another, so it is taken, and kept, in float64.

    Returns:
        The tensors without those biases, and how many there were.
    """
    folded = dict(tensors)
    for key, bias in tensors.items():
        norm = re.sub(r"conv(\d)\.bias$", r"bn\1.", key)
        norm = re.sub(r"downsample\.0\.bias$", "downsample.1.", norm)
        mean = folded.get(f"{norm}running_mean")
        if norm != key and mean is not None and mean.shape == bias.shape:
            folded[f"{norm}running_mean"] = mean.double() - folded.pop(key).double()
    return folded, len(tensors) - len(folded)
