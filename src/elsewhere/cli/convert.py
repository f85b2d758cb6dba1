"""`elsewhere convert`: a published file in, a bundle out."""

from pathlib import Path
from typing import TYPE_CHECKING

from elsewhere.cli.options import OptionParser
from elsewhere.data.records import name_fault
from elsewhere.errors import ConfigError, plain, printable
from elsewhere.files.documents import read_regular

if TYPE_CHECKING:
    from elsewhere.models import AttentionNetwork, TimmBackbone
    from elsewhere.published import Conversion


def run(argv: list[str]) -> int:
    """Turn a published file of weights into a bundle, and say what became of all in it."""
    options = _options().parse_intermixed_args(argv)
    classes = None if options.classes is None else _read_names(Path(options.classes))
    from elsewhere.published import convert_file, save_conversion

    conversion = convert_file(Path(options.file), classes, options.name)
    place = save_conversion(conversion, Path(options.out))
    written = f"bundle: {place}"
    if place.is_file():
        written = f"weights: {place}; a recipe takes them as network.backbone.weights={place}"
    print(plain("\n".join([*_said(conversion), written])))
    return 0


def _options() -> OptionParser:
    parser = OptionParser(
        prog="elsewhere convert",
        description="Turn a file of the published code into a bundle: a classifier's dictionary "
        "of tensors, or a whole pickled re-identification network. Plain weights of a ResNet, "
        "torchvision's, timm's or a strong baseline's, become backbone.safetensors, for the key "
        "network.backbone.weights of a recipe. Nothing in the file is executed. Every tensor is "
        "used, or left out for a reason that is said; else nothing is written.",
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", help="what the published code, or torch, has saved")
    parser.add_argument(
        "--out", required=True, metavar="FOLDER", help="the bundle; an older one is replaced"
    )
    parser.add_argument(
        "--classes",
        metavar="FILE",
        help="names of the classes in their order, one a line [class 0, class 1 …]",
    )
    parser.add_argument(
        "--name", help="timm's name of the backbone [told from the shapes of the tensors]"
    )
    return parser


def _read_names(file: Path) -> list[str]:
    try:
        lines = read_regular(file).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: no text in UTF-8: write one name of a class a line") from error
    names = [line.strip() for line in lines if line.strip()]
    if not names:
        raise ConfigError(f"{file}: holds no names: write one name of a class a line")
    for name in names:
        if (fault := name_fault(name)) is not None:
            raise ConfigError(f"{file}: the name {name!r} {fault}; rename it")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ConfigError(f"{file}: {twice!r} is there twice: give every class a name of its own")
    return names


def _said(conversion: "Conversion") -> list[str]:
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


def _title(network: "AttentionNetwork | TimmBackbone") -> str:
    from elsewhere.models import TimmBackbone

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
