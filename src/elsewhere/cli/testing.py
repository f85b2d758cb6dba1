"""What a test begins with: a checkpoint's weights, and the names of all software."""

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy
import torch

from elsewhere.callbacks import read_checkpoint
from elsewhere.errors import CheckpointError
from elsewhere.tasks.training import CounterfactualTraining


def load_weights(task: CounterfactualTraining, checkpoint: Path) -> dict[str, Any]:
    """Load a checkpoint's weights into a task and return the whole checkpoint.

    Raises:
        CheckpointError: if it is damaged or of another network or number of classes.
    """
    content = read_checkpoint(checkpoint)
    if not isinstance(content, dict) or {"state_dict", "epoch", "global_step"} - content.keys():
        raise CheckpointError(f"{checkpoint}: not a checkpoint that elsewhere fit wrote")
    weights, own = content["state_dict"], task.state_dict()
    other = [k for k in own if k in weights and own[k].shape != weights[k].shape]
    classifier = "network.head.classifier.weight"
    if classifier in other and len(weights[classifier]) != len(own[classifier]):
        raise CheckpointError(
            f"{checkpoint}: trained for {len(weights[classifier])} classes, "
            f"the data have {len(own[classifier])}: name the data it was trained on"
        )
    strange = sorted(own.keys() ^ weights.keys()) or other
    if strange:
        raise CheckpointError(
            f"{checkpoint}: {len(strange)} weights do not fit this recipe, first {strange[:3]}"
        )
    task.load_state_dict(weights)
    return content


def versions() -> dict[str, str]:
    """Name the software and machine that a result was made with."""
    packages = ("elsewhere", "torch", "torchvision", "timm", "lightning")
    return {
        **{name: version(name) for name in packages},
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads",
    }
