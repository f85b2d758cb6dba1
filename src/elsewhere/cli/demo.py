"""`elsewhere demo`: what CAL does and whether it helps, on drawn birds, in about a minute."""

import shlex
import time
from pathlib import Path

from elsewhere.cli.options import at_least_one, option_parser


def run(argv: list[str]) -> int:
    """Draw birds, train, ask again under other attention, and write one self-contained page."""
    parser = option_parser(
        "demo", "Train with and without CAL on drawn birds; write a page that shows what it does."
    )
    parser.add_argument("--out", default="demo", metavar="DIR", help="where everything is written")
    parser.add_argument(
        "--seeds", type=at_least_one, default=5, help="of each method, two at least [%(default)s]"
    )
    options = parser.parse_args(argv)

    from elsewhere.reports.demo import findings
    from elsewhere.runs.demo import run_demo
    from elsewhere.terminal import Terminal

    console, began = Terminal(highlight=False, markup=False), time.monotonic()
    command = shlex.join(["elsewhere", "demo", *argv])
    demo = run_demo(Path(options.out), options.seeds, command)
    for line in findings(demo.trial.compared, demo.facts):
        console.print(line, soft_wrap=True)
    console.print(f"{time.monotonic() - began:.0f} s in all. Look at {demo.report}")
    return 0
