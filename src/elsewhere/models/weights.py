"""Reading weights files without executing anything in them."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from elsewhere.errors import CheckpointError
from elsewhere.files.weights import read_content

CLASSIFIER_LAYERS = ("attn_pool", "classifier", "fc", "fc_norm", "head", "head_dist", "pre_logits")
"""What the layers of a network's own classifier are called."""
_IGNORED = tuple(f"{name}." for name in (*CLASSIFIER_LAYERS, "conv_head"))


def read_weights(file: Path) -> dict[str, Tensor]:
    """Read a flat dictionary of tensors, safetensors or a torch file.

    A `state_dict` inside, and the prefix `module.` that data-parallel training leaves, are taken
    off.
    """
    content, _ = read_content(file)
    if isinstance(content, Mapping):
        content = content.get("state_dict", content)
    items = content.items() if isinstance(content, Mapping) else ()
    tensors = {
        str(key).removeprefix("module."): value.as_subclass(Tensor)
        for key, value in items
        if isinstance(value, Tensor)
    }
    if not tensors:
        raise CheckpointError(f"{file}: holds no tensors by name")
    return tensors


def load_backbone_weights(network: nn.Module, file: Path) -> list[str]:
    """Load weights into a backbone; a classifier in the file is left out.

    A line is returned for each kind of key that was ignored.
    """
    own = network.state_dict()
    tensors = _without_base(read_weights(file), own)
    missing = [key for key in own if key not in tensors and not key.endswith("num_batches_tracked")]
    if missing:
        raise CheckpointError(
            f"{file}: {len(missing)} of {len(own)} weights are missing, first {missing[:3]}: "
            "is it for another network?"
        )
    shapes = [key for key in own if key in tensors and own[key].shape != tensors[key].shape]
    if shapes:
        key = shapes[0]
        raise CheckpointError(
            f"{file}: {len(shapes)} weights have another shape, first {key}: "
            f"{tuple(tensors[key].shape)} in the file, {tuple(own[key].shape)} in the network"
        )
    network.load_state_dict({key: tensors[key] for key in own if key in tensors}, strict=False)
    return _ignored([key for key in tensors if key not in own], file)


def _without_base(tensors: dict[str, Tensor], own: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Take off the prefix `base.` under which strong re-identification baselines keep theirs."""
    if own.keys() & tensors.keys():
        return tensors
    return {key.removeprefix("base."): value for key, value in tensors.items()}


def _ignored(keys: list[str], file: Path) -> list[str]:
    classifier = [key for key in keys if key.startswith(_IGNORED)]
    other = [key for key in keys if key not in classifier]
    if len(other) > len(keys) // 2 and len(other) > 20:
        raise CheckpointError(
            f"{file}: {len(other)} keys have no place in the network, first {other[:3]}"
        )
    lines = [f"classifier ignored ({', '.join(classifier)})"] if classifier else []
    return lines + ([f"ignored, no place in the backbone: {', '.join(other)}"] if other else [])
