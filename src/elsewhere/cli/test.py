"""`elsewhere test`: measure a trained run again."""

from pathlib import Path
from typing import Any, cast

from rich.console import Console

from elsewhere.bundle import DESCRIPTION
from elsewhere.cli.help import help_text
from elsewhere.cli.measuring import measure_run
from elsewhere.cli.options import verb_options
from elsewhere.cli.recipe import compose
from elsewhere.cli.testing import load_weights, put_in_bundle, without_pretrained
from elsewhere.cli.training import Run, build_run, training_parser
from elsewhere.errors import CheckpointError, DataError
from elsewhere.reports.documents import read_document
from elsewhere.reports.result import Training


def run(argv: list[str]) -> int:
    """Test the best checkpoint of a run, or another one."""
    description = "Measure a trained model: views, effect, where it looks."
    options = verb_options("test", description, resume=False)
    options.add_argument(
        "--checkpoint",
        default="best",
        metavar="best|last|PATH",
        help="what to test, which may be the folder of a bundle [best]",
    )
    options.add_argument(
        "--out", metavar="FOLDER", help="where everything is written [the run's own folder]"
    )
    composition = compose(argv, options)
    if composition.options.help:
        print(help_text(options, training_parser("test"), composition))
        return 0
    name = composition.options.checkpoint
    built = build_run("test", without_pretrained(composition))
    built.data.trainer = built.trainer
    if (Path(name) / DESCRIPTION).is_file():
        training = put_in_bundle(built, Path(name))
    else:
        training = _training(built, load_weights(built.task, _find(built, name)))
    measure_run(built, training, _folder(built, name, composition.options.out))
    return 0


def _find(run: Run, name: str) -> Path:
    own = {"best": run.best, "last": run.checkpoints / "last.ckpt"}
    path = own.get(name) or Path(name)
    if not path.is_file():
        raise CheckpointError(
            f"{path}: no such checkpoint; train first with elsewhere fit, and name the same recipe "
            "and overlays (what only the test is to do otherwise goes into keys: --task.KEY=VALUE)"
        )
    return path


def _folder(run: Run, checkpoint: str, out: str | None) -> Path:
    """Where a test is written: what is known of the run's own test is not overwritten."""
    if out:
        return Path(out)
    if checkpoint != "best":
        return run.folder / f"tested-{Path(checkpoint).absolute().stem}"
    known: Any = _known(run)
    tested = dict(run.data.protocols)
    before = {name: part.get("protocol") for name, part in known.get("sets", {}).items()}
    if not before or before == tested:
        return run.folder
    apart = run.folder / ("tested-" + "+".join(tested))
    Console(stderr=True, highlight=False, soft_wrap=True).print(
        f"note: the run was tested on other sets or by another protocol; written to {apart}"
    )
    return apart


def _known(run: Run) -> dict[str, Any]:
    """The run's earlier result; empty where there is none that can be read."""
    try:
        document = read_document(run.folder / "result.json")
    except DataError:
        return {}
    return document if isinstance(document, dict) else {}


def _training(run: Run, content: dict[str, object]) -> Training:
    """Take what training took from the earlier result; a checkpoint alone knows only its length."""
    known = _known(run).get("training")
    if known is not None:
        return cast(Training, known)
    return {
        "epochs": cast(int, content["epoch"]),
        "steps": cast(int, content["global_step"]),
        "seconds": 0.0,
        "images": len(run.data.table.split("train")),
    }
