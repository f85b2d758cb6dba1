"""Bundles: a folder with a network's weights and what they mean, for sharing and serving.

`bundle.json` says how to build the network, what its classes are called, how images become
inputs, how far its confidence goes and how images are compared; `weights.safetensors` holds the
numbers. Nothing in a bundle is ever executed.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.random import fork_rng

from elsewhere.description import read_calibration, read_preprocessing, read_retrieval
from elsewhere.errors import CheckpointError, ModelError, one_line
from elsewhere.files.documents import parse_json, read_json, real_path
from elsewhere.files.writing import unfinished_beside
from elsewhere.models import (
    AttentionNetwork,
    ChannelAttentionBackbone,
    ClassifierHead,
    EmbeddingHead,
    SmallResNet,
    SpatialAttention,
    TimmBackbone,
)
from elsewhere.models.backbone import ELSEWHERE
from elsewhere.structures import Familiarity

FORMAT = 4
# format 1 knew no head but the classifier, and no retrieval; 2 one attention and one normalize;
# 3 neither what a promise rests on nor a familiarity
_READABLE = (1, 2, 3, 4)
DESCRIPTION = "bundle.json"
"""The file by which a folder is known to be a bundle."""
WEIGHTS = "weights.safetensors"
"""Its file of numbers."""
_MEANS = "familiarity.means"
_BACKBONES: dict[str, Any] = {
    "TimmBackbone": TimmBackbone,
    "ChannelAttentionBackbone": ChannelAttentionBackbone,
    "SmallResNet": SmallResNet,
}
_HEADS: dict[str, Any] = {"ClassifierHead": ClassifierHead, "EmbeddingHead": EmbeddingHead}
_ATTENTIONS: dict[str, Any] = {"SpatialAttention": SpatialAttention}


def save_bundle(network: AttentionNetwork, folder: str | Path) -> None:
    """Write a network as a bundle; an older bundle of that name is replaced when all is written.

    Raises:
        CheckpointError: for a backbone or head that is not this package's, a network that no
            bundle could be read back as, a folder that holds anything but a bundle, or a disk that
            cannot take it.

    Examples:
        >>> names = ["robin", "wren"]
        >>> net = elsewhere.AttentionNetwork(elsewhere.SmallResNet(), heads=2, classes=names)
        >>> net.preprocessing = elsewhere.Preprocessing((72, 72), (64, 64))
        >>> elsewhere.save_bundle(net, "mine")
    """
    folder = real_path(Path(folder))  # where it is a link, what it leads to is replaced
    _refuse_foreign(folder)
    description = _describe(network)
    tensors = {key: value.contiguous() for key, value in network.state_dict().items()}
    if network.familiarity is not None:
        tensors[_MEANS] = network.familiarity.means.half().contiguous()
    with fork_rng(devices=[]):
        _read_back(folder, parse_json(description), tensors)
    unfinished = unfinished_beside(folder)
    try:
        unfinished.mkdir(parents=True)
        save_file(tensors, unfinished / WEIGHTS)
        (unfinished / DESCRIPTION).write_text(description + "\n", encoding="utf-8")
        _put_in_place(unfinished, folder)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{folder}: the bundle cannot be written: {error}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _refuse_foreign(folder: Path) -> None:
    """Keep from replacing a file, a folder that holds more than a bundle, or where we stand."""
    if folder.is_dir() and folder.samefile(Path.cwd()):
        raise CheckpointError(f"{folder}: is where this command runs; name another folder")
    others = folder.exists() and (
        not folder.is_dir() or {item.name for item in folder.iterdir()} - {DESCRIPTION, WEIGHTS}
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

    Examples:
        >>> net = elsewhere.load_bundle("runs/folder/seed-0/bundle")
        >>> net.training, net.class_names
        (False, ('robin', 'wren'))
    """
    folder = Path(folder)
    description = _read_description(folder)
    network = _described(folder, description, "meta")  # no room is made before sizes are known
    tensors = _read_tensors(folder / WEIGHTS)
    familiarity = _familiarity(folder, description, tensors.pop(_MEANS, None), network)
    own = network.state_dict()
    _require_fitting(folder, own, tensors)
    if any(name not in own for name, _ in network.named_buffers()):
        network = _described(folder, description, "cpu")  # some numbers are not among the weights
    # copied, since a mapped file must not be touched while tensors live on it
    fitting = {key: value.to(own[key].dtype, copy=True) for key, value in tensors.items()}
    network.load_state_dict(fitting, assign=True)
    network.familiarity = familiarity
    return network.eval()


def _require_fitting(folder: Path, own: dict[str, Tensor], tensors: dict[str, Tensor]) -> None:
    wrong = sorted(key for key in own.keys() ^ tensors.keys()) or sorted(
        key for key in own if own[key].shape != tensors[key].shape
    )
    if wrong:
        raise CheckpointError(
            f"{folder}: {len(wrong)} weights do not fit the network described, first {wrong[:3]}"
        )


def _read_back(folder: Path, description: dict[str, Any], tensors: dict[str, Tensor]) -> None:
    """See that `load_bundle` would take what is about to be written; no numbers are looked at."""
    network = _described(folder, description, "meta")
    tensors = dict(tensors)
    _familiarity(folder, description, tensors.pop(_MEANS, None), network)
    _require_fitting(folder, network.state_dict(), tensors)


def _described(folder: Path, description: dict[str, Any], device: str) -> AttentionNetwork:
    try:
        with torch.device(device):
            return _build(description)
    except Exception as error:  # a field may have been changed into anything
        said = str(error) if isinstance(error, ModelError) else f"{error!r}"
        raise CheckpointError(
            f"{folder / DESCRIPTION}: does not describe a network: {one_line(said)[:500]}"
        ) from error


def _read_tensors(file: Path) -> dict[str, Tensor]:
    try:
        if file.exists() and not file.is_file():
            raise OSError("not a regular file")  # noqa: TRY301 - the same line for all
        tensors: dict[str, Tensor] = load_file(file)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{file}: missing or cut short ({error}); copy it again") from error
    return tensors


def describable(network: AttentionNetwork) -> bool:
    """Whether a bundle can say how the network's backbone, attention and head are built."""
    return not _unknown(network)


def _unknown(network: AttentionNetwork) -> str:
    """Say what of a network no bundle can describe; nothing if all can be."""
    parts = (
        (network.backbone, _BACKBONES), (network.attention, _ATTENTIONS), (network.head, _HEADS)
    )  # fmt: skip
    for part, known in parts:
        kind = type(part).__name__
        if known.get(kind) is not type(part):
            return f"a bundle can describe {' or '.join(known)}, not {kind}"
    return ""


def _describe(network: AttentionNetwork) -> str:
    unknown = _unknown(network)
    if unknown:
        raise CheckpointError(f"{unknown}: keep the state_dict yourself")
    for name in map(str, network.class_names):
        try:
            name.encode()  # other odd names are read, and spelled out where they are shown
        except UnicodeEncodeError as error:
            raise CheckpointError(f"the class name {name!r} is no UTF-8: rename it") from error
    description = {
        "format": FORMAT,
        "backbone": _part(network.backbone),
        "heads": network.heads,
        "attention": _part(network.attention),
        "pooling": network.pooling,
        "epsilon": network.epsilon,
        "normalize": network.normalize,
        "head": _part(network.head),
        "classes": list(network.class_names),
        "preprocessing": network.preprocessing and network.preprocessing._asdict(),
        "calibration": network.calibration and network.calibration._asdict(),
        "familiarity": network.familiarity and _without_means(network.familiarity),
        "retrieval": network.retrieval and network.retrieval._asdict(),
    }
    try:
        text = json.dumps(description, indent=2, ensure_ascii=False)
        text.encode()  # a name that is no UTF-8 may stand elsewhere, too
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"a bundle cannot describe this network: {error}") from error
    return text


def _part(part: Any) -> dict[str, Any]:
    return {"kind": type(part).__name__, **part.settings}


def _read_description(folder: Path) -> dict[str, Any]:
    file = folder / DESCRIPTION
    try:
        if not file.is_file():
            raise CheckpointError(f"{folder}: no bundle here (bundle.json is missing)")
        description: dict[str, Any] = read_json(file)
    except OSError as error:
        raise CheckpointError(f"{file}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise CheckpointError(f"{file}: cut short or not JSON ({error})") from error
    found = description.get("format") if isinstance(description, dict) else None
    if found not in _READABLE:
        raise CheckpointError(f"{file}: format {found}, this version reads formats 1 to {FORMAT}")
    return description


def _build(description: dict[str, Any]) -> AttentionNetwork:
    first = description["format"] == 1
    if description["format"] < 3:
        one = {"attention": {"kind": "SpatialAttention"}, "normalize": "root-l2"}
        description = one | description
    head = {"kind": "ClassifierHead", "scale": description["scale"]} if first else None
    preprocessing, calibration = description["preprocessing"], description["calibration"]
    classes = description["classes"]
    if not isinstance(classes, list) or len({str(name) for name in classes}) < len(classes):
        raise ValueError("classes is no list of different names")
    "".join(map(str, classes)).encode()  # ValueError where JSON's escapes make no text
    network = AttentionNetwork(
        _built(_BACKBONES, description["backbone"]),
        heads=description["heads"],
        classes=classes,
        head=_built(_HEADS, head or description["head"]),
        attention=_built(_ATTENTIONS, description["attention"]),
        pooling=description["pooling"],
        epsilon=description["epsilon"],
        normalize=description["normalize"],
        preprocessing=preprocessing and read_preprocessing(preprocessing),
    )
    network.calibration = calibration and read_calibration(calibration)
    retrieval = description.get("retrieval")
    network.retrieval = None if retrieval is None else read_retrieval(retrieval)
    return network


def _without_means(familiarity: Familiarity) -> dict[str, Any]:
    return {key: value for key, value in familiarity._asdict().items() if key != "means"}


def _familiarity(
    folder: Path, description: dict[str, Any], means: Tensor | None, network: AttentionNetwork
) -> Familiarity | None:
    described = description.get("familiarity")
    if described is None and means is None:
        return None
    shape = (len(network.class_names), network.embedding_size)
    try:
        if described is None or means is None or tuple(means.shape) != shape:
            raise ValueError(f"familiarity needs {_MEANS} of {shape}, and what it is compared with")  # noqa: TRY301
        familiarity = Familiarity(means.to(torch.float32, copy=True), **described)
        if not -1 <= familiarity.threshold <= 1:
            raise ValueError(f"a familiarity threshold of {familiarity.threshold} is no cosine")  # noqa: TRY301
    except Exception as error:  # a field may have been changed into anything
        raise CheckpointError(
            f"{folder / DESCRIPTION}: does not describe a network: {one_line(repr(error))[:500]}"
        ) from error
    return familiarity


def _built(known: dict[str, Any], description: dict[str, Any]) -> Any:
    settings = dict(description)
    if strange := settings.keys() & ELSEWHERE:  # a bundle is complete in itself
        raise ValueError(f"{sorted(strange)[0]} would read another file")
    return known[settings.pop("kind")](**settings)
