"""`elsewhere reproduce`: the paper's tables and figures, paper beside measured."""

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from elsewhere.cli.options import OptionParser, option_parser
from elsewhere.errors import ConfigError, ElsewhereError, plain
from elsewhere.metrics.localization import THRESHOLDS
from elsewhere.reproduce.collected import MIOU_THRESHOLD
from elsewhere.reproduce.experiments import FIGURES, TABLES
from elsewhere.reproduce.planning import Asked, all_runs, read_part
from elsewhere.reproduce.reproduction import plan_experiments, write_experiments
from elsewhere.reproduce.running import make_runs
from elsewhere.reproduce.sweeps import SWEEPS
from elsewhere.terminal import Terminal, notes

ALL = "all"
EVERY = (*TABLES, *FIGURES)
_SEEDS = 3
_ABOUT = """Run a table or figure of the paper again: make the runs that are missing, go on with
those that were interrupted, and set what was measured beside what the paper prints. Every other
word is an overlay (--config NAME) or a key (--key.sub=value) of every run, as in elsewhere fit."""
_KNOWN = f"{', '.join(EVERY)}; {ALL} of these; or a sweep: {', '.join(SWEEPS)}"


def run(argv: list[str]) -> int:
    """Plan the runs of the named tables and figures, make them, and write what came out."""
    options, extra = _parser().parse_known_args(argv)
    names, asked = _names(options.names), _asked(options, extra)
    part = read_part(options.part)
    if options.jobs < 1:
        raise ConfigError(f"--jobs must be 1 or more, got {options.jobs}")
    plans = plan_experiments(names, asked)
    runs = all_runs(plans.values())[part]
    if options.list:
        words = [run.words for run in runs if run.result is None]
        commands = [plain(f"elsewhere {shlex.join(each)}") for each in words]
        print(*commands, sep="\n", end="\n" if commands else "")
        if not commands:
            print("elsewhere: no run is missing", file=sys.stderr)
        return 0
    failures = {}
    if not options.collect:
        failures = make_runs(runs, asked, options.jobs, notes().print)
    console = Terminal(highlight=False, markup=False)
    command = f"elsewhere reproduce {shlex.join(argv)}"
    for each in write_experiments(plans, asked, failures, command=command, width=console.width):
        console.print(each, soft_wrap=isinstance(each, str))
    if failures:
        raise ElsewhereError(
            f"{len(failures)} runs failed, first: {next(iter(failures.values()))}; the same "
            "command tries them again"
        )
    return 0


def _parser() -> OptionParser:
    parser = option_parser("reproduce", " ".join(_ABOUT.split()))
    parser.usage = "elsewhere reproduce NAME [NAME …] [--data.root DIR | --drawn] [options]"
    parser.add_argument("names", nargs="+", metavar="NAME", help=_KNOWN)
    parser.add_argument(
        "--data.root", dest="root", metavar="DIR", help="folder that the paper's sets lie in"
    )
    parser.add_argument(
        "--drawn", action="store_true", help="drawn sets at toy size: shows that every row runs"
    )
    parser.add_argument(
        "--seeds", metavar="N", help=f"runs of each row: a number, or seeds such as 4,5 "
        f"[{_SEEDS}; 1 with --drawn]",
    )  # fmt: skip
    parser.add_argument(
        "--preset",
        choices=("paper", "published"),
        default="paper",
        help="recipes after the paper's text, or after its published code",
    )
    parser.add_argument("--out", default="reproduced", metavar="DIR", help="where to write it all")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="drawn runs at once"
    )
    parser.add_argument(
        "--part",
        default="1/1",
        metavar="K/N",
        help="make every Nth run only, to share the work between machines",
    )
    parser.add_argument(
        "--list", action="store_true", help="print the runs still to be made as commands, and end"
    )
    parser.add_argument("--collect", action="store_true", help="show what is there, run nothing")
    parser.add_argument(
        "--miou-threshold", type=float, default=MIOU_THRESHOLD, metavar="T",
        help="Table 5: share of the attention's maximum that its box is drawn round, 0.1 to 0.9",
    )  # fmt: skip
    parser.add_argument(
        "--class", dest="class_name", metavar="NAME", help="Figure 2: which class of CUB to show"
    )
    parser.add_argument(
        "--environments", metavar="CSV", help="Figure 2: a list path,environment of CUB's images"
    )
    return parser


def _names(asked: Sequence[str]) -> list[str]:
    names = [each for name in asked for each in (EVERY if name == ALL else (name,))]
    for name in names:
        if name not in (*EVERY, *SWEEPS):
            raise ConfigError(f"there is no {name!r} to reproduce, but {_KNOWN}")
    return list(dict.fromkeys(names))


def _asked(options: argparse.Namespace, extra: Sequence[str]) -> Asked:
    if options.drawn == bool(options.root):
        raise ConfigError(
            "say with --data.root DIR where the paper's sets lie, or with --drawn that they are to "
            "be drawn; one of the two"
        )
    out = Path(options.out)
    root = out / "drawn" if options.drawn else Path(options.root)
    if not (options.drawn or root.is_dir()):
        raise ConfigError(f"--data.root={root}: there is no such folder")
    seeds = _seeds(options.seeds, 1 if options.drawn else _SEEDS)
    shown = (_threshold(options), options.class_name, options.environments)
    return Asked(root, out, seeds, options.preset, options.drawn, extra, *shown)


def _seeds(text: str | None, otherwise: int) -> list[int]:
    """A number of seeds from 0 on, or the seeds themselves."""
    parts = [] if text is None else text.split(",")
    numbers = [int(part) for part in parts if part.strip().isdecimal()]
    if len(numbers) < len(parts) or numbers == [0]:
        raise ConfigError(f"--seeds is a number of runs, or seeds such as 4,5, not {text!r}")
    if len(numbers) > 1:
        return list(dict.fromkeys(numbers))
    return list(range(numbers[0] if numbers else otherwise))


def _threshold(options: argparse.Namespace) -> float:
    asked: float = options.miou_threshold
    if not any(abs(asked - at) < 1e-9 for at in THRESHOLDS):
        known = ", ".join(f"{at:g}" for at in THRESHOLDS)
        raise ConfigError(f"--miou-threshold is one of {known}, which tests measure, not {asked:g}")
    return asked
