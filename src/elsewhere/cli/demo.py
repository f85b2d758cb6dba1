"""`elsewhere demo`: a baseline and a CAL model on the same drawn birds, in minutes."""

import shlex
import time
from pathlib import Path

from elsewhere.cli.options import at_least_one, option_parser


def run(argv: list[str]) -> int:
    """Draw birds, train, test, and write one self-contained page."""
    parser = option_parser(
        "demo", "Train a baseline and a CAL model on drawn birds; write a report."
    )
    parser.add_argument("--out", default="demo", metavar="DIR", help="where everything is written")
    parser.add_argument(
        "--seeds", type=at_least_one, default=1, help="runs a method; more tell more"
    )
    parser.add_argument("--epochs", type=at_least_one, default=12, help="epochs a run")
    options = parser.parse_args(argv)

    from elsewhere.reports.classification.tables import comparison_table
    from elsewhere.runs.demo import run_demo
    from elsewhere.terminal import Terminal

    console, began = Terminal(highlight=False, markup=False), time.monotonic()
    command = shlex.join(["elsewhere", "demo", *argv])
    demo = run_demo(Path(options.out), options.seeds, options.epochs, console.print, command)
    console.print(comparison_table(demo.results))
    console.print(f"{time.monotonic() - began:.0f} s in all. Look at {demo.report}")
    return 0
