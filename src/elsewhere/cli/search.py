"""`elsewhere search`: who is this, among the individuals whose images were embedded."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from elsewhere.cli.options import OptionParser, add_images, add_loading, at_least_one, model_parser
from elsewhere.errors import ConfigError, DataError, plain_json
from elsewhere.files.documents import real_path

if TYPE_CHECKING:
    from elsewhere.data.naming import InputImage
    from elsewhere.inference.embedder import Embedder
    from elsewhere.retrieval import Embeddings
    from elsewhere.retrieval.answers import Answer


def run(argv: list[str]) -> int:
    """Find the nearest images and individuals of a store."""
    options = _options().parse_intermixed_args(argv)
    from elsewhere.cli.output import (
        complain_unread,
        progress_bar,
        refuse_answer_files,
        refuse_overwriting,
    )
    from elsewhere.data.naming import find_images
    from elsewhere.files.writing import write_atomically
    from elsewhere.inference import open_model
    from elsewhere.reports.found import search_csv
    from elsewhere.retrieval import open_embeddings

    out = None if options.out is None else Path(options.out)
    refuse_answer_files({"--csv": options.csv}, [options.model, *options.images])
    if out is not None and out.exists() and not out.is_dir():
        raise ConfigError(f"--out {out}: a file; name a folder for the strips")
    _keep_out_of(Path(options.store), options.csv, options.out)
    store = open_embeddings(options.store)
    if not len(store):
        raise DataError(f"{store.folder}: holds no image that could be read; embed some")
    images = find_images(options.images, without=out)
    if out is not None:
        there = (Path(path) for path in store.column("path") if path is not None)
        drawn = [*_strips(images, out), out / "results.csv"]
        refuse_overwriting(drawn, [*(image.path for image in images), *there])
    model = open_model(options.model, options.device)
    loading = {"batch_size": options.batch, "workers": options.workers}
    with progress_bar() as bar:
        answers = model.search(store, images, options.top, report=bar, **loading)
        _refuse_nothing(answers)
        if out is not None:
            for done in _draw(model, images, answers, out):
                bar("drawing", done, len(images))
    for table in (options.csv, None if out is None else out / "results.csv"):
        if table is not None:
            write_atomically(Path(table), search_csv(answers))
    if options.json:
        _print_json(model, store, answers)
    else:
        file = options.csv or (None if out is None else str(out / "results.csv"))
        _print(model, store, answers, file)
    complain_unread([answer.file for answer in answers if answer.problem], len(images))
    return 0


def _options() -> OptionParser:
    parser = model_parser(
        "search",
        "Find the nearest images in STORE, and where it has labels the nearest individuals, and "
        "say by the model's threshold who it is or whether it may be a new individual. Every "
        "image of STORE is compared, a block at a time, so STORE may be larger than memory. An "
        "image that is in STORE itself is not compared with itself. Status 2 if an image could "
        "not be read; the others are searched for all the same.",
    )
    parser.add_argument(
        "store", metavar="STORE", help="a folder that elsewhere embed has written with MODEL"
    )
    add_images(parser)
    parser.add_argument(
        "--top",
        type=at_least_one,
        default=10,
        metavar="K",
        help="images and individuals to name [10]",
    )
    parser.add_argument("--csv", metavar="FILE", help="write what was found as CSV")
    parser.add_argument(
        "--json", action="store_true", help="print what was found as JSON instead of words"
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        help="draw each image and the ten nearest, and write results.csv",
    )
    add_loading(parser)
    return parser


def _keep_out_of(store: Path, csv: str | None, out: str | None) -> None:
    """Keep answers out of a store, whose files they could replace."""
    for option, folder in (("--csv", csv and Path(csv).parent), ("--out", out and Path(out))):
        if folder and real_path(folder) == real_path(store):
            raise ConfigError(f"{option}: {store} holds the embeddings; name another folder")


def _refuse_nothing(answers: Sequence["Answer"]) -> None:
    problems = [answer for answer in answers if answer.problem]
    if len(problems) == len(answers):
        others = f" (nor can {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise DataError(f"{problems[0].file}: {problems[0].problem}{others}")


def _strips(images: Sequence["InputImage"], out: Path) -> list[Path]:
    """The file that each image's strip is drawn into."""
    from elsewhere.reports.explanation import panel_names

    return [out / name for name in panel_names([image.place for image in images])]


def _draw(
    model: "Embedder", images: Sequence["InputImage"], answers: Sequence["Answer"], out: Path
) -> Iterator[int]:
    """Draw each image that was read beside the nearest ones; yields how many are done."""
    from elsewhere.files.writing import write_atomically
    from elsewhere.inference.search import draw_answer
    from elsewhere.reports.pages import encode_png

    for row, (image, answer, file) in enumerate(
        zip(images, answers, _strips(images, out), strict=True)
    ):
        if not answer.problem:
            strip = draw_answer(model.preprocessing, model.retrieval, image, answer)
            write_atomically(file, encode_png(strip))
        yield row + 1


def _print(
    model: "Embedder", store: "Embeddings", answers: Sequence["Answer"], file: str | None
) -> None:
    from elsewhere.cli.output import SHOWN, print_plain
    from elsewhere.reports.found import answer_lines, threshold_note

    shown = answers[:SHOWN] if file is not None else answers
    lines = [line for answer in shown for line in (*answer_lines(answer, model.retrieval), "")]
    if len(shown) < len(answers):
        lines.append(f"… {len(answers) - len(shown)} more in {file}")
    lines.append(threshold_note(model.retrieval, len(store)))
    print_plain("\n".join(lines))


def _print_json(model: "Embedder", store: "Embeddings", answers: Sequence["Answer"]) -> None:
    from elsewhere.reports.found import search_json

    places = {"model": str(model.folder), "store": str(store.folder)}
    document = search_json(answers, **places, images=len(store), retrieval=model.retrieval)
    print(plain_json(document), end="")
