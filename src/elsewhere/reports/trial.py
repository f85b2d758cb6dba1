"""A trial of methods on images of one's own: which of them pays, in tables, a chart, a sentence."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from elsewhere.reports.pages import Chart, render
from elsewhere.reports.statistics import Difference, Spread, paired_difference, spread_of
from elsewhere.reports.tables import Table
from elsewhere.reports.wording import (
    UNKNOWN,
    counted,
    gain_text,
    interval_text,
    percent,
    spread_text,
)
from elsewhere.visualization.charts import line_chart


class Attempt(NamedTuple):
    """One training of one method.

    Attributes:
        method: its name.
        rate: learning rate.
        seed: of everything random.
        val: score on the validation images, 0..1.
        test: the same on the test images.
        epochs: score on the validation images after each epoch.
        effect: of the attention on the true class's probability, over random attention, mean of
            the test images, -1..1; None for individuals.
        evidence: mean share of the evidence that lies in the objects' boxes, 0..1; None without.
        attention: the same of the attention.
        box: mean share of an image that its object's box covers; None without.
    """

    method: str
    rate: float
    seed: int
    val: float
    test: float
    epochs: Sequence[float]
    effect: float | None = None
    evidence: float | None = None
    attention: float | None = None
    box: float | None = None


class Compared(NamedTuple):
    """A method at its best rate.

    Attributes:
        rate: the one whose mean on the validation images is best; of equals the lowest.
        edge: whether that is the lowest or highest that was tried, and better than the next one, so
            that another may be better still.
        val: over the seeds.
        test: over the seeds.
        gain: on the test images over the baseline, paired by seed; None for the baseline.
        effect: over the seeds, of the attention on the true class's probability.
        evidence: over the seeds, share of the evidence in the boxes.
        attention: over the seeds, share of the attention in the boxes.
    """

    rate: float
    edge: bool
    val: Spread
    test: Spread
    gain: Difference | None
    effect: Spread | None = None
    evidence: Spread | None = None
    attention: Spread | None = None


class TrialFacts(NamedTuple):
    """What a trial was of.

    Attributes:
        name: recipe and overlays.
        measure: what scores are: top-1 accuracy, mAP.
        images: of each split.
        chance: score of guessing.
        probe: score of the untrained backbone, by a linear probe; None where there is none.
        frozen: whether the backbone stayed as it was.
        seconds: that one training took, on the average.
        box: mean share of an image that its object's box covers; None without boxes.
    """

    name: str
    measure: str
    images: Mapping[str, int]
    chance: float
    probe: float | None
    frozen: bool
    seconds: float
    box: float | None = None


def compare_methods(attempts: Sequence[Attempt], baseline: str = "baseline") -> dict[str, Compared]:
    """Every method at its own best rate, chosen on validation images, against the baseline."""
    names = dict.fromkeys(each.method for each in attempts)
    best = {name: _best_rate([a for a in attempts if a.method == name]) for name in names}
    tests = {
        name: {a.seed: a.test for a in attempts if a.method == name and a.rate == best[name]}
        for name in names
    }
    found = {}
    for name in names:
        own = [a for a in attempts if a.method == name]
        found[name] = Compared(
            best[name],
            _at_the_edge(own, best[name]),
            spread_of([a.val for a in own if a.rate == best[name]]),
            spread_of([*tests[name].values()]),
            None if name == baseline else paired_difference(tests[name], tests[baseline]),
            *(_spread(own, best[name], what) for what in ("effect", "evidence", "attention")),
        )
    return found


def _spread(attempts: Sequence[Attempt], rate: float, what: str) -> Spread | None:
    known = [getattr(each, what) for each in attempts if each.rate == rate]
    return None if None in known else spread_of(known)


def _best_rate(attempts: Sequence[Attempt]) -> float:
    means = _validation_means(attempts)
    return max(means, key=lambda rate: means[rate])


def _at_the_edge(attempts: Sequence[Attempt], best: float) -> bool:
    """Whether a rate beyond those that were tried may be better: the next one inwards is worse."""
    means = list(_validation_means(attempts).items())
    ends = (means[:2], means[:-3:-1])
    return any(end[0][0] == best and end[0][1] > end[1][1] for end in ends if len(end) == 2)


def _validation_means(attempts: Sequence[Attempt]) -> dict[float, float]:
    rates = sorted({each.rate for each in attempts})
    return {rate: spread_of([a.val for a in attempts if a.rate == rate]).mean for rate in rates}


def recommended(compared: Mapping[str, Compared], baseline: str = "baseline") -> str:
    """The method to use: the largest gain that its interval bears out, else the baseline."""
    better = {
        name: each.gain.spread.mean
        for name, each in compared.items()
        if each.gain is not None and each.gain.verdict == "higher"
    }
    return max(better, key=lambda name: better[name]) if better else baseline


def sentence(compared: Mapping[str, Compared], facts: TrialFacts) -> str:
    """What to use on these images, or that nothing here tells the methods apart."""
    return _use(compared, facts) + _probed(compared, facts)


def _probed(compared: Mapping[str, Compared], facts: TrialFacts) -> str:
    """That training was not needed, where no method is above a probe of the untrained backbone."""
    best = max(each.test.mean for each in compared.values())
    if facts.probe is None or facts.probe < best:
        return ""
    return (
        f" A linear probe on the untrained backbone does as well, {percent(facts.probe)} % against "
        f"{percent(best)} % at best: none of these trainings has paid here."
    )


def _use(compared: Mapping[str, Compared], facts: TrialFacts) -> str:
    name = recommended(compared)
    seeds = counted(max(each.test.runs for each in compared.values()), "seed")
    best = compared[name]
    if best.gain is not None:
        return (
            f"Use {name} at a learning rate of {best.rate:g}: on these test images it is "
            f"{100 * best.gain.spread.mean:+.1f} points of {facts.measure} above the baseline, "
            f"95 % interval {interval_text(best.gain)} over {seeds}, each method at its best rate."
        )
    worse = [n for n, each in compared.items() if each.gain and each.gain.verdict == "lower"]
    below = f" {' and '.join(worse)} cost accuracy." if worse else ""
    return (
        f"Use the baseline at a learning rate of {best.rate:g}: no method is above it on these "
        f"test images beyond what {seeds} can tell.{below}"
    )


def remarks(compared: Mapping[str, Compared], facts: TrialFacts) -> list[str]:
    """What has to be known before the figures are believed."""
    lines = []
    test = facts.images["test"]
    if facts.measure != "mAP":  # which an image moves by its rank, not by its number
        lines.append(f"One of the {test:,} test images is worth {100 / test:.2g} points.")
    if len(compared) > 2:
        lines.append(
            f"{len(compared) - 1} methods were compared, each with an interval of 95 %: that one "
            "of them looks better or worse by chance is likelier than 5 %."
        )
    edges = [name for name, each in compared.items() if each.edge]
    if edges:
        lines.append(
            f"The best rate of {', '.join(edges)} is the lowest or highest that was tried: try "
            "others with --rates."
        )
    if facts.frozen:
        lines.append("The backbone stayed as it is; --finetune trains all of the network.")
    lines.append(
        f"Guessing scores {100 * facts.chance:.1f}"
        + (
            "."
            if facts.probe is None
            else f", a linear probe of the untrained backbone {100 * facts.probe:.1f}."
        )
    )
    if any(each.effect is not None for each in compared.values()):
        lines.append(
            "The effect is what the learned attention adds to the true class's probability over "
            "random attention: trained for, it is larger, whether or not answers are better."
        )
    if facts.box is not None:
        lines.append(f"Even attention would have {100 * facts.box:.0f} % in the boxes.")
    lines.append(f"A training took {facts.seconds:,.0f} s on the average, on one core.")
    return lines


def trial_table(compared: Mapping[str, Compared], facts: TrialFacts) -> Table:
    """Every method at its best rate, and its gain over the baseline."""
    rows = [
        (
            name,
            f"{each.rate:g}",
            spread_text(each.val),
            spread_text(each.test),
            "" if each.gain is None else gain_text(each.gain),
            "" if each.gain is None else each.gain.verdict,
        )
        for name, each in compared.items()
    ]
    header = ("method", "rate", "validation", "test", "gain [95 % interval]", "")
    title = f"{facts.measure}, %, each method at its best rate"
    chosen = [n for n, name in enumerate(compared) if name == recommended(compared)]
    return Table(header, rows, title, bold=frozenset(chosen))


def attention_table(compared: Mapping[str, Compared]) -> Table | None:
    """What was measured of the attention of every method; None where nothing was."""
    measured = {
        "effect": [each.effect for each in compared.values()],
        "attention in boxes": [each.attention for each in compared.values()],
        "evidence in boxes": [each.evidence for each in compared.values()],
    }
    columns = {
        name: [spread_text(each) for each in spreads if each is not None]
        for name, spreads in measured.items()
        if None not in spreads
    }
    if not columns:
        return None
    rows = list(zip(compared, *columns.values(), strict=True))
    return Table(("method", *columns), rows, "What attention does, %, at the same rates")


def rates_table(attempts: Sequence[Attempt]) -> Table:
    """Validation score of every method at every rate, over the seeds."""
    rates = sorted({each.rate for each in attempts})
    rows = []
    for name in dict.fromkeys(each.method for each in attempts):
        cells = [
            spread_text(spread_of([a.val for a in attempts if a[:2] == (name, rate)]))
            if any(a[:2] == (name, rate) for a in attempts)
            else UNKNOWN
            for rate in rates
        ]
        rows.append((name, *cells))
    header = ("validation by rate", *(f"{rate:g}" for rate in rates))
    return Table(header, rows, "By this the rates were chosen")


def trial_page(attempts: Sequence[Attempt], facts: TrialFacts, commands: Sequence[str]) -> str:
    """All of it as one self-contained page."""
    compared = compare_methods(attempts)
    lines = {
        name: _mean_curve([a for a in attempts if a[:2] == (name, each.rate)])
        for name, each in compared.items()
    }
    svg = line_chart(lines, x_label="epochs", y_label=f"validation {facts.measure}")
    return render(
        "trial",
        verb="trial",
        title=f"Trial: {facts.name}",
        lead=sentence(compared, facts),
        methods=trial_table(compared, facts),
        attention=attention_table(compared),
        rates=rates_table(attempts),
        curves=Chart(svg, "The mean over the seeds after each epoch, each method at its best rate"),
        remarks=remarks(compared, facts),
        next=commands,
    )


def _mean_curve(attempts: Sequence[Attempt]) -> list[tuple[float, float]]:
    columns = zip(*(each.epochs for each in attempts), strict=False)
    return [(n, math.fsum(values) / len(values)) for n, values in enumerate(columns, start=1)]
