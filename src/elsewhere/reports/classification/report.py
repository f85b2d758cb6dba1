"""One self-contained page: of a run, or of a baseline beside CAL. Every claim is measured."""

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from elsewhere.reports.classification.tables import (
    accuracy_table,
    hardest_tables,
    inside_table,
    measure_rows,
    run_title,
    training_table,
    view_table,
)
from elsewhere.reports.pages import Chart, Shown, render_run
from elsewhere.reports.predictions import promise_note
from elsewhere.reports.result import RunResult
from elsewhere.reports.statistics import (
    Groups,
    accuracy_of,
    by_method,
    difference_of,
    seeds_of,
    split_names,
    values_of,
)
from elsewhere.reports.tables import Table
from elsewhere.reports.wording import counted, listing, percent, verdict_sentence
from elsewhere.structures import Calibration
from elsewhere.visualization.charts import Dots, dot_chart

SPLIT_TITLES = {
    "test": "misleading background",
    "test-unbiased": "no misleading background",
}
"""How the two test sets of drawn pictures are called on a page."""
_DIFFERENCES = (
    "“Higher” and “lower” are said only where the 95 % interval of the difference, paired by seed, "
    "leaves zero out."
)


def comparison_report(
    results: Sequence[RunResult],
    *,
    baseline: str = "baseline",
    fair_split: str = "test-unbiased",
    split_titles: Mapping[str, str] = SPLIT_TITLES,
    methods: Mapping[str, str] | None = None,
    **shown: Unpack[Shown],
) -> str:
    """The page that sets methods side by side.

    What it says of a difference follows from the measured numbers alone.

    Args:
        results: runs of at least one method.
        baseline: the method that the others are compared with.
        fair_split: the split whose numbers answer the question.
        split_titles: what to call a split on the page; its own name where it has no title.
        methods: one line on what each method is, the control above all.
        **shown: beside the figures.

    Returns:
        The whole HTML document.
    """
    groups = by_method(results)
    where = split_titles.get(fair_split, fair_split)
    titles = {name: split_titles.get(name, name) for name in split_names(results)}
    return render_run(
        "classification",
        results,
        shown,
        "top-1 accuracy",
        compared=True,
        title="",
        lead=_counts(results),
        finding={
            "heading": f"Top-1 accuracy, {where}:",
            "sentences": _findings(groups, baseline, fair_split),
        },
        training=training_table(groups, methods or {}),
        accuracy=accuracy_table(groups, baseline, titles),
        charts=[_dots(groups, titles)],
        where=where,
        inside=inside_table(groups, fair_split),
        hardest=None,
        remarks=[_DIFFERENCES, *_remarks(results)],
    )


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
        compared=False,
        title=run_title(result),
        lead=run_title(result),
        finding=_effects(result),
        training=training_table(by_method([result]), {}),
        accuracy=view_table(result),
        charts=[],
        where="",
        inside=Table(("", *result["splits"]), measure_rows(result["splits"])),
        hardest={"split": name, "tables": hardest} if hardest else None,
        remarks=_remarks([result]),
    )


def _counts(results: Sequence[RunResult]) -> str:
    """How many methods, seeds and runs there are, in one line."""
    return (
        "Counterfactual attention learning (CAL) asks this of every training picture; a baseline "
        f"is never asked. {counted(len(by_method(results)), 'method')}, "
        f"{counted(len(seeds_of(results)), 'seed')}, {counted(len(results), 'training run')}."
    )


def _findings(groups: Groups[RunResult], baseline: str, split: str) -> list[str]:
    """One measured sentence for every method but the baseline."""
    if baseline not in groups:
        return [f"No run of {baseline}, so nothing to compare with."]
    measure = accuracy_of(split)
    others = [
        verdict_sentence(method, baseline, difference_of(runs, groups[baseline], measure))
        for method, runs in groups.items()
        if method != baseline
    ]
    return others or [f"Only {baseline} was run, so there is nothing to compare."]


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


def _dots(groups: Groups[RunResult], titles: Mapping[str, str]) -> Chart:
    """Every run's top-1 of the raw view, a group a split."""
    dots = {
        title[:1].upper() + title[1:]: [
            Dots(method, values_of(runs, accuracy_of(split)), place)
            for place, (method, runs) in enumerate(groups.items())
        ]
        for split, title in titles.items()
    }
    classes = {len(run["classes"]) for runs in groups.values() for run in runs}
    chance = 1 / classes.pop() if len(classes) == 1 and 0 not in classes else None
    words = "A dot a run, a tick at the mean, a band of one standard deviation to each side."
    if chance is not None:
        words += f" Guessing would reach {percent(chance)} %."
    return Chart(dot_chart(dots, label="top-1 accuracy", chance=chance), words)


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


def _remarks(results: Sequence[RunResult]) -> list[str]:
    """What a careful reader wants to know before believing the numbers."""
    fewest = min((len(seeds_of(runs)) for runs in by_method(results).values()), default=0)
    lines = []
    if fewest == 1:
        lines.append("One seed shows no spread: another seed may turn a difference round.")
    elif fewest < 5:
        lines.append(
            f"{counted(fewest, 'seed')} make wide intervals; small differences stay unseen."
        )
    chosen = {result["protocol"]["selected_on"] for result in results}
    if chosen == {"val"}:
        lines.append("Checkpoints were chosen on validation pictures, never on the test pictures.")
    elif chosen == {None}:
        lines.append("The last checkpoint was taken, whatever it scored.")
    elif chosen:
        lines.append("Checkpoints were chosen on the test pictures, which flatters every number.")
    if len(results) == 1:
        lines += _answer_remarks(results[0])
    effects = [e for result in results if (e := result["protocol"]["effect"]) is not None]
    for intervention, draws, seed in sorted(
        {(e["intervention"], e["draws"], e["seed"]) for e in effects}
    ):
        count = counted(draws, "draw")
        lines.append(f"Effect: {intervention} attention, {count} a picture, seed {seed}.")
    return lines
