"""One self-contained page of a run. Every claim is measured."""

from typing import Any

from elsewhere.reports.classification.tables import hardest_tables, measure_table, view_table
from elsewhere.reports.grounds import selection_remark, untrained_remark
from elsewhere.reports.pages import render_run
from elsewhere.reports.predictions import promise_note
from elsewhere.reports.result import RunResult
from elsewhere.reports.wording import counted, listing, percent
from elsewhere.structures import Calibration


def run_report(result: RunResult) -> str:
    """The page of a single run, as a whole HTML document."""
    name, split = next(iter(result["splits"].items()), ("", None))
    hardest = hardest_tables(split) if split else []
    return render_run(
        "classification",
        result,
        finding=_effects(result),
        accuracy=view_table(result),
        inside=measure_table(result["splits"]),
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
    return lines + untrained_remark(result.get("untrained"))


def remarks_on(result: RunResult) -> list[str]:
    """What a careful reader wants to know before believing the numbers."""
    protocol = result["protocol"]
    held_out = "validation pictures, never on the test pictures"
    lines = [
        "One seed shows no spread: another seed may turn a difference round.",
        selection_remark(protocol["selected_on"], held_out),
        *_answer_remarks(result),
    ]
    effect = protocol["effect"]
    if effect is not None:
        draws = counted(effect["draws"], "draw")
        lines.append(
            f"Effect: {effect['intervention']} attention, {draws} a picture, seed {effect['seed']}."
        )
    return lines
