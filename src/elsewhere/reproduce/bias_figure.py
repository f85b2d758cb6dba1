"""Figure 2: how training and test differ in what a class looks like, as chart, table and words."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import RenderableType

from elsewhere.data.records import RecordTable
from elsewhere.data.sets.classes.birds import read_cub
from elsewhere.data.sets.classes.cub import (
    DRAWN_ENVIRONMENTS,
    read_cub_attributes,
    read_environments,
)
from elsewhere.errors import ConfigError, DataError
from elsewhere.files.writing import write_atomically
from elsewhere.reports.documents import as_json
from elsewhere.reports.pages import Chart, render
from elsewhere.reports.tables import Table, markdown_table, rich_table
from elsewhere.reports.wording import UNKNOWN, counted, listing, percent
from elsewhere.reproduce.bias import (
    ClassBias,
    EnvironmentDistance,
    Share,
    class_bias,
    environment_distance,
    find_class,
)
from elsewhere.reproduce.planning import Asked
from elsewhere.reproduce.sets import readable_name
from elsewhere.visualization.bars import Bars, bar_chart

PAPER_CLASS = "Ringed Kingfisher"
_TITLE = "Figure 2: training and test"


class Wanted(NamedTuple):
    """What Figure 2 is counted of.

    Attributes:
        table: CUB.
        name: of the class, as the set calls it.
        environments: place by path; empty where none are known.
    """

    table: RecordTable
    name: str
    environments: Mapping[str, str]


def find_bias(asked: Asked) -> Wanted | str:
    """What Figure 2 is to be counted of; why it is not, where the set is not there.

    Raises:
        ConfigError: there is no class that is asked for.
        DataError: the list of environments cannot be read, or names other images.
    """
    try:
        table = read_cub(asked.root)
    except DataError as error:
        return str(error)
    name = asked.class_name or (table.class_names[0] if asked.drawn else PAPER_CLASS)
    given = asked.environments or (str(table.root / DRAWN_ENVIRONMENTS) if asked.drawn else None)
    places = read_environments(given, [each.path for each in table.records]) if given else {}
    try:
        return Wanted(table, find_class(table.class_names, name), places)
    except ConfigError as error:
        if asked.class_name:
            raise
        return str(error)  # a smaller copy of the set may lack the paper's class


def write_bias(asked: Asked, command: str) -> list[RenderableType]:
    """Count and draw the bias of one class of CUB; say why where the set is not there.

    Returns:
        What there is to say, for the terminal.

    Raises:
        ConfigError: there is no such class.
        DataError: the list of environments cannot be read, or names other images.
    """
    stem, wanted = asked.out / "figure2", find_bias(asked)
    if isinstance(wanted, str):
        return _not_run(stem, wanted)
    table, name, places = wanted
    try:
        attributes = read_cub_attributes(asked.root)
    except DataError as error:
        return _not_run(stem, str(error))
    bias = class_bias(attributes, table, name, environments=places)
    distance = environment_distance(table, places) if places else None
    write_atomically(stem.with_suffix(".svg"), bias_chart(bias))
    write_atomically(stem.with_suffix(".md"), bias_markdown(bias, distance))
    write_atomically(stem.with_suffix(".json"), bias_document(bias, distance))
    write_atomically(stem.with_suffix(".html"), bias_page(bias, distance, command))
    notes = [f"· {line}" for line in bias_notes(bias, distance)]
    return [rich_table(bias_table(bias)), *notes, f"figure2.md, .html, .json and .svg: {asked.out}"]


def _not_run(stem: Path, reason: str) -> list[RenderableType]:
    """Say why nothing was counted; what was counted before is not left beside it."""
    for ending in (".svg", ".json", ".html"):
        stem.with_suffix(ending).unlink(missing_ok=True)
    write_atomically(stem.with_suffix(".md"), f"# {_TITLE}\n\nNot run: {reason}\n")
    return [f"figure2: not run: {reason}"]


def bias_chart(bias: ClassBias) -> str:
    """A pair of bars for each attribute and environment, as SVG."""
    groups = {
        title: [Bars(_readable(share.name), (share.train, share.test)) for share in shares]
        for title, shares in _groups(bias).items()
    }
    train, test = bias.images
    series = [f"training, {train:,} images", f"test, {test:,} images"]
    label = f"share of the images of {readable_name(bias.class_name)}"
    return bar_chart(groups, series, label=label)


def bias_table(bias: ClassBias) -> Table:
    """The same numbers as a table."""
    rows = [
        (
            _readable(share.name),
            _share_text(share.train),
            _share_text(share.test),
            f"{100 * share.difference:+.1f}" if math.isfinite(share.difference) else UNKNOWN,
        )
        for shares in _groups(bias).values()
        for share in shares
    ]
    header = ("share of the images, %", "training", "test", "difference")
    return Table(header, rows, _title(bias))


def bias_notes(bias: ClassBias, distance: EnvironmentDistance | None = None) -> list[str]:
    """What must be said beside the chart, a sentence or two each."""
    chosen = f"{len(bias.frequent)} chosen as seen most often, though not in every image"
    if bias.different:
        chosen += f"; {len(bias.different)} of the others, as those whose shares differ most"
    notes = [f"Attributes: {chosen}. All attribute labels count, whatever their certainty."]
    if math.isfinite(bias.largest):
        notes.append(
            f"The largest difference of any attribute is {percent(bias.largest)} points. Split at "
            f"random, the same images would show one of {percent(bias.largest_by_chance)} points "
            f"on average ({bias.splits} random splits)."
        )
    if not bias.environments:
        notes.append("Environments are not known: no published set has them.")
    elif any(bias.unknown):
        train, test = bias.unknown
        notes.append(
            f"Without an environment in the list: {train} training and {test} test images; they "
            "are left out of the environments' shares."
        )
    return notes if distance is None else [*notes, distance_text(distance)]


def distance_text(distance: EnvironmentDistance) -> str:
    """The distance in words, with its size by chance beside it."""
    if not distance.by_class:
        return "No class has known environments in both training and test."
    text = (
        f"Over {counted(len(distance.by_class), 'class', 'classes')}, the environments of training "
        f"and test are {percent(distance.mean)} % apart (total variation, mean over classes); "
        f"split at random, the same images would be {percent(distance.by_chance)} % apart."
    )
    missing = []
    if distance.left_out:
        classes = counted(distance.left_out, "class", "classes")
        missing.append(f"{classes} without environments in both")
    if distance.unknown:
        missing.append(f"{counted(distance.unknown, 'image')} without one")
    return f"{text} Left out: {listing(missing)}." if missing else text


def bias_markdown(bias: ClassBias, distance: EnvironmentDistance | None) -> str:
    """Chart, table and what must be said beside them."""
    table = markdown_table(bias_table(bias)._replace(title=""))
    notes = "\n".join(f"- {line}" for line in bias_notes(bias, distance))
    chart = "![Shares of training and test images](figure2.svg)"
    return f"# {_title(bias)}\n\n{chart}\n\n{table}\n{notes}\n"


def bias_page(bias: ClassBias, distance: EnvironmentDistance | None, command: str) -> str:
    """The same as a self-contained page."""
    return render(
        "bias_figure",
        verb="reproduce",
        title=_title(bias),
        lead="",
        drawn=Chart(bias_chart(bias)),
        shares=bias_table(bias),
        remarks=bias_notes(bias, distance),
        command=command,
    )


def bias_document(bias: ClassBias, distance: EnvironmentDistance | None) -> str:
    """The same as JSON: counts of images, shares follow from them."""
    document: dict[str, Any] = {
        "experiment": "figure2",
        "class": bias.class_name,
        "images": {"train": bias.images[0], "test": bias.images[1]},
        "certainty": 1,
        "frequent": [share._asdict() for share in bias.frequent],
        "different": [share._asdict() for share in bias.different],
        "environments": [share._asdict() for share in bias.environments],
        "largest_difference": bias.largest,
        "largest_difference_by_chance": bias.largest_by_chance,
        "environment_distance": None if distance is None else distance._asdict(),
        "remarks": bias_notes(bias, distance),
    }
    return as_json(document)


def _title(bias: ClassBias) -> str:
    return f"{_TITLE} of {readable_name(bias.class_name)}"


def _groups(bias: ClassBias) -> dict[str, tuple[Share, ...]]:
    groups = {
        "Attributes seen most often": bias.frequent,
        "Attributes that differ most": bias.different,
        "Environments": bias.environments,
    }
    return {title: shares for title, shares in groups.items() if shares}


def _share_text(counts: tuple[int, int]) -> str:
    seen, of = counts
    return f"{percent(seen / of)} ({seen} of {of})" if of else UNKNOWN


def _readable(name: str) -> str:
    """An attribute in plain words: "has_crown_color::red" is "crown color: red"."""
    return readable_name(name.removeprefix("has_").replace("::", ": "))
