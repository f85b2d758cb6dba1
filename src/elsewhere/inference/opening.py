"""From a place on disk to a model that can be asked."""

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from elsewhere.errors import CheckpointError, ConfigError, one_line
from elsewhere.export.sessions import is_exported
from elsewhere.inference.exported import ExportedModel, open_exported
from elsewhere.sharing.places import hub_place, on_hub

if TYPE_CHECKING:
    import torch

    from elsewhere.inference.model import Model

_EXPECTED = "expected is a bundle, or a run such as runs/RECIPE/seed-0"


def open_model(place: str | Path, device: str = "auto") -> "Model | ExportedModel":
    """Open the model in a bundle, the model of a run, or one on the Hugging Face Hub.

    Args:
        place: folder of a bundle or of a run, a file in a bundle, `hf-hub:owner/name` or
            `hf-hub:owner/name@revision` (what was downloaded before needs no network), or a file
            that was exported to ONNX or OpenVINO, which is asked without torch.
        device: torch's name of a device; `auto` takes a GPU where there is one.

    Raises:
        CheckpointError: there is no bundle, or it cannot be used.
        ConfigError: there is no such device.

    Examples:
        >>> model = elsewhere.open_model("runs/folder/seed-0", device="cpu")
        >>> model.class_names
        ('robin', 'wren')
    """
    if is_exported(place):
        if device not in ("auto", "cpu"):
            raise ConfigError(f"--device {device}: {place} is exported, and computes on the CPU")
        return open_exported(place)
    return open_network(place, device)


def open_network(place: str | Path, device: str = "auto") -> "Model":
    """The same where it is no exported file."""
    from elsewhere.bundle import load_bundle
    from elsewhere.inference.model import Model

    folder = _downloaded(str(place)) if on_hub(str(place)) else bundle_folder(Path(place))
    network = load_bundle(folder)
    if network.preprocessing is None:
        raise CheckpointError(
            f"{folder}: does not say how images become inputs; set the network's preprocessing "
            "and save the bundle again"
        )
    where = _device(device)
    try:
        network.to(where)
    except Exception as error:  # each kind of device fails in its own way
        raise ConfigError(f"--device {device}: cannot be used: {one_line(str(error))}") from error
    return Model(folder, network, network.preprocessing, where)


def _downloaded(place: str) -> Path:
    from elsewhere.sharing.downloading import download_bundle  # most models lie here

    return download_bundle(hub_place(place))


def bundle_folder(place: Path) -> Path:
    """The bundle that a bundle folder, a run folder or a file in a bundle stands for."""
    try:
        return _bundle_folder(place)
    except OSError as error:  # such as a name that is too long
        raise CheckpointError(f"{place}: cannot be read ({error.strerror})") from error


def _bundle_folder(place: Path) -> Path:
    if place.is_file():
        if (place.parent / "bundle.json").is_file():
            return place.parent
        raise CheckpointError(f"{place}: a file, not a model; {_EXPECTED}")
    for folder in (place, place / "bundle"):
        if (folder / "bundle.json").is_file():
            return folder
    if not place.exists():
        siblings = [p.name for p in place.parent.iterdir()] if place.parent.is_dir() else []
        near = get_close_matches(place.name, siblings, n=1)
        hint = f"did you mean {place.with_name(near[0])}?" if near else _EXPECTED
        raise CheckpointError(f"{place}: no such folder; {hint}")
    runs = sorted(folder.parent.name for folder in place.glob("*/bundle") if folder.is_dir())
    if runs:
        raise CheckpointError(f"{place}: holds runs, not a model; name one: {', '.join(runs[:8])}")
    if (place / "checkpoints").is_dir():
        raise CheckpointError(
            f"{place}: a run without a bundle; let elsewhere fit come to its end (--resume), or "
            "run elsewhere test"
        )
    raise CheckpointError(f"{place}: no bundle here (bundle.json is missing); {_EXPECTED}")


def _device(name: str) -> "torch.device":
    import torch

    try:
        if name == "auto":
            found = torch.accelerator.current_accelerator(check_available=True)
            return found or torch.device("cpu")
        asked = torch.device(name)
    except RuntimeError as error:
        raise ConfigError(f"--device {name}: auto, cpu, cuda or cuda:0, please") from error
    if asked.type == "meta":  # tensors without numbers
        raise ConfigError(f"--device {name}: computes nothing; auto, cpu or cuda, please")
    return asked
