"""A converted network on disk: a bundle, or a backbone's weights alone."""

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import save_file

from elsewhere.bundle import save_bundle
from elsewhere.errors import CheckpointError
from elsewhere.files.documents import real_path
from elsewhere.files.writing import UNFINISHED, unfinished_beside
from elsewhere.models import AttentionNetwork, TimmBackbone
from elsewhere.published.networks import Conversion

_BACKBONE = "backbone.safetensors"


def save_conversion(conversion: Conversion, folder: Path) -> Path:
    """Write a converted network as a bundle, or a backbone alone as a file of weights."""
    if isinstance(conversion.network, AttentionNetwork):
        save_bundle(conversion.network, folder)
        return folder
    return _save_backbone(conversion.network, folder)


def _save_backbone(backbone: TimmBackbone, folder: Path) -> Path:
    """Write the weights alone; a backbone without attention is no bundle."""
    if folder.exists() and (
        not folder.is_dir()
        or {item.name for item in folder.iterdir() if item.suffix != UNFINISHED} - {_BACKBONE}
    ):
        raise CheckpointError(f"{folder}: holds something else; name another folder")
    file = folder / _BACKBONE
    place = real_path(file)
    unfinished = unfinished_beside(place)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        weights = backbone.network.state_dict()
        # safetensors takes no tensors whose channels come last
        save_file({key: value.contiguous() for key, value in weights.items()}, unfinished)
        unfinished.replace(place)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{folder}: the weights cannot be written: {error}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return file
