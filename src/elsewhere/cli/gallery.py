"""`elsewhere gallery`: known individuals that grow more, searched, named and corrected."""

import json
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elsewhere.cli.options import OptionParser, add_images, add_loading, at_least_one
from elsewhere.errors import ConfigError, DataError, plain_json

if TYPE_CHECKING:
    from elsewhere.gallery import Added, Gallery

_DESCRIPTION = (
    "A gallery is a file with the images of individuals, their vectors and names, which grows: "
    "search proposes, label confirms, the next search knows. Images are told apart by content, so "
    "adding twice, in any number of processes, adds once; a process that is killed loses nothing. "
    "Whatever changes is written down, and undo takes it back."
)
_WHERE = (
    "a condition such as 'camera != 3', 'time >= 2024-05', 'label = Ada', 'label =' for images "
    "nobody has named, or 'site = north' for a list's column; again for more, all must hold"
)


def run(argv: list[str]) -> int:
    """Do what the first word says to a gallery."""
    options = _options().parse_args(argv)
    work: Callable[[Namespace], int] = options.work
    return work(options)


def _options() -> OptionParser:
    parser = OptionParser(prog="elsewhere gallery", description=_DESCRIPTION, allow_abbrev=False)
    verbs = parser.add_subparsers(metavar="WHAT", required=True, parser_class=OptionParser)

    def verb(name: str, work: Callable[[Namespace], int], meaning: str) -> OptionParser:
        made: OptionParser = verbs.add_parser(
            name,
            help=meaning,
            description=f"{meaning[0].upper()}{meaning[1:]}.",
            allow_abbrev=False,
        )
        made.set_defaults(work=work)
        made.add_argument(
            "gallery",
            metavar="GALLERY",
            help="its file, or a Milvus server: http://HOST:19530/NAME",
        )
        return made

    build = verb("build", _add, "make a gallery, and add images")
    add_images(build)
    _add_model(build, "a bundle, or a run: runs/RECIPE/seed-N", required=True)
    more = verb("add", _add, "add images, or folders that elsewhere embed has written")
    add_images(more)
    _add_model(more)
    _add_search(verb("search", _search, "propose who images show"))
    label = verb("label", _label, "say who images show; new ones join the gallery")
    add_images(label)
    label.add_argument("name", metavar="NAME", help="the individual; unknown for nobody known")
    _add_model(label)
    remove = verb("remove", _remove, "take images out; undo brings them back")
    remove.add_argument("images", metavar="IMAGES", nargs="*", help="files, folders or lists")
    _add_where(remove)
    remove.add_argument("--forget", action="store_true", help="for good: history and vectors too")
    verb("undo", _undo, "undo the last thing that was done")
    info = verb("info", _info, "say what is in a gallery, and what was done last")
    info.add_argument("--json", action="store_true", help="print it as JSON, with all history")
    export = verb("export", _export, "write a gallery out")
    export.add_argument(
        "out", metavar="OUT", help="NAME.csv for a list; else a folder of embeddings"
    )
    _add_where(export)
    cluster = verb("cluster", _cluster, "group images into probable individuals")
    _add_where(cluster)
    cluster.add_argument("--least", type=at_least_one, default=2, metavar="N",
                         help="images that make a group [2]")  # fmt: skip
    cluster.add_argument("--csv", metavar="FILE", help="write the group of every image as CSV")
    cluster.add_argument("--json", action="store_true", help="print the groups as JSON")
    return parser


def _add_model(
    parser: OptionParser, meaning: str = "its model, where that has moved", required: bool = False
) -> None:
    parser.add_argument("--model", required=required, metavar="MODEL", help=meaning)
    add_loading(parser)


def _add_where(parser: OptionParser) -> None:
    parser.add_argument("--where", action="append", default=[], metavar="CONDITION", help=_WHERE)


def _add_search(parser: OptionParser) -> None:
    add_images(parser)
    _add_where(parser)
    parser.add_argument(
        "--other-cameras",
        action="store_true",
        help="leave out what an image's own camera took of its individual (of anybody, where that "
        "is not known), as re-identification is scored",
    )
    parser.add_argument(
        "--top", type=at_least_one, default=10, metavar="K", help="images and individuals [10]"
    )
    parser.add_argument("--csv", metavar="FILE", help="write what was found as CSV")
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
    _add_model(parser)


def _open(options: Namespace, model: str | None = None) -> "Gallery":
    from elsewhere.gallery import open_gallery

    asked = model or getattr(options, "model", None)
    return open_gallery(options.gallery, asked, getattr(options, "device", "auto"))


def _places(options: Namespace) -> list[str]:
    """What a gallery and its model lie in, if these are files."""
    model = getattr(options, "model", None)
    return [options.gallery, f"{options.gallery}-vectors", *([model] if model else [])]


def _loading(options: Namespace) -> dict[str, Any]:
    return {"batch_size": options.batch, "workers": options.workers}


def _add(options: Namespace) -> int:
    from elsewhere.cli.output import complain_unread, print_plain, progress_bar

    gallery = _open(options)
    with progress_bar() as bar:
        added = gallery.add(options.images, report=bar, **_loading(options))
    print_plain(_said(added, gallery))
    complain_unread(list(added.problems), added.added + added.there + len(added.problems))
    return 0


def _said(added: "Added", gallery: "Gallery") -> str:
    text = f"{_count(added.added)} added, {added.there} were there; {_count(len(gallery))} in all"
    if added.named_otherwise:
        text += (
            f"\n{_count(added.named_otherwise)} of another name here than in this gallery, which "
            "keeps its own; elsewhere gallery label changes it"
        )
    return text


def _search(options: Namespace) -> int:
    from elsewhere.cli.output import (
        complain_unread,
        print_plain,
        progress_bar,
        refuse_answer_files,
    )
    from elsewhere.files.writing import write_atomically
    from elsewhere.reports.found import answer_lines, search_csv, search_json, threshold_note

    refuse_answer_files({"--csv": options.csv}, [*_places(options), *options.images])
    gallery = _open(options)
    count = len(gallery)
    if not count:
        raise DataError(f"{gallery.place}: the gallery is empty; add images")
    images = _found(options.images)
    with progress_bar() as bar:
        answers = gallery.search(
            images, options.top, where=options.where, other_cameras=options.other_cameras,
            report=bar, **_loading(options),
        )  # fmt: skip
    if options.csv:
        write_atomically(Path(options.csv), search_csv(answers))
    retrieval = gallery.model.retrieval
    if options.json:
        places = {"model": str(gallery.model.folder), "store": gallery.place}
        document = search_json(answers, **places, images=count, retrieval=retrieval)
        print(plain_json(document), end="")
    else:
        lines = [line for answer in answers for line in (*answer_lines(answer, retrieval), "")]
        said = f"Search of {count:,} images: {gallery.search_words()}."
        print_plain("\n".join([*lines, threshold_note(retrieval, count), said]))
    complain_unread([answer.file for answer in answers if answer.problem], len(answers))
    return 0


def _found(names: Sequence[str]) -> Any:
    from elsewhere.data.naming import find_images

    return find_images(names)


def _label(options: Namespace) -> int:
    from elsewhere.cli.output import print_plain
    from elsewhere.data.sets.unknown import known_name

    if not options.name.strip():
        raise ConfigError("a name without letters; unknown takes a name away")
    name = known_name(options.name)
    gallery = _open(options)
    changed = gallery.label(options.images, name)
    print_plain(f"{_count(changed)} labelled {name or 'unknown'}; {_count(len(gallery))} in all")
    return 0


def _remove(options: Namespace) -> int:
    from elsewhere.cli.output import print_plain

    gallery = _open(options)
    count = gallery.remove(options.images or None, where=options.where, forget=options.forget)
    done = "forgotten for good" if options.forget else "removed (elsewhere gallery undo)"
    print_plain(f"{_count(count)} {done}; {_count(len(gallery))} in all")
    return 0


def _undo(options: Namespace) -> int:
    from elsewhere.cli.output import print_plain

    gallery = _open(options)
    done = gallery.undo()
    print_plain(
        f"undone: {done.what} of {done.action.at}, {_count(done.images)}; "
        f"{_count(len(gallery))} in all"
    )
    return 0


def _info(options: Namespace) -> int:
    from elsewhere.cli.output import print_plain
    from elsewhere.gallery.wording import info_json, info_text

    gallery = _open(options)
    facts = gallery.info()
    if options.json:
        print(plain_json(info_json(facts, gallery.history())), end="")
    else:
        print_plain(info_text(facts, gallery.history()))
    return 0


def _export(options: Namespace) -> int:
    from elsewhere.cli.output import print_plain

    count = _open(options).export(options.out, options.where)
    print_plain(f"{_count(count)} written: {options.out}")
    return 0


def _cluster(options: Namespace) -> int:
    from elsewhere.cli.output import print_plain, refuse_answer_files
    from elsewhere.files.writing import write_atomically
    from elsewhere.gallery.wording import cluster_csv, cluster_text

    refuse_answer_files({"--csv": options.csv}, _places(options))
    clusters = _open(options).cluster(options.where, least=options.least)
    if options.csv:
        write_atomically(Path(options.csv), cluster_csv(clusters))
    if options.json:
        text = json.dumps(clusters.as_dict(), indent=2, ensure_ascii=False)
        print(plain_json(text))
    else:
        print_plain(cluster_text(clusters))
    return 0


def _count(images: int) -> str:
    return "1 image" if images == 1 else f"{images:,} images"
