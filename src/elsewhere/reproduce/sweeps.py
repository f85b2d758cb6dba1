"""What the paper leaves open, varied one thing at a time: none of these tables is the paper's."""

from collections.abc import Mapping

from elsewhere.reproduce.experiments import Experiment, Method

_DEFAULT = "CAL, as in the recipe"


def _varied(*methods: Method) -> tuple[Method, ...]:
    """The recipe itself, and what is compared with it."""
    return (
        Method(_DEFAULT),
        *(each._replace(baseline=_DEFAULT) for each in methods),
    )


def _key(name: str, *keys: str) -> Method:
    return Method(name, keys=tuple(f"--{key}" for key in keys))


def _batch(identities: int, images: int, toy_identities: int) -> Method:
    row = _key(
        f"batch {identities} × {images}",
        f"data.identities_per_batch={identities}",
        f"data.images_per_identity={images}",
    )
    return row._replace(toy_keys=(f"--data.identities_per_batch={toy_identities}",))


_CLASSIFICATION = _varied(
    _key("effect term × 0.5", "task.terms.effect=0.5"),
    _key("effect term × 2", "task.terms.effect=2.0"),
    Method("effect of whole images only", ("effect-raw",)),
    Method("no centre loss", ("no-center",)),
    Method("no batch norm in the attention", ("no-attention-norm",)),
    Method("normalize: L2 alone", ("plain-normalize",)),
    Method("last stride 2", ("last-stride-2",)),
    Method("uniform, of each map", ("uniform",)),
    Method("uniform, of the sample", ("uniform-sample",)),
    Method("shuffled, never one's own", ("shuffled",)),
    Method("shuffled, any permutation", ("shuffled-permutation",)),
    _key("rate falls at every step", "task.schedule.continuous=true"),
)
_PERSON = _varied(
    _key("effect term × 0.5", "task.terms.effect=0.5"),
    _key("effect term × 2", "task.terms.effect=2.0"),
    _key("no label smoothing", "task.smoothing=0.0"),
    _key("no warm-up", "task.schedule.warmup_epochs=0"),
    _batch(40, 2, 16),
    _batch(10, 8, 4),
    Method("no batch norm in the attention", ("no-attention-norm",)),
    Method("normalize: L2 alone", ("plain-normalize",)),
    Method("last stride 2", ("last-stride-2",)),
)
_VEHICLE = _varied(
    _batch(128, 2, 16),
    _batch(32, 8, 4),
    _key("warm-up of 10 epochs", "task.schedule.warmup_epochs=10"),
)
_REGULARIZERS = (
    Method("Baseline", ("baseline",)),
    *(
        Method(
            f"dropout of {rate:g}",
            ("attention-dropout",),
            keys=(f"--network.attention.dropout={rate:g}",),
            baseline="Baseline",
        )
        for rate in (0.05, 0.1, 0.2, 0.5)
    ),
    *(
        Method(
            f"entropy × {weight:g}",
            ("attention-entropy",),
            keys=(f"--task.terms.entropy={weight:g}",),
            baseline="Baseline",
        )
        for weight in (0.01, 0.1, 1.0)
    ),
    Method("normalization, L2 of each map", ("attention-normalization",), baseline="Baseline"),
)
_AT_TOY_SIZE = "At toy size the last stride of the small network stays as it is."

SWEEPS: Mapping[str, Experiment] = {
    each.name: each
    for each in (
        Experiment(
            "sweep-classification",
            "what the paper leaves open of categorization, on CUB-200-2011",
            ("cub/top1", "cub/miou"),
            _CLASSIFICATION,
            (_AT_TOY_SIZE,),
        ),
        Experiment(
            "sweep-regularizers",
            "how strong the rivals of Table 5 are, on CUB-200-2011",
            ("cub/top1", "cub/miou"),
            _REGULARIZERS,
        ),
        Experiment(
            "sweep-person",
            "what the paper leaves open of persons, on Market-1501",
            ("market/rank1", "market/mAP"),
            _PERSON,
            (_AT_TOY_SIZE,),
        ),
        Experiment(
            "sweep-vectors",
            "what pictures are compared by, on Market-1501",
            tuple(f"market/mAP-{kind}" for kind in ("pooled", "embedding", "neck", "logits")),
            (
                Method("Baseline", ("all-vectors", "baseline")),
                Method("Baseline + CAL", ("all-vectors",), baseline="Baseline"),
            ),
        ),
        Experiment(
            "sweep-vehicle",
            "what the paper leaves open of vehicles, on VeRi-776",
            ("veri/rank1", "veri/mAP"),
            _VEHICLE,
        ),
    )
}
"""By the name that `elsewhere reproduce` takes."""
