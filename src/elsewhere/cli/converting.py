"""The work of `elsewhere convert`."""

import argparse
import os
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import save_file

from elsewhere.bundle import save_bundle
from elsewhere.errors import CheckpointError, ConfigError
from elsewhere.models import AttentionNetwork, TimmBackbone
from elsewhere.published import Conversion, convert_file
from elsewhere.published.pickles import printable

_BACKBONE = "backbone.safetensors"


def convert(options: argparse.Namespace) -> None:
    """Convert a file and say what became of everything in it."""
    classes = None if options.classes is None else _read_names(Path(options.classes))
    conversion = convert_file(Path(options.file), classes, options.name)
    network, out = conversion.network, Path(options.out)
    if isinstance(network, AttentionNetwork):
        save_bundle(network, out)
        written = f"bundle: {out}"
    else:
        file = _save_backbone(network, out)
        written = f"weights: {file}; a recipe takes them as network.backbone.weights={file}"
    for line in (*_said(conversion), written):
        print(line)


def _read_names(file: Path) -> list[str]:
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: no text in UTF-8: write one name of a class a line") from error
    names = [line.strip() for line in lines if line.strip()]
    if not names:
        raise ConfigError(f"{file}: holds no names: write one name of a class a line")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ConfigError(f"{file}: {twice!r} is there twice: give every class a name of its own")
    return names


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


def _said(conversion: Conversion) -> list[str]:
    network, used, ignored, published = conversion
    rows = [("used", str(used), _title(network))]
    if ignored.tensors:
        rows.append(("left out", str(ignored.tensors), ignored.reason))
    rows += [("left out", "", f"{key}: {reason}") for key, reason in published.beside.items()]
    if published.inert:
        rows.append(("not run", str(len(published.inert)), _few(published.inert)))
    width = max(len(count) for _, count, _ in rows)
    lines = [f"{what:<8}  {count:>{width}}  {text}" for what, count, text in rows]
    return [f"{len(published.tensors)} tensors in {published.file}", *lines]


def _title(network: AttentionNetwork | TimmBackbone) -> str:
    if isinstance(network, TimmBackbone):
        return f"backbone {network.settings['name']}"
    kind = "classifier" if network.retrieval is None else "re-identification"
    name = getattr(network.backbone, "settings", {}).get("name")
    return (
        f"{kind}: {name}, {network.heads} attention maps, {len(network.class_names)} "
        f"{'classes' if network.retrieval is None else 'identities'}"
    )


def _few(names: tuple[str, ...]) -> str:
    shown = ", ".join(printable(name) for name in names[:3])
    return f"classes and functions it names, such as {shown}"
