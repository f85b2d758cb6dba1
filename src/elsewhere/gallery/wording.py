"""A gallery in words, as CSV and as JSON."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from elsewhere.gallery.clustering import Clusters
from elsewhere.gallery.entries import Entry
from elsewhere.gallery.history import Done
from elsewhere.reports.spreadsheet import csv_text
from elsewhere.retrieval.settings import StoreSettings

_SHOWN = 10


class Facts(NamedTuple):
    """What is in a gallery.

    Attributes:
        place: its file, or the address of its server.
        images: how many images.
        individuals: images of each name, the most first.
        unnamed: images without a name.
        cameras: images of each camera, the most first.
        times: the first and the last time; None where no image says one.
        columns: other columns, by how many images say something.
        settings: of its vectors.
        model: where its model was last.
        search: how it is searched.
    """

    place: str
    images: int
    individuals: dict[str, int]
    unnamed: int
    cameras: dict[str, int]
    times: tuple[str, str] | None
    columns: dict[str, int]
    settings: StoreSettings
    model: str
    search: str


def count_facts(
    entries: Sequence[Entry], place: str, settings: StoreSettings, model: str, search: str
) -> Facts:
    """Count what is in a gallery."""
    labels = Counter(entry.label for entry in entries if entry.label is not None)
    cameras = Counter(entry.camera for entry in entries if entry.camera is not None)
    times = sorted(entry.time for entry in entries if entry.time is not None)
    columns = Counter(name for entry in entries for name in entry.columns)
    return Facts(
        place,
        len(entries),
        dict(labels.most_common()),
        len(entries) - labels.total(),
        dict(cameras.most_common()),
        (times[0], times[-1]) if times else None,
        dict(columns.most_common()),
        settings,
        model,
        search,
    )


def info_text(facts: Facts, history: Sequence[Done]) -> str:
    """What is in a gallery, and what was done last."""
    lines = [
        f"{facts.place}: {facts.images:,} images of {len(facts.individuals):,} individuals, "
        f"{facts.unnamed:,} without a name"
    ]
    if facts.individuals:
        lines.append(f"individuals: {_counts(facts.individuals)}")
    if facts.cameras:
        lines.append(f"cameras: {_counts(facts.cameras)}")
    if facts.times:
        lines.append(f"times: {facts.times[0]} to {facts.times[1]}")
    if facts.columns:
        lines.append(f"columns: {_counts(facts.columns)}")
    lines += [
        f"vectors: {facts.settings.dimension} numbers ({facts.settings.wanted.kind}) by the model "
        f"{facts.settings.fingerprint[:12]}, last in {facts.model}",
        f"search: {facts.search}",
    ]
    if history:
        lines.append("done last:")
    undone = {done.action.undoes for done in history}
    for done in history[: -_SHOWN - 1 : -1]:
        names = f" as {', '.join(done.names[:3])}" if done.what == "label" and done.names else ""
        note = " (undone)" if done.action.name in undone else ""
        lines.append(f"  {done.action.at}  {done.what:6}  {done.images:,} images{names}{note}")
    return "\n".join(lines)


def info_json(facts: Facts, history: Sequence[Done]) -> str:
    """The same with the whole history."""
    settings = facts.settings._replace(preprocessing=facts.settings.preprocessing._asdict())  # type: ignore[arg-type]
    document = {
        **facts._asdict(),
        "settings": settings._asdict(),
        "history": [_done_json(done) for done in history],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def cluster_text(clusters: Clusters) -> str:
    """The groups, each with the names that are in it."""
    lines = []
    for number in range(clusters.found):
        members = [entry for entry, group in zip(clusters.entries, clusters.groups, strict=True)
                   if group == number]  # fmt: skip
        names = Counter(entry.label for entry in members if entry.label is not None)
        unnamed = len(members) - names.total()
        said = [f"{count} {name}" for name, count in names.most_common()]
        said += [f"{unnamed} without a name"] if unnamed else []
        lines.append(f"group {number}: {len(members)} images ({', '.join(said)})")
        lines += [f"  {entry.place}" for entry in members if entry.label is None][:_SHOWN]
        if unnamed > _SHOWN:
            lines.append(f"  … {unnamed - _SHOWN} more without a name")
    total = f"{len(clusters.entries):,} images: {clusters.found} groups, {clusters.alone} alone"
    if clusters.individuals is not None:
        total += f"; {clusters.individuals} names are known"
    if clusters.agreement is not None:
        total += f", the adjusted Rand index of groups and names is {clusters.agreement:.3f}"
    return "\n".join([*lines, total])


def cluster_csv(clusters: Clusters) -> str:
    """A line for each image: path, identity, group (empty for one alone), how sure."""
    rows: list[Sequence[object]] = [("path", "identity", "group", "sure")]
    for entry, number, sure in zip(clusters.entries, clusters.groups, clusters.sure, strict=True):
        said = "" if number < 0 else number
        rows.append((entry.path, entry.label or "", said, f"{sure:.4f}"))
    return csv_text(rows)


def _done_json(done: Done) -> dict[str, Any]:
    changes = [
        {"key": each.key, "before": each.before._asdict(), "after": each.after._asdict()}
        for each in done.changes
    ]
    return {**done.action._asdict(), "images": done.images, "changes": changes}


def _counts(counts: dict[str, int]) -> str:
    shown = [f"{name} {count:,}" for name, count in list(counts.items())[:_SHOWN]]
    more = len(counts) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")
