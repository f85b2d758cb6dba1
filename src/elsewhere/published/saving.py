"""A converted network on disk: a bundle, or a backbone's weights alone."""

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import save_file

from elsewhere.bundle import save_bundle
from elsewhere.errors import CheckpointError
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
    unfinished = unfinished_beside(file)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        save_file(backbone.network.state_dict(), unfinished)
        unfinished.replace(file)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{folder}: the weights cannot be written: {error}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return file
