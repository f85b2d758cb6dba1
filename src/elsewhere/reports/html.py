"""One self-contained page: of a run, or of a baseline beside CAL."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from elsewhere.reports import page, sections
from elsewhere.reports.files import write_atomically
from elsewhere.reports.page import PictureRow
from elsewhere.reports.result import RunResult
from elsewhere.reports.statistics import by_method, split_names
from elsewhere.visualization.charts import line_chart

SPLIT_TITLES = {
    "test": "misleading background",
    "test-unbiased": "no misleading background",
}
"""How the two test sets of drawn pictures are called on a page."""

Curves = Mapping[str, Sequence[tuple[float, float]]]


def comparison_report(
    results: Sequence[RunResult],
    *,
    baseline: str = "baseline",
    fair_split: str = "test-unbiased",
    split_titles: Mapping[str, str] = SPLIT_TITLES,
    methods: Mapping[str, str] | None = None,
    about: Sequence[str] = (),
    samples: Sequence[PictureRow] = (),
    rule: str = "",
    looks: Sequence[PictureRow] = (),
    curves: Curves | None = None,
    notes: Sequence[str] = (),
    commands: Sequence[str] = (),
) -> str:
    """The page that sets methods side by side.

    What it says of a difference follows from the measured numbers alone.

    Args:
        results: runs of at least one method.
        baseline: the method that the others are compared with.
        fair_split: the split whose numbers answer the question.
        split_titles: what to call a split on the page; its own name where it has no title.
        methods: one line on what each method is, the control above all.
        about: paragraphs on what was trained on what.
        samples: small pictures of the data.
        rule: how the pictures of `looks` were chosen.
        looks: panels that show where each model looks.
        curves: accuracy against epochs, a line a method.
        notes: honest remarks beside those that the page makes itself.
        commands: lines that make these numbers again.

    Returns:
        The whole HTML document.
    """
    groups = by_method(results)
    where = split_titles.get(fair_split, fair_split)
    titles = {name: split_titles.get(name, name) for name in split_names(results)}
    trained = [*map(page.paragraph, about), sections.training_table(groups, methods or {})]
    body = [
        sections.opening(
            sections.counts(results), sections.findings(groups, baseline, fair_split, where)
        ),
        page.section("What was trained on what", *trained, *map(page.thumbnails, samples)),
        page.section("Accuracy", *sections.accuracy(groups, baseline, titles), _curves(curves)),
        sections.where_it_looks("Where each looks", rule, looks),
        sections.inside_boxes(groups, fair_split, where),
        sections.remarks(results, baseline, notes),
        sections.again(results, commands),
    ]
    return page.page(f"elsewhere: {sections.QUESTION}", "".join(body))


def run_report(
    result: RunResult,
    *,
    about: Sequence[str] = (),
    samples: Sequence[PictureRow] = (),
    rule: str = "",
    looks: Sequence[PictureRow] = (),
    curves: Curves | None = None,
    notes: Sequence[str] = (),
    commands: Sequence[str] = (),
) -> str:
    """The page of a single run; arguments as in `comparison_report`."""
    title = f"{result['recipe']} · {result['method']} · seed {result['seed']}"
    trained = [
        *map(page.paragraph, about),
        sections.training_table({result["method"]: [result]}, {}),
    ]
    body = [
        sections.opening(title, sections.answer(result)),
        page.section("What was trained on what", *trained, *map(page.thumbnails, samples)),
        page.section("Accuracy", sections.view_table(result), _curves(curves)),
        sections.where_it_looks("Where it looks", rule, looks),
        sections.quality(result),
        sections.classes(result),
        sections.remarks([result], None, notes),
        sections.again([result], commands),
    ]
    return page.page(f"elsewhere: {title}", "".join(body))


def write_report(path: Path, html: str) -> Path:
    """Write a finished page atomically.

    Raises:
        ElsewhereError: the file cannot be written.
    """
    return write_atomically(path, html)


def _curves(curves: Curves | None) -> str:
    if not curves:
        return ""
    svg = line_chart(curves, x_label="epochs", y_label="top-1 accuracy")
    return page.chart(svg)
