"""From a published file to a network, by what its tensors are called."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from safetensors import SafetensorError
from safetensors.torch import save_file

from elsewhere.bundle import save_bundle
from elsewhere.errors import CheckpointError, ModelError
from elsewhere.models import AttentionNetwork, TimmBackbone
from elsewhere.published.classification import convert_classification
from elsewhere.published.contents import Published, read_published
from elsewhere.published.filling import Filled
from elsewhere.published.plain import convert_plain
from elsewhere.published.reidentification import convert_reidentification

_REIDENTIFICATION = ("base_1.", "classifier_bap.", "att_s1.", "BN1.bottleneck2.")
_CLASSIFICATION = ("features.", "attentions.")
_BACKBONE = "backbone.safetensors"


class Conversion(NamedTuple):
    """A published file as a network.

    Attributes:
        network: in evaluation mode; the backbone alone where the file holds no more.
        filled: what became of its tensors.
        published: the file.
    """

    network: AttentionNetwork | TimmBackbone
    filled: Filled
    published: Published


def convert_file(
    file: Path, classes: Sequence[str] | None = None, name: str | None = None
) -> Conversion:
    """Turn a file of the published code, or of a plain backbone's weights, into a network.

    Nothing in the file is executed.

    Args:
        file: a classifier's dictionary, a pickled re-identification network, or a dictionary of
            torchvision's, timm's or a strong baseline's weights.
        classes: names of its classes or identities; numbered if not given.
        name: timm's name of the backbone, if its shapes do not tell.

    Raises:
        CheckpointError: if the file cannot be read, or a tensor in it is missing, unknown or of
            another shape.
    """
    published = read_published(file)
    try:
        network, filled = _convert(published, classes, name)
    except ModelError as error:
        raise CheckpointError(f"{file}: {error}") from error
    return Conversion(network, filled, published)


def save_conversion(conversion: Conversion, folder: Path) -> Path:
    """Write a converted network as a bundle, or a backbone alone as a file of weights.

    Returns:
        The bundle, or the file.

    Raises:
        CheckpointError: the folder holds something else, or cannot be written to.
    """
    if isinstance(conversion.network, AttentionNetwork):
        save_bundle(conversion.network, folder)
        return folder
    return _save_backbone(conversion.network, folder)


def _convert(
    published: Published, classes: Sequence[str] | None, name: str | None
) -> tuple[AttentionNetwork | TimmBackbone, Filled]:
    keys = list(published.tensors)
    if any(key.startswith(_REIDENTIFICATION) for key in keys):
        _refuse_names(published, "classifier.weight", classes)
        return convert_reidentification(published, classes, name)
    if any(key.startswith(_CLASSIFICATION) for key in keys):
        _refuse_names(published, "fc.weight", classes)
        return convert_classification(published, classes, name)
    if classes is not None:
        raise CheckpointError(
            f"{published.file}: holds a backbone alone, and a backbone knows no classes"
        )
    return convert_plain(published, name)


def _refuse_names(published: Published, key: str, classes: Sequence[str] | None) -> None:
    """Refuse names that are not as many as the classifier's classes."""
    tensor = published.tensors.get(key)
    if classes is not None and tensor is not None and tensor.shape[:1] != (len(classes),):
        raise CheckpointError(
            f"{published.file}: {len(classes)} names of classes for a classifier whose {key} has "
            f"the shape {tuple(tensor.shape)}"
        )


def _save_backbone(backbone: TimmBackbone, folder: Path) -> Path:
    """Write the weights alone; a backbone without attention is no bundle."""
    if folder.exists() and (
        not folder.is_dir() or {item.name for item in folder.iterdir()} - {_BACKBONE}
    ):
        raise CheckpointError(f"{folder}: holds something else; name another folder")
    file, unfinished = folder / _BACKBONE, folder / f".{_BACKBONE}.{os.getpid()}.unfinished"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        save_file(backbone.network.state_dict(), unfinished)
        unfinished.replace(file)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{folder}: the weights cannot be written: {error}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return file
