"""`elsewhere trial`: which method pays on these images?"""

import argparse
from pathlib import Path

from elsewhere.cli.options import at_least_one, read_recipe, verb_options
from elsewhere.terminal import Terminal

_ABOUT = """Train baseline, random and shuffled counterfactuals, each at several learning rates
and seeds, on features of a frozen backbone; choose each one's rate on validation images, compare
them on the test images, and write the recipe to use."""


def run(argv: list[str]) -> int:
    """Compare methods on somebody's own images."""
    parser = verb_options("trial", " ".join(_ABOUT.split()), resume=False)
    parser.add_argument(
        "--methods",
        default="baseline,random,shuffled",
        metavar="A,B",
        help="overlays [%(default)s]",
    )
    parser.add_argument(
        "--rates", type=_numbers, metavar="X,Y",
        help="multiples of the recipe's learning rate [2,4,8; with --finetune 0.5,1,2]",
    )  # fmt: skip
    parser.add_argument("--seeds", type=at_least_one, default=5, metavar="N", help="[%(default)s]")
    parser.add_argument("--jobs", type=at_least_one, metavar="N", help="trainings at once [cores]")
    parser.add_argument("--finetune", action="store_true", help="train all of the network: hours")
    options, _ = read_recipe(argv, parser)
    from elsewhere.runs.trial import AskedTrial, run_trial, usual_rates

    methods = [name.strip() for name in options.methods.split(",")]
    runs = Path(options.runs)
    rates = options.rates or usual_rates(options.finetune)
    asked = AskedTrial(options.config, options.keys, methods, rates, options.seeds)
    found = run_trial(
        asked._replace(finetune=options.finetune, runs=runs, jobs=options.jobs, trust=options.trust)
    )
    console = Terminal()
    console.print(found)
    console.print(f"report and recipe: {found.folder}", highlight=False)
    return 0


def _numbers(text: str) -> list[float]:
    try:
        return [float(each) for each in text.split(",")]
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expects numbers and commas, not {text!r}") from error
