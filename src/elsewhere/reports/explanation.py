"""Where models looked in somebody's images and what they used: panels and the page of them."""

import itertools
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from jaxtyping import UInt8

from elsewhere.errors import DataError
from elsewhere.models import AttentionNetwork
from elsewhere.reports.pages import data_address, render
from elsewhere.reports.result import read_result
from elsewhere.reports.wording import listing
from elsewhere.structures import Prediction

Sheet = UInt8[np.ndarray, "tall wide 3"]
EMBEDDED = 60
"""Pictures that a page carries; of more it would grow too large to open."""


def panel_names(places: Sequence[PurePosixPath]) -> list[PurePosixPath]:
    """A file name for each image's panel, by the image's own, no two alike on any system."""
    taken: set[str] = set()
    names = []
    for place in places:
        stem = place.with_suffix("")
        numbered = (stem.with_name(f"{stem.name}-{number}.png") for number in itertools.count(2))
        first = (stem.with_name(f"{stem.name}.png"), place.with_name(f"{place.name}.png"))
        for name in itertools.chain(first, numbered):
            key = unicodedata.normalize("NFC", str(name)).casefold()
            if key not in taken:
                taken.add(key)
                names.append(name)
                break
    return names


def page_section(name: str, words: str, png: bytes) -> str:
    """One image's part of the page, as HTML; it carries the panel, and says in words what it is."""
    return render("explained_image", name=name, words=words, address=data_address(png))


def explanation_page(
    models: Sequence[str],
    sections: Sequence[str],
    *,
    total: int,
    notes: Sequence[str] = (),
    unread: Sequence[Prediction] = (),
) -> str:
    """The page of all panels."""
    return render(
        "explanation",
        verb="explain",
        title="Where it looks, and what it uses",
        lead=", ".join(models),
        sections=sections,
        total=total,
        notes=notes,
        unread=unread,
    )


def model_names(folders: Sequence[Path]) -> list[str]:
    """Short names of models that tell them apart: their methods, or where their folders differ."""
    methods = [_method(folder) for folder in folders]
    if all(methods) and len(set(methods)) == len(folders):
        return [method or "" for method in methods]
    parts = [list(_run(folder).absolute().parts) for folder in folders]
    if len(parts) == 1:
        return ["/".join(parts[0][-2:])]
    while all(parts) and len({each[0] for each in parts}) == 1:
        parts = [each[1:] for each in parts]
    while all(parts) and len({each[-1] for each in parts}) == 1:
        parts = [each[:-1] for each in parts]
    names = ["/".join(each) for each in parts]
    if all(names) and len(set(names)) == len(names):
        return names
    return [f"model {number}" for number in range(1, len(folders) + 1)]


def _run(bundle: Path) -> Path:
    return bundle.parent if bundle.name == "bundle" else bundle


def _method(bundle: Path) -> str | None:
    try:
        return read_result(_run(bundle) / "result.json")["method"]
    except DataError:
        return None


def explanation_notes(networks: Mapping[str, AttentionNetwork]) -> list[str]:
    """What is worth knowing before the panels are looked at."""
    pooled = [name for name, network in networks.items() if network.pooling != "average"]
    notes = []
    if pooled:
        notes.append(
            f"No evidence for {listing(pooled)}: with max pooling a logit is no sum over positions."
        )
    known = {name: set(network.class_names) for name, network in networks.items()}
    if len(known) == 2:
        (first, one), (second, other) = known.items()
        if one != other:
            notes.append(
                f"The models know different classes: {len(one & other)} in common, "
                f"{len(one - other)} only {first}, {len(other - one)} only {second}. "
                "Each answers with its own."
            )
    return notes
