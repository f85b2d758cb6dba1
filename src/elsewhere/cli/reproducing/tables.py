"""From the runs of an experiment to its table, in every form."""

from pathlib import Path

from rich.console import Console

from elsewhere.cli.reproducing.planning import Plan
from elsewhere.cli.reproducing.running import Failures
from elsewhere.reports import write_report
from elsewhere.reports.files import write_atomically
from elsewhere.reports.reproduce import Collected, collect
from elsewhere.reports.reproduce.charts import charts
from elsewhere.reports.reproduce.document import reproduced_document
from elsewhere.reports.reproduce.html import reproduced_page
from elsewhere.reports.reproduce.markdown import reproduced_markdown
from elsewhere.reports.reproduce.measures import AnyResult, read_any_result
from elsewhere.reports.reproduce.paper import paper, printed_table
from elsewhere.reports.reproduce.terminal import reproduced_table


def collect_runs(plan: Plan, failures: Failures, *, drawn: bool, threshold: float) -> Collected:
    """Read what has been run of an experiment.

    Raises:
        DataError: a result is incomplete or of another version.
    """
    results: dict[tuple[str, str], dict[int, AnyResult]] = {}
    reasons = dict(plan.reasons)
    for place, runs in plan.runs.items():
        for run in runs:
            if run.result is not None:
                results.setdefault(place, {})[run.seed] = read_any_result(run.result)
            elif run.key in failures:
                reasons[place] = f"failed: {failures[run.key]}"
    name = plan.experiment.name
    printed = printed_table(name) if name in paper()["tables"] else None
    return collect(
        plan.experiment, results, reasons, printed=printed, drawn=drawn, threshold=threshold
    )


def write_table(collected: Collected, plan: Plan, out: Path, command: str) -> None:
    """Write a table as Markdown, HTML and JSON, with its charts, and print it."""
    name = collected.experiment.name
    drawn = charts(collected)
    pictures = []
    for number, (words, svg) in enumerate(drawn, start=1):
        file = f"{name}-{number}.svg" if len(drawn) > 1 else f"{name}.svg"
        write_atomically(out / file, svg)
        pictures.append((words, file))
    write_atomically(out / f"{name}.md", reproduced_markdown(collected, pictures))
    write_report(out / f"{name}.html", reproduced_page(collected, command))
    write_atomically(out / f"{name}.json", reproduced_document(collected, _folders(plan, out)))
    console = Console()
    console.print(reproduced_table(collected, console.width))
    console.print(f"{name}.md, .html and .json: {out}", highlight=False)


def _folders(plan: Plan, out: Path) -> dict[str, list[str]]:
    """Folders of the runs, by row."""
    folders: dict[str, list[str]] = {}
    for (method, _), runs in plan.runs.items():
        found = [run.result.parent for run in runs if run.result is not None]
        inside = (folder.relative_to(out).as_posix() for folder in found)
        folders.setdefault(method, []).extend(inside)
    return folders
