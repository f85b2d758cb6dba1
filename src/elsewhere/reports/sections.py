"""The sections of a report, from numbers to HTML. Every claim follows from the numbers."""

from collections.abc import Mapping, Sequence

from elsewhere.reports import page
from elsewhere.reports.page import Cell, PictureRow
from elsewhere.reports.result import RunResult
from elsewhere.reports.statistics import (
    accuracy_of,
    by_method,
    difference_of,
    effect_of,
    inside_of,
    spread_of,
    values_of,
)
from elsewhere.reports.wording import (
    UNKNOWN,
    interval_text,
    listing,
    measure_rows,
    number,
    number_ranges,
    percent,
    points,
    seeds_text,
    spread_text,
    verdict_sentence,
)
from elsewhere.visualization.charts import Dots, dot_chart

QUESTION = "Would the prediction change had the network looked elsewhere?"
Groups = Mapping[str, Sequence[RunResult]]

_READING = (
    "Attention says where a network may look. Evidence says what its answer used: each place's "
    "share of the predicted class's logit, orange for it and blue against it. Each map is scaled "
    "by itself: colours compare places within one map, not two maps."
)
_SPREAD = (
    "Mean ± standard deviation over seeds, each seed below. Differences are paired by seed, in "
    "percentage points, with their 95 % interval (Student's t)."
)


def opening(lead: str, finding: str) -> str:
    """Wordmark, the question, what this page is about, and the finding."""
    brand = '<p class="brand">elsewhere <span>counterfactual attention learning</span></p>'
    head = f"{brand}<h1>{QUESTION}</h1>{page.paragraph(lead, 'lead')}"
    return f"<header>{head}{finding}</header>"


def counts(results: Sequence[RunResult]) -> str:
    """How many methods, seeds and runs there are, in one line."""
    methods = len(by_method(results))
    seeds = len({result["seed"] for result in results})
    runs = len(results)
    return (
        "Counterfactual attention learning (CAL) asks this of every training picture; a baseline "
        f"is never asked. {methods} method{'s' if methods != 1 else ''}, {seeds_text(seeds)}, "
        f"{runs} training run{'s' if runs != 1 else ''}."
    )


def findings(groups: Groups, baseline: str, split: str, where: str) -> str:
    """One measured sentence for every method but the baseline."""
    sentences = _sentences(groups, baseline, split)
    return _finding(f"Top-1 accuracy, {where}:", sentences)


def answer(result: RunResult) -> str:
    """What the effect says of the page's question, a sentence a split; nothing if not measured."""
    protocol = result["protocol"]["effect"]
    effects = {name: split.get("effect") for name, split in result["splits"].items()}
    if protocol is None or not any(effects.values()):
        return ""
    sentences = []
    for name, effect in effects.items():
        if effect is not None and effect["probability"] is not None:
            way = "loses" if effect["probability"] >= 0 else "gains"
            size = percent(abs(effect["probability"]))
            sentences.append(f"{name}: the true class {way} {size} points of probability.")
    heading = f"Its attention exchanged for {protocol['intervention']} attention, on average:"
    return _finding(heading, sentences)


def training_table(groups: Groups, methods: Mapping[str, str]) -> str:
    """What each method is, and how long it trained."""
    rows = []
    for method, runs in groups.items():
        training = runs[0]["training"]
        seconds = spread_of([run["training"]["seconds"] for run in runs]).mean
        rows.append(
            (
                Cell(method, methods.get(method, "")),
                number_ranges({run["seed"] for run in runs}),
                f"{training['images']:,}",
                str(len(runs[0]["classes"])),
                f"{training['epochs']:,}",
                f"{training['steps']:,}",
                f"{seconds:,.0f} s",
            )
        )
    header = ("method", "seeds", "training pictures", "classes", "epochs", "steps", "time a run")
    return page.table(header, rows)


def accuracy(groups: Groups, baseline: str, titles: Mapping[str, str]) -> list[str]:
    """Table and chart of the raw view's top-1, one column and one group a split."""
    compared = baseline in groups and len(groups) > 1
    header = ["method"]
    for title in titles.values():
        header += [title, f"against {baseline}"] if compared else [title]
    rows = []
    for method, runs in groups.items():
        row: list[str | Cell] = [method]
        for split in titles:
            measure = accuracy_of(split)
            values = values_of(runs, measure)
            each = "  ".join(percent(value) for value in values) if len(values) > 1 else ""
            row.append(Cell(spread_text(spread_of(values)), each))
            if compared and method == baseline:
                row.append("")
            elif compared:
                gap = difference_of(runs, groups[baseline], measure)
                row.append(Cell(points(gap), interval_text(gap)))
        rows.append(row)
    dots = {
        title[:1].upper() + title[1:]: [
            Dots(method, values_of(runs, accuracy_of(split)), place)
            for place, (method, runs) in enumerate(groups.items())
        ]
        for split, title in titles.items()
    }
    chance = _chance(groups)
    svg = dot_chart(dots, label="top-1 accuracy", chance=chance)
    words = "A dot a run, a tick at the mean, a band of one standard deviation to each side."
    if chance is not None:
        words += f" Guessing would reach {percent(chance)} %."
    return [page.table(header, rows, _SPREAD), page.chart(svg, words)]


def where_it_looks(title: str, rule: str, looks: Sequence[PictureRow]) -> str:
    """The panels, how to read them and how they were chosen; nothing without panels."""
    if not looks:
        return ""
    chosen = page.paragraph(rule) if rule else ""
    return page.section(title, page.paragraph(_READING), chosen, *map(page.panels, looks))


def inside_boxes(groups: Groups, split: str, where: str) -> str:
    """Attention and evidence inside the box beside the box's area, and the effect."""
    rows = []
    for method, runs in groups.items():
        shares = [
            spread_text(spread_of(values_of(runs, inside_of(split, what))))
            for what in ("attention_inside", "evidence_inside", "box_area")
        ]
        effect = spread_of(values_of(runs, effect_of(split, "logit")))
        gain = spread_of(values_of(runs, effect_of(split, "probability")))
        rows.append((method, *shares, number(effect.mean, 2), spread_text(gain)))
    if all(cell == UNKNOWN for row in rows for cell in row[1:]):
        return ""
    header = (
        "method",
        "attention in the box, %",
        "evidence in the box, %",
        "box area, % of the picture",
        "effect on the true logit",
        "effect on its probability, points",
    )
    text = (
        f"Measured on the test pictures with {where}. A map that knew nothing of the object would "
        "put into the box the box's share of the area. Evidence counts its positive part only. The "
        "effect is the mean gain of the true class over the prediction under counterfactual "
        "attention (eq. 5)."
    )
    table = page.table(header, rows)
    return page.section("On the object, or elsewhere", page.paragraph(text), table)


def view_table(result: RunResult) -> str:
    """Top-1 and top-5 of every split and view."""
    rows = [
        (
            Cell(split, f"{measured['images']:,} pictures") if place == 0 else "",
            view,
            percent(shares["top1"]),
            percent(shares["top5"]),
        )
        for split, measured in result["splits"].items()
        for place, (view, shares) in enumerate(measured["accuracy"].items())
    ]
    return page.table(("split", "view", "top-1, %", "top-5, %"), rows)


def quality(result: RunResult) -> str:
    """Balanced accuracy, effect, localization and calibration of a run, a column a split."""
    rows = measure_rows(result["splits"])
    if not rows:
        return ""
    return page.section("On the object, or elsewhere", page.table(["", *result["splits"]], rows))


def classes(result: RunResult, most: int = 10) -> str:
    """The classes answered worst and the pairs confused most, of the first split."""
    name, split = next(iter(result["splits"].items()), ("", None))
    if split is None or not split.get("per_class"):
        return ""
    seen = [entry for entry in split["per_class"] if entry["images"]]
    worst = sorted(seen, key=lambda entry: entry["top1"])[:most]
    mixed = sorted(split["confusions"], key=lambda entry: -entry["images"])[:most]
    rows = [(entry["class"], f"{entry['images']:,}", percent(entry["top1"])) for entry in worst]
    parts = [page.table(("class", "pictures", "top-1, %"), rows)]
    if mixed:
        pairs = [(pair["true"], pair["predicted"], f"{pair['images']:,}") for pair in mixed]
        parts.append(page.table(("true class", "taken for", "pictures"), pairs))
    return page.section(f"Hardest classes on {name}", *parts)


def remarks(results: Sequence[RunResult], baseline: str | None, notes: Sequence[str]) -> str:
    """What a careful reader wants to know before believing the numbers."""
    groups = by_method(results)
    fewest = min((len({run["seed"] for run in runs}) for runs in groups.values()), default=0)
    lines = []
    if baseline is not None:
        lines.append(
            "“Higher” and “lower” are said only where the 95 % interval of the difference, paired "
            "by seed, leaves zero out."
        )
    if fewest == 1:
        lines.append("One seed shows no spread: another seed may turn a difference round.")
    elif fewest < 5:
        lines.append(f"{seeds_text(fewest)} make wide intervals; small differences stay unseen.")
    lines += _protocol(results)
    return page.section("Before you believe it", page.bullets([*lines, *notes]))


def again(results: Sequence[RunResult], lines: Sequence[str]) -> str:
    """The commands that make the numbers again, and the versions they were made with."""
    versions = {
        f"{name} {version}" for result in results for name, version in result["versions"].items()
    }
    made = page.paragraph(f"Made with {listing(sorted(versions))}.", "note") if versions else ""
    if not lines:
        return f"<footer>{made}</footer>" if made else ""
    return page.section("Run it again", page.commands(lines), made)


def _finding(heading: str, sentences: Sequence[str]) -> str:
    lines = page.paragraph(heading, "note") + page.bullets(sentences)
    return f'<div class="finding">{lines}</div>'


def _sentences(groups: Groups, baseline: str, split: str) -> list[str]:
    if baseline not in groups:
        return [f"No run of {baseline}, so nothing to compare with."]
    measure = accuracy_of(split)
    others = [
        verdict_sentence(method, baseline, difference_of(runs, groups[baseline], measure))
        for method, runs in groups.items()
        if method != baseline
    ]
    return others or [f"Only {baseline} was run, so there is nothing to compare."]


def _chance(groups: Groups) -> float | None:
    classes = {len(run["classes"]) for runs in groups.values() for run in runs}
    return 1 / classes.pop() if len(classes) == 1 and 0 not in classes else None


def _protocol(results: Sequence[RunResult]) -> list[str]:
    lines = []
    chosen = {result["protocol"]["selected_on"] for result in results}
    if chosen == {"val"}:
        lines.append("Checkpoints were chosen on validation pictures, never on the test pictures.")
    elif chosen == {None}:
        lines.append("The last checkpoint was taken, whatever it scored.")
    elif chosen:
        lines.append("Checkpoints were chosen on the test pictures, which flatters every number.")
    effects = [e for result in results if (e := result["protocol"]["effect"]) is not None]
    ways = {(e["intervention"], e["draws"], e["seed"]) for e in effects}
    for intervention, draws, seed in sorted(ways):
        count = "1 draw" if draws == 1 else f"{draws} draws"
        lines.append(f"Effect: {intervention} attention, {count} a picture, seed {seed}.")
    return lines
