"""What the authors measured, table by table, as trainings that `elsewhere fit` can run."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from elsewhere.reproduce.paper import printed_table
from elsewhere.reproduce.sets import SOURCES, Kind, set_of

Preset = Literal["paper", "published"]
HEADS = (1, 2, 4, 8, 16, 32, 64)
"""Numbers of heads of Figure 4. The paper prints none: this grid is ours."""

_TOYS: Mapping[Kind, str] = {
    "classification": "toy-classes",
    "person": "toy-individuals",
    "vehicle": "toy-individuals",
}


class Method(NamedTuple):
    """A row: what is trained, on every set alike.

    Attributes:
        name: as the paper prints it.
        overlays: on top of the recipe.
        published: the same for the published code's recipe, where it differs.
        toy: overlays that make it small, beside those that make every recipe small.
        keys: recipe keys, as words of a command line.
        toy_keys: further ones for drawn sets, which have few identities.
        baseline: name of the row that it is compared with; "" for a baseline.
    """

    name: str
    overlays: tuple[str, ...] = ()
    published: tuple[str, ...] | None = None
    toy: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    toy_keys: tuple[str, ...] = ()
    baseline: str = ""


class Training(NamedTuple):
    """One training of one row on one set; a seed makes a run of it.

    Attributes:
        data: short name of the set trained on.
        recipe: shipped recipe.
        overlays: shipped overlays, in order.
        keys: recipe keys, as words of a command line.
    """

    data: str
    recipe: str
    overlays: tuple[str, ...]
    keys: tuple[str, ...]


class Experiment(NamedTuple):
    """A table, or a figure that runs are needed for.

    Attributes:
        name: by which it is asked for, such as "table4".
        caption: what it is about.
        columns: data set and measure, such as "market/rank1".
        methods: its rows.
        notes: what a reader has to know, a sentence each.
    """

    name: str
    caption: str
    columns: tuple[str, ...]
    methods: tuple[Method, ...]
    notes: tuple[str, ...] = ()

    @property
    def sets(self) -> tuple[str, ...]:
        """The sets that are tested, in order."""
        return tuple(dict.fromkeys(map(set_of, self.columns)))


def training_of(method: Method, tested: str, preset: Preset, *, drawn: bool) -> Training:
    """What is to be trained for one row and one set; published code for vehicles there is none."""
    source = SOURCES[tested]
    followed = "paper" if source.kind == "vehicle" else preset
    overlays = method.overlays
    if followed == "published" and method.published is not None:
        overlays = method.published
    small = (_TOYS[source.kind],) if drawn else ()
    return Training(
        source.name,
        f"{source.kind}-{followed}",
        (*overlays, *small, *(method.toy if drawn else ())),
        (*source.keys, *method.keys, *(method.toy_keys if drawn else ())),
    )


_BASELINE = Method("Baseline", ("baseline",))
_CAL = Method("Baseline + CAL", baseline="Baseline")
_STANDARD = ("standard-backbone",)
_CHANNELS, _TOY_CHANNELS = ("channel-attention",), ("toy-channels",)


def _table(name: str, *methods: Method, notes: tuple[str, ...] = ()) -> Experiment:
    printed = printed_table(name)
    return Experiment(name, printed.caption, printed.columns, methods, notes)


def _heads() -> tuple[Method, ...]:
    rows = []
    for heads in HEADS:
        keys = (f"--network.heads={heads}",)
        without = f"M = {heads}: Baseline"
        rows += [
            Method(without, ("baseline",), keys=keys),
            Method(f"M = {heads}: Baseline + CAL", keys=keys, baseline=without),
        ]
    return tuple(rows)


EXPERIMENTS: Mapping[str, Experiment] = {
    each.name: each
    for each in (
        _table("table1", _BASELINE, _CAL),
        _table(
            "table2",
            Method("Baseline", ("baseline",), (*_STANDARD, "baseline")),
            Method("Baseline + CAL", (), _STANDARD, baseline="Baseline"),
            Method("Baseline†", (*_CHANNELS, "baseline"), ("baseline",), _TOY_CHANNELS),
            Method("Baseline† + CAL", _CHANNELS, (), _TOY_CHANNELS, baseline="Baseline†"),
            notes=("† marks the backbone with channel attention (section 4.2).",),
        ),
        _table(
            "table3",
            Method("ResNet50", ("baseline",)),
            Method("ResNet50 + CAL", baseline="ResNet50"),
            notes=(
                "VehicleID: one training, three tests; each is the mean of ten seeded draws of one "
                "gallery image a vehicle.",
            ),
        ),
        _table(
            "table4",
            _BASELINE,
            Method("Random Attention", baseline="Baseline"),
            Method("Uniform Attention", ("uniform",), baseline="Baseline"),
            Method("Reversed Attention", ("reversed",), baseline="Baseline"),
            Method("Shuffle Attention", ("shuffled",), baseline="Baseline"),
        ),
        _table(
            "table5",
            _BASELINE,
            Method("+ Attention Dropout", ("attention-dropout",), baseline="Baseline"),
            Method("+ Entropy Regularization", ("attention-entropy",), baseline="Baseline"),
            Method("+ Attention Normalization", ("attention-normalization",), baseline="Baseline"),
            Method("+ CAL", baseline="Baseline"),
        ),
        _table(
            "table6",
            Method("Baseline (M=1)", ("single-head", "baseline")),
            Method("+ CAL", ("single-head",), baseline="Baseline (M=1)"),
        ),
        Experiment(
            "figure4",
            printed_table("figure4").caption,
            ("cub/top1", "market/rank1", "market/mAP", "veri/rank1", "veri/mAP"),
            _heads(),
            (
                "The paper shows this as a picture, without numbers and without a grid: the "
                f"numbers of heads {', '.join(map(str, HEADS))} are ours.",
            ),
        ),
    )
}
"""Every table and figure of the paper that trainings are needed for, by name."""

PANELS: Mapping[str, tuple[str, ...]] = {
    "figure1": ("cub",),
    "figure5": ("cub", "cars", "aircraft"),
    "figure6": ("cub", "cars", "aircraft"),
}
"""Figures that show the attention of Table 1's networks, and the sets they show."""
TABLES = tuple(name for name in EXPERIMENTS if name.startswith("table"))
FIGURES = ("figure1", "figure2", "figure4", "figure5", "figure6")
"""Figure 3 shows the method and measures nothing."""
