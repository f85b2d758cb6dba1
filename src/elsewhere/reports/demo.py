"""The demo's page: one answer under other attention, the evidence for it, and what CAL changes."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from elsewhere.data.images.transforms import denormalise
from elsewhere.drawn import DrawnBirds
from elsewhere.reports.pages import Picture, PictureRow, render
from elsewhere.reports.statistics import Spread, paired_difference, spread_of
from elsewhere.reports.tables import Table
from elsewhere.reports.trial import Attempt, Compared, TrialFacts, compare_methods
from elsewhere.reports.wording import counted, gain_text, mean_text
from elsewhere.visualization.overlay import attention_overlay, evidence_overlay
from elsewhere.visualization.tiles import thumbnail

NAMES = {"baseline": "baseline", "random": "CAL", "shuffled": "CAL, shuffled"}
ATTENTIONS = {
    "own": "its own attention",
    "other": "another picture's attention",
    "uniform": "uniform attention",
}
TileRow = tuple[str, Sequence[tuple[Picture, str, str]]]
"""A heading, and pictures under it, each with the figure below it and its interval."""
_TILE = (288, 288)
"""Pixels of a tile: 144 on the page, two of which fit side by side on a telephone."""
_SPECIES = 3
"""So many are shown as examples."""


class Asked(NamedTuple):
    """What one network answered about every image of a test.

    Attributes:
        answers: probability of the true species, by attention: own, other, uniform.
        attention: its own, averaged over heads.
        evidence: share of the true species' logit by position.
        inside: share of the positive evidence that lies in the bird's box.
    """

    answers: Mapping[str, Float[np.ndarray, " images"]]
    attention: Float[np.ndarray, "images h w"]
    evidence: Float[np.ndarray, "images h w"]
    inside: Float[np.ndarray, " images"]


class Facts(NamedTuple):
    """What the networks of every method answered.

    Attributes:
        images: of the test, values in 0..1.
        species: the true one of each.
        partners: whose attention each was given.
        box_area: share of an image that its bird's box covers, on the average.
        asked: by method, a network a seed.
    """

    images: Float[np.ndarray, "images 3 height width"]
    species: Sequence[str]
    partners: Int[np.ndarray, " images"]
    box_area: float
    asked: Mapping[str, Sequence[Asked]]


def demo_page(
    attempts: Sequence[Attempt],
    trial: TrialFacts,
    facts: Facts,
    samples: Sequence[PictureRow],
    commands: Sequence[str],
) -> str:
    """The whole page; what it says follows from the figures alone."""
    compared = compare_methods(attempts)
    row = typical(facts)
    seeds = counted(len(facts.asked["baseline"]), "seed")
    return render(
        "demo",
        verb="demo",
        title="Would the answer change had it looked elsewhere?",
        lead=(
            "Counterfactual attention learning (CAL) asks this in training: the network answers a "
            "picture twice, once with its own attention and once with a wrong one, and learns to "
            "make its own the better one. Below, networks trained with and without it."
        ),
        findings=findings(compared, facts),
        species=facts.species[row],
        counterfactual=[
            answer_tiles(facts, name, row) for name in ("baseline", "random") if name in facts.asked
        ],
        answers=answers_table(facts),
        evidence=[evidence_tiles(facts, each) for each in ranked(facts)],
        inside=inside_table(facts),
        accuracy=accuracy_table(compared, facts),
        box=f"{100 * facts.box_area:.0f}",
        samples=samples,
        seeds=seeds,
        remarks=remarks(attempts, trial),
        next=commands,
    )


def change(facts: Facts) -> Float[np.ndarray, " images"]:
    """How much probability each image's true species loses under another's attention, by CAL."""
    drops = [each.answers["own"] - each.answers["other"] for each in facts.asked["random"]]
    return np.asarray(np.mean(drops, axis=0))


def typical(facts: Facts) -> int:
    """The image whose change is the median of all: no figure is chosen by hand."""
    return int(np.argsort(change(facts), kind="stable")[len(facts.species) // 2])


def ranked(facts: Facts) -> list[int]:
    """Images at a quarter, the middle and three quarters of the change."""
    order = np.argsort(change(facts), kind="stable")
    return [int(order[int(rank * len(order))]) for rank in (0.25, 0.5, 0.75)]


def findings(compared: Mapping[str, Compared], facts: Facts) -> list[str]:
    """Did it help here? One sentence on accuracy for each form of CAL, one on what it trains."""
    lines = []
    words = {"higher": "yes", "lower": "no, it costs accuracy"}
    for name in ("random", "shuffled"):
        gain = compared[name].gain
        assert gain is not None
        lines.append(
            f"{NAMES[name]}: {words.get(gain.verdict, 'not clearly')}. It names "
            f"{mean_text(compared[name].test)} % of the birds rightly, the same network without it "
            f"{mean_text(compared['baseline'].test)} %: {gain_text(gain)} points."
        )
    ours, theirs = (dict(enumerate(_effects(facts, name))) for name in ("random", "baseline"))
    gap = paired_difference(ours, theirs)
    leans = {
        "higher": "leans more on where it looks",
        "lower": "leans less on where it looks",
    }.get(gap.verdict, "leans on where it looks no more and no less")
    lines.append(
        f"A network trained with CAL {leans}: given another picture's attention, the probability "
        f"of the true species falls by {mean_text(spread_of(_effects(facts, 'random')))} points, "
        f"without CAL by {mean_text(spread_of(_effects(facts, 'baseline')))}."
    )
    lines.append(
        f"In brackets: 95 % intervals over {counted(len(facts.asked['random']), 'seed')}. CAL takes"
        " random attention for the wrong one, as its paper does; shuffled, another picture's."
    )
    return lines


def _effects(facts: Facts, method: str) -> list[float]:
    each = facts.asked[method]
    return [float(np.mean(a.answers["own"] - a.answers["other"])) for a in each]


def answer_tiles(facts: Facts, method: str, row: int) -> TileRow:
    """One image under three attentions, and the probability of its species under each."""
    asked, image = facts.asked[method], facts.images[row]
    own = np.mean([each.attention[row] for each in asked], axis=0)
    other = np.mean([each.attention[facts.partners[row]] for each in asked], axis=0)
    maps = {"own": own, "other": other, "uniform": np.ones_like(own)}
    tiles = [
        (
            (ATTENTIONS[name], attention_overlay(image, maps[name], _TILE)),
            *_probability([float(each.answers[name][row]) for each in asked]),
        )
        for name in ATTENTIONS
    ]
    return f"Trained {'without CAL' if method == 'baseline' else 'with CAL'}", tiles


def _probability(values: Sequence[float]) -> tuple[str, str]:
    """Mean and lowest to highest: of probabilities near 0 or 1 a t interval would leave 0..1."""
    mean = 100 * float(np.mean(values))
    return f"{mean:.0f} %", f"{100 * min(values):.0f} to {100 * max(values):.0f} %"


def evidence_tiles(facts: Facts, row: int) -> TileRow:
    """An image, and the evidence for its species by each method, averaged over seeds."""
    image = facts.images[row]
    tiles = [(("the picture", thumbnail(image, _TILE[0] / 2)), "", "")]
    for name in ("baseline", "random"):
        asked = facts.asked[name]
        evidence = np.mean([each.evidence[row] for each in asked], axis=0)
        tiles.append(
            (
                (f"evidence, {NAMES[name]}", evidence_overlay(image, evidence, _TILE)),
                *_probability([float(each.answers["own"][row]) for each in asked]),
            )
        )
    return facts.species[row], tiles


def _by_method(facts: Facts, rows: Mapping[str, Callable[[Asked], float]], title: str) -> Table:
    """A measure a row, a method a column: narrow enough for a telephone."""
    lines = [
        (label, *(_cell(spread_of([measure(each) for each in of])) for of in facts.asked.values()))
        for label, measure in rows.items()
    ]
    return Table(("", *(NAMES[name] for name in facts.asked)), lines, title)


def _cell(spread: Spread) -> str:
    mean, _, interval = mean_text(spread).partition(" ")
    return f"{mean}\n{interval}"


def answers_table(facts: Facts) -> Table:
    """Mean probability of the true species under each attention."""
    rows: dict[str, Callable[[Asked], float]] = {
        words: lambda each, name=name: float(np.mean(each.answers[name]))  # type: ignore[misc]
        for name, words in ATTENTIONS.items()
    }
    return _by_method(facts, rows, "Probability of the true species, %")


def inside_table(facts: Facts) -> Table:
    """Share of positive evidence in the bird's box."""
    return _by_method(
        facts, {"in the bird's box": lambda each: float(np.nanmean(each.inside))}, "Evidence, %"
    )


def accuracy_table(compared: Mapping[str, Compared], facts: Facts) -> Table:
    """Each method at its best rate on the fair test, and against the baseline."""
    columns = [compared[name] for name in facts.asked]
    gains = ["" if each.gain is None else gain_text(each.gain) for each in columns]
    rows = [
        ("named rightly, %", *(_cell(each.test) for each in columns)),
        ("against baseline, points", *(each.replace(" ", "\n", 1) for each in gains)),
        ("learning rate", *(f"{each.rate:g}" for each in columns)),
    ]
    return Table(("", *(NAMES[name] for name in facts.asked)), rows, "The fair test")


def remarks(attempts: Sequence[Attempt], trial: TrialFacts) -> list[str]:
    """What has to be known before the figures are believed."""
    seeds, rates = ({each[n] for each in attempts} for n in (2, 1))
    return [
        f"Figures are means over {counted(len(seeds), 'seed')} with their 95 % interval (Student's "
        "t), differences paired by seed; under a single picture stand the lowest and highest of "
        "these seeds.",
        f"Each method is at that of {counted(len(rates), 'learning rate')} which was best on "
        f"{trial.images['val']} validation pictures; the {trial.images['test']} test pictures were "
        "looked at once.",
        f"The species differ in crown colour and wing pattern alone, and {trial.images['train']} "
        "pictures were trained on. Attention and classifier are trained; the small backbone below "
        "them comes with the package, has seen 24 other drawn species, and stays as it is.",
        f"Guessing names {100 * trial.chance:.1f} % rightly.",
    ]


def sample_rows(data: DrawnBirds, fair: str) -> list[PictureRow]:
    """The first images of some species in training and in the fair test."""
    notes = {
        "train": "Training: nine of ten pictures show the species in its own scene.",
        fair: "The fair test: scene and species have nothing to do with each other.",
    }
    rows = []
    for split, note in notes.items():
        dataset, records = data.dataset(split), data.table.split(split).records
        shown = [
            row
            for name in data.class_names[:: max(len(data.class_names) // _SPECIES, 1)][:_SPECIES]
            for row in [n for n, record in enumerate(records) if record.label == name][:4]
        ]
        colours = (denormalise(dataset[row].image, data.preprocessing).numpy() for row in shown)
        pictures = zip((records[row].label for row in shown), map(thumbnail, colours), strict=True)
        rows.append(PictureRow("", note, [*pictures]))
    return rows
