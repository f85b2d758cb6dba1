"""One self-contained page of a run. Every claim is measured."""

from typing import Any, Unpack

from elsewhere.reports.classification.tables import (
    hardest_tables,
    measure_rows,
    run_title,
    training_table,
    view_table,
)
from elsewhere.reports.pages import Shown, render_run
from elsewhere.reports.predictions import promise_note
from elsewhere.reports.result import RunResult
from elsewhere.reports.statistics import (
    by_method,
)
from elsewhere.reports.tables import Table
from elsewhere.reports.wording import counted, listing, percent
from elsewhere.structures import Calibration


def run_report(result: RunResult, **shown: Unpack[Shown]) -> str:
    """The page of a single run.

    Args:
        result: of the run.
        **shown: beside its figures.

    Returns:
        The whole HTML document.
    """
    name, split = next(iter(result["splits"].items()), ("", None))
    hardest = hardest_tables(split) if split else []
    return render_run(
        "classification",
        [result],
        shown,
        "top-1 accuracy",
        title=run_title(result),
        lead=run_title(result),
        finding=_effects(result),
        training=training_table(by_method([result])),
        accuracy=view_table(result),
        charts=[],
        inside=Table(("", *result["splits"]), measure_rows(result["splits"])),
        hardest={"split": name, "tables": hardest} if hardest else None,
        remarks=remarks_on(result),
    )


def _effects(result: RunResult) -> dict[str, Any] | None:
    """What the effect says of the page's question, a sentence a split; None if not measured."""
    protocol = result["protocol"]["effect"]
    effects = {name: split.get("effect") for name, split in result["splits"].items()}
    if protocol is None or not any(effects.values()):
        return None
    sentences = []
    for name, effect in effects.items():
        if effect is not None and effect["probability"] is not None:
            way = "loses" if effect["probability"] >= 0 else "gains"
            size = percent(abs(effect["probability"]))
            sentences.append(f"{name}: the true class {way} {size} points of probability.")
    heading = f"Its attention exchanged for {protocol['intervention']} attention, on average:"
    return {"heading": heading, "sentences": sentences}


def _answer_remarks(result: RunResult) -> list[str]:
    """What is promised of single answers, and what is called unlike anything trained on."""
    lines = []
    promised = result.get("promise")
    if promised is not None:
        lines.append(promise_note(Calibration(1.0, **promised)))
    known = result.get("familiarity")
    if known is not None:
        shares = listing(
            [f"{percent(share)} % of {name}" for name, share in known["flagged"].items()]
        )
        lines.append(
            f"Called unlike anything trained on: {shares}, by a threshold that these "
            f"{known['images']:,} images set together."
        )
    untrained = result.get("untrained")
    if untrained is not None:
        lines.append(
            f"Untrained backbone: {untrained['how']}; {untrained['images']:,} images in "
            f"{untrained['seconds']:,.0f} s, once before training."
        )
    return lines


def remarks_on(result: RunResult) -> list[str]:
    """What a careful reader wants to know before believing the numbers."""
    chosen = {
        "val": "Checkpoints were chosen on validation pictures, never on the test pictures.",
        None: "The last checkpoint was taken, whatever it scored.",
    }
    lines = ["One seed shows no spread: another seed may turn a difference round."]
    lines.append(
        chosen.get(
            result["protocol"]["selected_on"],
            "Checkpoints were chosen on the test pictures, which flatters every number.",
        )
    )
    lines += _answer_remarks(result)
    effect = result["protocol"]["effect"]
    if effect is not None:
        draws = counted(effect["draws"], "draw")
        lines.append(
            f"Effect: {effect['intervention']} attention, {draws} a picture, seed {effect['seed']}."
        )
    return lines
