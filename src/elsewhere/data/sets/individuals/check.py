"""What can be said of a re-identification set before anything is trained or scored."""

from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from elsewhere.data.records import Record, RecordTable, enumerate_names


class SplitSummary(NamedTuple):
    """One split in numbers; 0 cameras where images name none.

    `least`, `median` and `most` are images of one identity.
    """

    split: str
    images: int
    identities: int
    cameras: int
    least: int
    median: float
    most: int


def summarise_splits(table: RecordTable) -> tuple[SplitSummary, ...]:
    """The numbers of every split."""
    summaries = []
    for split in table.splits:
        records, counts = table.of(split), table.counts(split).values()
        cameras = len({record.camera for record in records} - {None})
        summaries.append(
            SplitSummary(
                split, len(records), len(counts), cameras, min(counts), median(counts), max(counts)
            )
        )
    return tuple(summaries)


def searches(table: RecordTable) -> dict[str, tuple[Sequence[Record], Sequence[Record]]]:
    """Every search that the splits provide, by name: who asks, and who is searched.

    "query" searches "gallery", "query-X" searches "gallery-X"; in val, test and test-X every
    image searches all the others. A part that is not there is an empty list.
    """
    found: dict[str, tuple[Sequence[Record], Sequence[Record]]] = {}
    for split in table.splits:
        if split == "train":
            continue
        records = table.of(split)
        kind, _, name = split.partition("-")
        if kind in ("query", "gallery"):
            called = f"query-{name}" if name else "query"
            query, gallery = found.get(called, ([], []))
            found[called] = (records, gallery) if kind == "query" else (query, records)
        else:
            found[split] = (records, records)
    return found


def queries_without_match(query: Sequence[Record], gallery: Sequence[Record]) -> list[Record]:
    """Queries that no gallery image of their identity answers, by another camera if known.

    Where query and gallery are the same images, an image does not answer itself.
    """
    of_identity = Counter(record.label for record in gallery)
    of_camera = Counter((record.label, record.camera) for record in gallery)
    same = query is gallery
    lonely = []
    for record in query:
        own = of_camera[record.label, record.camera] if record.camera is not None else int(same)
        if of_identity[record.label] - own < 1:
            lonely.append(record)
    return lonely


def retrieval_remarks(table: RecordTable) -> tuple[str, ...]:
    """What deserves a look but stops nothing, one line each."""
    lines = []
    train = table.counts("train")
    single = sum(count == 1 for count in train.values())
    if single:
        lines.append(f"{single} of {len(train)} training identities have one image")
    if not train:
        lines.append("no training images: the set can only be tested on")
    for name, (query, gallery) in searches(table).items():
        lonely = queries_without_match(query, gallery)
        if lonely and gallery:
            where = repr(gallery[0].split) if query is not gallery else "the others"
            lines.append(
                f"{len(lonely)} of {len(query)} images of {name!r} have no match in {where}, and "
                "take no part in the score"
            )
    seen = table.counts("val")
    known = seen.keys() & train
    if known:
        lines.append(
            f"{len(known)} of {len(seen)} validation identities are trained on, so validation "
            "scores flatter"
        )
    return tuple(lines)


def retrieval_problems(table: RecordTable) -> tuple[str, ...]:
    """Why a table cannot be trained on or scored, one line each; empty where it can."""
    lines = list(table.problems)
    empty = set(table.class_names) - {record.label for record in table.records}
    if empty:
        lines.append(
            f"{len(empty)} identities without any image: {enumerate_names(sorted(empty))}; add "
            "images, or take the folders away"
        )
    train = table.counts("train")
    if train and len(train) < 2:
        lines.append(f"only one identity in train, {next(iter(train))!r}; two at least are needed")
    elif train and max(train.values()) < 2:
        lines.append(
            f"each of the {len(train)} training identities has one image, so nothing can be "
            "found again; two images of some identities at least are needed"
        )
    for name, (query, gallery) in searches(table).items():
        other = name.replace("query", "gallery")
        if not gallery:
            lines.append(f"split {name!r} has no {other!r} to search; add it")
        elif not query:
            lines.append(f"split {other!r} has no {name!r} that asks; add it")
        elif len(queries_without_match(query, gallery)) == len(query):
            cameras = query[0].camera is not None
            rule = " by another camera (or leave the cameras out)" if cameras else ""
            lines.append(
                f"none of the {len(query)} images of {name!r} has a match to be found; add images "
                f"of the same identities{rule}"
            )
    return tuple(dict.fromkeys((*lines, *_mixed_tests(table), *leak_problems(table))))


def leak_problems(table: RecordTable) -> tuple[str, ...]:
    """Say which identities are trained on and tested; nothing where there is none.

    To be asked before validation identities are drawn, which are then neither.
    """
    tested = {record.label for record in table.records if record.split not in ("train", "val")}
    leaked = sorted(tested & table.counts("train").keys())
    if not leaked:
        return ()
    return (
        f"{len(leaked)} identities are in train and in the test: {enumerate_names(leaked)}; "
        "move all images of each to one side, or name different individuals differently",
    )


def _mixed_tests(table: RecordTable) -> list[str]:
    """Tests that are given as a pool and as query and gallery at once."""
    given = set(table.splits)
    return [
        f"split {pool!r} beside {query!r}; name one of them otherwise, such as test-pool"
        for pool in sorted(given)
        if pool.partition("-")[0] == "test" and (query := pool.replace("test", "query", 1)) in given
    ]
