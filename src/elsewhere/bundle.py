"""Bundles: a folder with a network's weights and what they mean, for sharing and serving.

`bundle.json` says how to build the network, what its classes are called, how pictures become
inputs and how far its confidence goes; `weights.safetensors` holds the numbers. Nothing in a
bundle is ever executed.
"""

import json
import os
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from elsewhere.errors import CheckpointError
from elsewhere.models import AttentionNetwork, ClassifierHead, SmallResNet, TimmBackbone
from elsewhere.structures import Calibration, Preprocessing

FORMAT = 1
_DESCRIPTION = "bundle.json"
_WEIGHTS = "weights.safetensors"
_BACKBONES = {"TimmBackbone": TimmBackbone, "SmallResNet": SmallResNet}


def save_bundle(network: AttentionNetwork, folder: str | Path) -> None:
    """Write a network as a bundle; an older bundle of that name is replaced when all is written.

    Raises:
        CheckpointError: for a backbone that is not this package's, a folder that holds anything
            but a bundle, or a disk that cannot take it.
    """
    folder = Path(folder).absolute()
    _refuse_foreign(folder)
    description = _describe(network)
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}.unfinished")
    try:
        unfinished.mkdir(parents=True)
        tensors = {key: value.contiguous() for key, value in network.state_dict().items()}
        save_file(tensors, unfinished / _WEIGHTS)
        (unfinished / _DESCRIPTION).write_text(description + "\n", encoding="utf-8")
        _put_in_place(unfinished, folder)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{folder}: the bundle cannot be written: {error}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _refuse_foreign(folder: Path) -> None:
    """Keep from replacing a file, or a folder that holds more than a bundle."""
    others = folder.exists() and (
        not folder.is_dir() or {item.name for item in folder.iterdir()} - {_DESCRIPTION, _WEIGHTS}
    )
    if others:
        raise CheckpointError(f"{folder}: holds something other than a bundle; name another folder")


def _put_in_place(unfinished: Path, folder: Path) -> None:
    """Move the old bundle aside rather than away: where this fails, it comes back."""
    replaced = unfinished.with_suffix(".replaced")
    if folder.exists():
        folder.rename(replaced)
    try:
        unfinished.rename(folder)
    except OSError:
        if replaced.exists():
            replaced.rename(folder)
        raise
    shutil.rmtree(replaced, ignore_errors=True)


def load_bundle(folder: str | Path) -> AttentionNetwork:
    """Read a bundle; the network is in evaluation mode.

    Raises:
        CheckpointError: if anything is missing, cut short or does not fit.
    """
    folder = Path(folder)
    description = _read_description(folder)
    try:
        network = _build(description)
        tensors = load_file(folder / _WEIGHTS)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{folder / _WEIGHTS}: missing or cut short ({error}); copy it again"
        ) from error
    except (AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{folder / _DESCRIPTION}: does not describe a network: {error!r}"
        ) from error
    own = network.state_dict()
    wrong = sorted(key for key in own.keys() ^ tensors.keys()) or sorted(
        key for key in own if own[key].shape != tensors[key].shape
    )
    if wrong:
        raise CheckpointError(
            f"{folder}: {len(wrong)} weights do not fit the network described, first {wrong[:3]}"
        )
    network.load_state_dict(tensors)
    return network.eval()


def describable(network: AttentionNetwork) -> bool:
    """Whether a bundle can say how the network's backbone is built."""
    return _BACKBONES.get(type(network.backbone).__name__) is type(network.backbone)


class Transfer(NamedTuple):
    """What became of the classes when a network took over another's weights.

    Attributes:
        kept: classes of both; their rows of the classifier were taken over.
        new: classes that start at random.
        lost: classes of the other network only.
    """

    kept: tuple[str, ...]
    new: tuple[str, ...]
    lost: tuple[str, ...]


@torch.no_grad()
def take_over(network: AttentionNetwork, source: AttentionNetwork) -> Transfer:
    """Copy backbone, attention and the classifier rows of common classes from another network.

    Raises:
        CheckpointError: if the two have other backbones or numbers of heads.
    """
    for name in ("backbone", "attention"):
        own: nn.Module = getattr(network, name)
        theirs = getattr(source, name).state_dict()
        if {k: v.shape for k, v in own.state_dict().items()} != {
            k: v.shape for k, v in theirs.items()
        }:
            raise CheckpointError(
                f"the bundle's {name} is not built like this recipe's ({source.heads} against "
                f"{network.heads} heads): use the same backbone and number of heads"
            )
        own.load_state_dict(theirs)
    kept = tuple(name for name in network.class_names if name in source.class_names)
    rescale = source.head.scale / network.head.scale
    for name in kept:
        network.head.classifier.weight[network.class_names.index(name)] = (
            source.head.classifier.weight[source.class_names.index(name)] * rescale
        )
    return Transfer(
        kept,
        tuple(name for name in network.class_names if name not in source.class_names),
        tuple(name for name in source.class_names if name not in network.class_names),
    )


def _describe(network: AttentionNetwork) -> str:
    kind = type(network.backbone).__name__
    if _BACKBONES.get(kind) is not type(network.backbone):
        raise CheckpointError(
            f"a bundle can describe {' or '.join(_BACKBONES)}, not {kind}: "
            "keep the state_dict yourself"
        )
    description = {
        "format": FORMAT,
        "backbone": {"kind": kind, **_settings(network.backbone)},
        "heads": network.heads,
        "pooling": network.pooling,
        "epsilon": network.epsilon,
        "scale": network.head.scale,
        "classes": list(network.class_names),
        "preprocessing": network.preprocessing and network.preprocessing._asdict(),
        "calibration": network.calibration and network.calibration._asdict(),
    }
    try:
        return json.dumps(description, indent=2, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"a bundle cannot describe this network: {error}") from error


def _settings(backbone: Any) -> dict[str, Any]:
    settings: dict[str, Any] = backbone.settings
    return settings


def _read_description(folder: Path) -> dict[str, Any]:
    file = folder / _DESCRIPTION
    if not file.is_file():
        raise CheckpointError(f"{folder}: no bundle here (bundle.json is missing)")
    try:
        description: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CheckpointError(f"{file}: cut short or not JSON ({error})") from error
    found = description.get("format") if isinstance(description, dict) else None
    if found != FORMAT:
        raise CheckpointError(f"{file}: format {found}, this version reads format {FORMAT}")
    return description


def _build(description: dict[str, Any]) -> AttentionNetwork:
    settings = dict(description["backbone"])
    backbone = _BACKBONES[settings.pop("kind")](**settings)
    preprocessing, calibration = description["preprocessing"], description["calibration"]
    network = AttentionNetwork(
        backbone,
        heads=description["heads"],
        classes=description["classes"],
        head=ClassifierHead(description["scale"]),
        pooling=description["pooling"],
        epsilon=description["epsilon"],
        preprocessing=preprocessing
        and Preprocessing(**{k: tuple(v) for k, v in preprocessing.items()}),
    )
    if calibration and not calibration["temperature"] > 0:
        raise ValueError(f"temperature {calibration['temperature']} is not above 0")
    network.calibration = calibration and Calibration(**calibration)
    return network
