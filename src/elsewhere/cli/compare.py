"""`elsewhere compare`: two images in, same or different individual out."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from elsewhere.cli.options import OptionParser, add_loading, model_parser
from elsewhere.errors import ConfigError, DataError, plain_json

if TYPE_CHECKING:
    from elsewhere.inference import Match


def run(argv: list[str]) -> int:
    """Say whether two images show the same individual, and how sure that is."""
    options = _options().parse_intermixed_args(argv)
    _check_place(options.out)
    from elsewhere.cli.output import complain_unread, refuse_overwriting
    from elsewhere.data.naming import find_images
    from elsewhere.files.writing import write_atomically
    from elsewhere.inference import open_model

    found = [find_images([name]) for name in (options.a, options.b)]
    if options.out is not None:
        refuse_overwriting([Path(options.out)], (image.path for side in found for image in side))
    model = open_model(options.model, options.device)
    match = model.compare(*found, batch_size=options.batch, workers=options.workers)
    if match.problem:
        raise DataError(match.problem)
    if options.out is not None:
        from elsewhere.reports.explanation import encode_panel  # with torch

        write_atomically(Path(options.out), encode_panel(match.panel()))
    if options.json:
        said = match.as_dict()
        for side, name in (("a", options.a), ("b", options.b)):
            said[side] = {"named": name, **said[side]}
        document = {"model": str(model.folder), **said}
        print(plain_json(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)))
    else:
        _print(match)
    unread = [name for side in (match.a, match.b) for name in side.problems]
    complain_unread(unread, sum(map(len, found)))
    return 0


def _options() -> OptionParser:
    parser = model_parser(
        "compare",
        "Say whether A and B show the same individual, by the threshold that the model's "
        "validation identities set, and how sure that is. A folder stands for the images of one "
        "individual in it and below; the mean similarity of all pairs then decides. Status 2 if an "
        "image could not be read; the others are compared all the same.",
    )
    parser.add_argument("a", metavar="A", help="an image, or a folder of one individual's")
    parser.add_argument("b", metavar="B", help="another one")
    parser.add_argument(
        "--out",
        metavar="FILE.png",
        help="draw both images (of folders the most similar pair): where the model looked, and "
        "what in each made them alike",
    )
    parser.add_argument(
        "--json", action="store_true", help="print the answer as JSON instead of the sentence"
    )
    add_loading(parser)
    return parser


def _check_place(name: str | None) -> None:
    if name is None:
        return
    if Path(name).suffix.lower() != ".png":
        raise ConfigError(f"--out {name}: name a PNG, such as pair.png")
    if Path(name).is_dir():
        raise ConfigError(f"--out {name}: a folder; name a file")


def _print(match: "Match") -> None:
    from elsewhere.cli.output import print_note, print_plain
    from elsewhere.files.documents import real_path
    from elsewhere.retrieval.verdict import EQUAL_ODDS

    lines = [match.said]
    a, b = match.a.images, match.b.images
    if max(len(a), len(b)) > 1 and match.best is not None:
        lines.append(
            f"The similarity is the mean of {len(a)} x {len(b)} pairs; the most similar: "
            f"{a[match.best.first].name} and {b[match.best.second].name}, "
            f"{match.best.similarity:.2f}."
        )
    if match.probability is not None:
        lines.append(EQUAL_ODDS)
    print_plain("\n".join(lines))
    shared = {real_path(image.path) for image in a} & {real_path(image.path) for image in b}
    if shared:
        are = "is" if len(shared) == 1 else "are"
        print_note(f"elsewhere: {len(shared)} of the files {are} on both sides")
