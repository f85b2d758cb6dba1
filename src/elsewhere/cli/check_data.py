"""`elsewhere check-data`: open every image before anything is trained."""

import os

from elsewhere.cli.options import OptionParser, not_negative, read_words, verb_options
from elsewhere.errors import ConfigError

REFUSED = 2


def run(argv: list[str]) -> int:
    """Check the images that a path or a recipe names; 2 if training should be refused."""
    parser = _options()
    if {"-h", "--help"} & set(argv):
        print(parser.format_help())
        return 0
    path = argv[0] if argv and not argv[0].startswith("-") else None
    words = argv[1:] if path is not None else argv
    options, composition = read_words(words, parser, required=False)
    if path is not None and (options.config or composition.config):
        raise ConfigError("check-data takes a path or a recipe (--config NAME), not both")
    if path is None and not options.config:
        raise ConfigError("name what to check: elsewhere check-data PATH, or --config NAME")
    from rich.console import Console

    from elsewhere.cli.output import progress_bar
    from elsewhere.runs.data_check import check_data, check_recipe

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
    console = Console(markup=False, highlight=False, soft_wrap=True)
    console.print(found.summary(everything=options.all))
    return REFUSED if found.problems else 0


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
        type=not_negative,
        default=os.cpu_count() or 1,
        metavar="N",
        help="images opened at the same time [one per core]",
    )
    parser.add_argument("--all", action="store_true", help="show every line of every list")
    return parser
