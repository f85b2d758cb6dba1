"""Whether an exported file says the same as its network, looked at on images."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from elsewhere.errors import ModelError
from elsewhere.export.graph import ExportedGraph
from elsewhere.export.metadata import Kind
from elsewhere.export.sessions import open_session

BOUND = 1e-3
"""Largest difference of an output, as a share of its largest value, with which a file is kept."""


class Parity(NamedTuple):
    """How far a file and its network are apart.

    Attributes:
        images: on how many images.
        differences: largest difference of each output over its largest value.
        same_first: how many images have the same likeliest class.
    """

    images: int
    differences: dict[str, float]
    same_first: int

    @property
    def largest(self) -> tuple[str, float]:
        """The output that differs most, and by how much."""
        name = max(self.differences, key=lambda each: self.differences[each])
        return name, self.differences[name]


@torch.no_grad()
def compare_file(
    graph: ExportedGraph, images: Float[Tensor, "batch 3 height width"], to: Kind, file: Path
) -> Parity:
    """Ask the network and the file about images: one, then all at once."""
    run = _runner(graph.names, to, file)
    differences = dict.fromkeys(graph.names, 0.0)
    same = 0
    for batch in (images[:1], images):
        wanted = dict(zip(graph.names, (each.numpy() for each in graph(batch)), strict=True))
        try:
            got = run(batch)
        except Exception as error:  # each library fails in its own way
            raise ModelError(f"does not run on {len(batch)} images at once") from error
        for name, values in wanted.items():
            differences[name] = max(differences[name], _apart(values, got[name]))
        same = int((wanted["logits"].argmax(1) == got["logits"].argmax(1)).sum())
    return Parity(len(images), differences, same)


def require_same_classes(parity: Parity, others: float) -> None:
    """Refuse a file that names another class for more than a share, `others`, of the images."""
    different = parity.images - parity.same_first
    if different > others * parity.images:
        raise ModelError(
            f"the exported file names another class on {different} of {parity.images} images, more "
            f"than {others:.0%}; this network does not hold in eight bits, nothing is written"
        )


def require_parity(parity: Parity, bound: float = BOUND) -> None:
    """Refuse a file that says something else than its network: another class, or too far off."""
    name, apart = parity.largest
    if not apart <= bound:
        raise ModelError(
            f"the exported file's {name} differ by {apart:.1e} of their largest value, more than "
            f"{bound:g}; nothing is written"
        )
    if parity.same_first < parity.images:
        others = parity.images - parity.same_first
        raise ModelError(
            f"the exported file names another class on {others} of {parity.images} images; "
            "nothing is written"
        )


def _runner(
    names: Sequence[str], to: Kind, file: Path
) -> Callable[[Tensor], dict[str, np.ndarray]]:
    if to == "torch":
        program = torch.export.load(file).module()
        return lambda batch: dict(
            zip(names, (each.numpy() for each in program(batch)), strict=True)
        )
    session = open_session(file)
    return lambda batch: session(batch.numpy())


def _apart(wanted: np.ndarray, got: np.ndarray) -> float:
    """Largest difference over the largest value; infinite where shapes or signs of life differ."""
    if wanted.shape != got.shape or not np.array_equal(np.isfinite(wanted), np.isfinite(got)):
        return float("inf")
    largest = float(np.abs(wanted).max(initial=0.0, where=np.isfinite(wanted)))
    apart = np.abs(wanted - got).max(initial=0.0, where=np.isfinite(wanted))
    return float(apart) / max(largest, 1e-12)
