"""`elsewhere check-data`: open every image before anything is trained."""

import os

from elsewhere.cli.options import OptionParser, processes, read_words, verb_options
from elsewhere.errors import ConfigError

REFUSED = 2


def run(argv: list[str]) -> int:
    """Check the images that a path or a recipe names; 2 if training should be refused."""
    parser = _options()
    if {"-h", "--help"} & set(argv):
        print(parser.format_help())
        return 0
    path, words = _part(argv, parser)
    options, composition = read_words(words, parser, required=False)
    if path is not None and (options.config or composition.config):
        raise ConfigError("check-data takes a path or a recipe (--config NAME), not both")
    if path is None and not options.config:
        raise ConfigError("name what to check: elsewhere check-data PATH, or --config NAME")

    from elsewhere.cli.output import progress_bar
    from elsewhere.runs.data_check import check_data, check_recipe
    from elsewhere.terminal import Terminal

    with progress_bar() as bar:

        def progress(done: int, total: int) -> None:
            bar("opening images", done, total)

        if path is None:
            found = check_recipe(composition, options.workers, progress)
        else:
            found = check_data(
                path,
                individuals=options.individuals,
                identity=options.identity or (),
                root=options.root,
                images=options.images,
                workers=options.workers,
                progress=progress,
            )
    console = Terminal(markup=False, highlight=False, soft_wrap=True)
    console.print(found.summary(everything=options.all))
    return REFUSED if found.problems else 0


def _part(argv: list[str], parser: OptionParser) -> tuple[str | None, list[str]]:
    """PATH, wherever it stands, and the other words; with a recipe only as the first word."""
    first = [word for word in argv[:1] if not word.startswith("-")]
    if first or any(word.partition("=")[0] == "--config" for word in argv):
        return (first[0], argv[1:]) if first else (None, argv)
    named = [word for word in parser.parse_known_args(argv)[1] if not word.startswith("-")]
    if not named:
        return None, argv
    at = len(argv) - 1 - argv[::-1].index(named[0])
    return named[0], [*argv[:at], *argv[at + 1 :]]


def _options() -> OptionParser:
    parser = verb_options(
        "check-data",
        "PATH is a folder with one folder per class, one with labels.csv or metadata, or a list; "
        "with --individuals one of identities; with --root DIR the name of a published set. "
        "Open every image: counts per class and split, broken and odd files, copies, what is not "
        "read. "
        "Status 2 if training should be refused.",
        runs=False,
        resume=False,
    )
    parser.usage = (
        "elsewhere check-data PATH [--individuals] | NAME --root DIR | "
        "--config NAME [--data.path=DIR …]"
    )
    parser.add_argument(
        "--individuals",
        action="store_true",
        help="the folders or the list's column identity name individuals: check for "
        "re-identification",
    )
    parser.add_argument(
        "--identity",
        action="append",
        metavar="COLUMN",
        help="column of a list that is the identity; again for each further one",
    )
    parser.add_argument(
        "--root",
        metavar="DIR",
        help="where a published set lies: cub, cars, aircraft …, market, duke, msmt17, veri …",
    )
    parser.add_argument(
        "--images", metavar="DIR", help="folder that the paths of a list are relative to"
    )
    parser.add_argument(
        "--workers",
        type=processes,
        default=os.cpu_count() or 1,
        metavar="N",
        help="images opened at the same time [one per core]",
    )
    parser.add_argument("--all", action="store_true", help="show every line of every list")
    return parser
