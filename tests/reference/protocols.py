"""Who may meet whom, asked for every pair of images, in plain Python."""

from collections.abc import Sequence

from elsewhere.data.records import Record

Pair = tuple[int, int]


def left_out(
    records: Sequence[Record], shared: str | None, adjacent: str | None, within: float
) -> set[Pair]:
    """Pairs (query, gallery) that a junk rule keeps apart; an image and itself are not asked."""
    found = set()
    for query, asking in enumerate(records):
        for gallery, searched in enumerate(records):
            if query == gallery:
                continue
            together = shared and asking.attributes[shared] == searched.attributes[shared]
            if together and asking.label != searched.label:
                found.add((query, gallery))
            if adjacent:
                a, b = float(asking.attributes[adjacent]), float(searched.attributes[adjacent])
                if abs(a - b) <= within:
                    found.add((query, gallery))
    return found
