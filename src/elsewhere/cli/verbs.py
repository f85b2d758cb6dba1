"""The verbs of the command line, as a table.

A verb is a module with a function `run(argv: list[str]) -> int` that returns the exit status.
Nothing here imports one.
"""

from importlib import import_module
from typing import NamedTuple, Protocol, cast, runtime_checkable


class Verb(NamedTuple):
    """What the command line knows of a verb: the module that holds `run`, and a line of help."""

    module: str
    help: str


@runtime_checkable
class Run(Protocol):
    """What a verb's module calls `run`."""

    def __call__(self, argv: list[str]) -> int:
        """Do the work and return the exit status."""
        ...


VERBS: dict[str, Verb] = {
    "demo": Verb(
        "elsewhere.cli.demo",
        "what CAL does and whether it helps on drawn birds; writes report.html",
    ),
    "configs": Verb("elsewhere.cli.configs", "list the shipped recipes and overlays, or show one"),
    "fit": Verb("elsewhere.cli.fit", "train a model from a recipe"),
    "test": Verb("elsewhere.cli.test", "measure a trained model again"),
    "trial": Verb("elsewhere.cli.trial", "which method pays on these images, and at which rate"),
    "predict": Verb("elsewhere.cli.predict", "images in, classes out"),
    "explain": Verb("elsewhere.cli.explain", "draw where a model looks and what it used"),
    "embed": Verb("elsewhere.cli.embed", "images in, vectors to find individuals by out"),
    "compare": Verb("elsewhere.cli.compare", "two images: the same individual or not, how sure"),
    "search": Verb("elsewhere.cli.search", "who is this, among the images that were embedded"),
    "gallery": Verb("elsewhere.cli.gallery", "individuals that grow more: add, search, name, undo"),
    "app": Verb("elsewhere.cli.app", "a page to ask a model on, and to change where it looks"),
    "serve": Verb("elsewhere.cli.serve", "a model as a typed JSON service"),
    "export": Verb("elsewhere.cli.export", "a model as ONNX, OpenVINO or a program of torch"),
    "push": Verb("elsewhere.cli.push", "a model onto the Hugging Face Hub, with a model card"),
    "convert": Verb("elsewhere.cli.convert", "a published file of weights in, a bundle out"),
    "reproduce": Verb("elsewhere.cli.reproduce", "the paper's tables and figures, run again"),
    "check-data": Verb("elsewhere.cli.check_data", "open every image and report what is odd"),
    "make-data": Verb("elsewhere.cli.make_data", "draw a data set, such as drawn birds"),
}


def load(verb: str) -> Run:
    """Import a verb's module and return its `run`."""
    return cast(Run, import_module(VERBS[verb].module).run)
