"""What `bias` counted, as a chart, a table and sentences."""

import math

from elsewhere.reports.bias import ClassBias, EnvironmentDistance, Share
from elsewhere.reports.looks import readable_name
from elsewhere.reports.wording import UNKNOWN, listing, percent
from elsewhere.visualization import Bars, bar_chart


def bias_chart(bias: ClassBias) -> str:
    """The chart of figure 2: a pair of bars for each attribute and environment, as SVG."""
    groups = {title: [_bars(share) for share in shares] for title, shares in _groups(bias).items()}
    train, test = bias.images
    series = [f"training, {train:,} images", f"test, {test:,} images"]
    label = f"share of the images of {readable_name(bias.class_name)}"
    return bar_chart(groups, series, label=label)


def bias_rows(bias: ClassBias) -> list[list[str]]:
    """The same numbers as a table: what, training, test (percent), difference (points)."""
    return [
        [
            _readable(share.name),
            _share_text(share.train),
            _share_text(share.test),
            f"{100 * share.difference:+.1f}" if math.isfinite(share.difference) else UNKNOWN,
        ]
        for shares in _groups(bias).values()
        for share in shares
    ]


def bias_notes(bias: ClassBias) -> list[str]:
    """What must be said beside the chart, a sentence or two each."""
    labels = (
        "All attribute labels count, whatever their certainty."
        if bias.certainty == 1
        else f"Attribute labels count from certainty {bias.certainty} of 4 on."
    )
    chosen = f"{len(bias.frequent)} chosen as seen most often, though not in every image"
    if bias.different:
        chosen += f"; {len(bias.different)} of the others, as those whose shares differ most"
    notes = [f"Attributes: {chosen}. {labels}"]
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
    return notes


def distance_text(distance: EnvironmentDistance) -> str:
    """The distance in words, with its size by chance beside it."""
    if not distance.by_class:
        return "No class has known environments in both training and test."
    classes = _many(len(distance.by_class), "class", "classes")
    parts = [
        f"Over {classes}, the environments of training and test are "
        f"{percent(distance.mean)} % apart (total variation, mean over classes); split at random, "
        f"the same images would be {percent(distance.by_chance)} % apart."
    ]
    missing = []
    if distance.left_out:
        missing.append(
            f"{_many(distance.left_out, 'class', 'classes')} without environments in both"
        )
    if distance.unknown:
        missing.append(f"{_many(distance.unknown, 'image', 'images')} without one")
    return " ".join([*parts, *([f"Left out: {listing(missing)}."] if missing else [])])


def _groups(bias: ClassBias) -> dict[str, tuple[Share, ...]]:
    groups = {
        "Attributes seen most often": bias.frequent,
        "Attributes that differ most": bias.different,
        "Environments": bias.environments,
    }
    return {title: shares for title, shares in groups.items() if shares}


def _bars(share: Share) -> Bars:
    return Bars(_readable(share.name), (share.train, share.test))


def _share_text(counts: tuple[int, int]) -> str:
    seen, of = counts
    return f"{percent(seen / of)} ({seen} of {of})" if of else UNKNOWN


def _readable(name: str) -> str:
    """An attribute in plain words: "has_crown_color::red" is "crown color: red"."""
    return readable_name(name.removeprefix("has_").replace("::", ": "))


def _many(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"
