"""`elsewhere explain`: draw where a model looks and what it used."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elsewhere.cli.options import OptionParser, asking_parser

if TYPE_CHECKING:
    from elsewhere.data.inputs import InputImage
    from elsewhere.inference import Explanation, Model
    from elsewhere.structures import Prediction


def run(argv: list[str]) -> int:
    """Draw evidence and attention of images."""
    options = _options().parse_intermixed_args(argv)
    from elsewhere.cli.output import complain_unread, print_note, print_plain, refuse_overwriting
    from elsewhere.data.inputs import find_images
    from elsewhere.files.writing import write_atomically
    from elsewhere.inference import open_model
    from elsewhere.reports.explanation import (
        explanation_notes,
        explanation_page,
        model_names,
        panel_names,
    )

    out = Path(options.out)
    images = find_images(options.images, without=out)
    files = [out / name for name in panel_names([image.place for image in images])]
    refuse_overwriting([*files, out / "index.html"], (image.path for image in images))
    places = [options.model, *([options.compare] if options.compare is not None else [])]
    models: list[Any] = [open_model(place, options.device) for place in places]
    names = model_names([model.folder for model in models])
    loading = {"batch_size": options.batch, "workers": options.workers}
    streams = [
        model.iter_explain(images, options.target, name=name, **loading)
        for name, model in zip(names, models, strict=True)
    ]
    notes = explanation_notes(dict(zip(names, (model.network for model in models), strict=True)))
    for note in notes:
        print_note(note)
    sections, answers = _draw(streams, images, files)
    unread = [answer for answer in answers if answer.problem]
    drawn = len(answers) - len(unread)
    html = explanation_page(_titles(names, models), sections, total=drawn, notes=notes,
                            unread=unread)  # fmt: skip
    write_atomically(out / "index.html", html)
    print_plain(f"{drawn} {'panel' if drawn == 1 else 'panels'} and {out / 'index.html'}")
    complain_unread([answer.file for answer in unread], len(answers))
    return 0


def _options() -> OptionParser:
    parser = asking_parser(
        "explain",
        "Draw what a model makes of images: evidence for its answer, attention, every head. "
        "Status 2 if an image could not be read; the others are drawn all the same.",
    )
    parser.add_argument("--compare", metavar="MODEL", help="another model to show beside it")
    parser.add_argument(
        "--out",
        default="explain",
        metavar="DIR",
        help="where to write a PNG for each image and index.html [explain]",
    )
    parser.add_argument(
        "--class",
        dest="target",
        metavar="NAME",
        help="draw the evidence for this class, not for the predicted one",
    )
    return parser


def _titles(names: Sequence[str], models: Sequence["Model"]) -> list[str]:
    return [f"{name} ({model.folder})" for name, model in zip(names, models, strict=True)]


def _draw(
    streams: Sequence[Iterator["Explanation"]],
    images: Sequence["InputImage"],
    files: Sequence[Path],
) -> tuple[list[Any], list["Prediction"]]:
    """Write every panel; return the page's sections and the first model's answers."""
    from elsewhere.cli.output import progress_bar
    from elsewhere.files.writing import write_atomically
    from elsewhere.inference.explanation import describe, draw_panel
    from elsewhere.reports.explanation import EMBEDDED, page_section
    from elsewhere.reports.pages import encode_png

    sections: list[Any] = []
    answers: list[Prediction] = []
    with progress_bar() as bar:
        for looks, image, file in zip(zip(*streams, strict=True), images, files, strict=True):
            answers.append(looks[0].prediction)
            if not any(look.problem for look in looks):
                png = encode_png(draw_panel(looks))
                write_atomically(file, png)
                if len(sections) < EMBEDDED:
                    words = [line for look in looks for line in describe(look, len(looks) > 1)]
                    sections.append(page_section(image.name, "; ".join(words), png))
            bar("explaining", len(answers), len(images))
    return sections, answers
