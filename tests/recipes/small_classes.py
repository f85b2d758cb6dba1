"""Small classes of the shape that recipes describe, and a parser for them."""

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from jsonargparse import ArgumentParser

from elsewhere.errors import DataError
from elsewhere.recipes.typed import typed_parser

HERE = "tests.recipes.small_classes"


class Data:
    """Images of some kind."""


class Sizes(NamedTuple):
    """Of an image, in pixels."""

    height: int = 8
    width: int = 8


class Folder(Data):
    """Images in folders.

    Args:
        path: where they lie.
        batch_size: images of a batch.
        inner: another set to take over.
        sizes: of the images.
    """

    def __init__(
        self,
        path: str = ".",
        batch_size: int = 8,
        inner: Data | None = None,
        sizes: Sizes | None = None,
    ) -> None:
        if batch_size < 1:
            raise DataError("batch_size must be 1 or more")
        self.path = path
        self.batch_size = batch_size
        self.inner = inner
        self.sizes = sizes


class Backbone:
    """Features.

    Args:
        name: which network.
        last_stride: stride of the last stage.
    """

    def __init__(self, name: str, last_stride: int | None = None) -> None:
        if name == "unknown":
            raise RuntimeError("Unknown model\n(unknown)")
        self.name = name
        self.last_stride = last_stride


class Network:
    """Looks and names.

    Args:
        backbone: what makes features.
        classes: how many there are.
        heads: number of attention maps.
    """

    def __init__(self, backbone: Backbone, classes: int = 2, heads: int = 8) -> None:
        self.backbone = backbone
        self.classes = classes
        self.heads = heads


class Intervention:
    """Another attention."""


class Random(Intervention):
    """Attention drawn at random.

    Args:
        low: least value.
        high: greatest value.
    """

    def __init__(self, low: float = 0.0, high: float = 2.0) -> None:
        self.low = low
        self.high = high


class Uniform(Intervention):
    """The same attention everywhere."""


class Callback:
    """Called now and then.

    Args:
        every: how often.
    """

    def __init__(self, every: int = 1) -> None:
        self.every = every


class Trainer:
    """Runs epochs.

    Args:
        max_epochs: how many.
        callbacks: what is called on the way.
        weights: of each term.
        precision: of numbers.
    """

    def __init__(
        self,
        max_epochs: int = 1,
        callbacks: list[Callback] | None = None,
        weights: dict[str, float] | None = None,
        precision: Literal["32", "bf16"] = "32",
    ) -> None:
        self.max_epochs = max_epochs
        self.callbacks = callbacks
        self.weights = weights
        self.precision = precision


class Optimizer:
    """Steps."""


class Descent(Optimizer):
    """Down the gradient.

    Args:
        params: what to step.
        lr: length of a step.
    """

    def __init__(self, params: Iterable, lr: float = 1e-3) -> None:
        self.params = list(params)
        self.lr = lr


def small_parser() -> ArgumentParser:
    parser = typed_parser("fit")
    parser.add_argument("--seed", type=int, default=0, help="seed of everything random")
    parser.add_subclass_arguments(Data, "data", required=True)
    parser.add_class_arguments(Network, "network", skip={"classes"})
    parser.add_argument("--intervention", type=Intervention | None, help="attention instead")
    parser.add_argument("--optimizer", type=Callable[[Iterable], Optimizer], help="steps")
    parser.add_class_arguments(Trainer, "trainer")
    return parser


RECIPE = f"""\
# Small.
seed: 1
data:
  class_path: {HERE}.Folder
  init_args:
    batch_size: 4
network:
  backbone:
    class_path: {HERE}.Backbone
    init_args:
      name: small
  heads: 3
intervention:
  class_path: {HERE}.Random
optimizer:
  class_path: {HERE}.Descent
  init_args:
    lr: 1e-1
trainer:
  max_epochs: 2
"""
