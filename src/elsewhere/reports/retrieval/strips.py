"""What is drawn of a test: ranked strips, and matches with the evidence for them."""

from collections.abc import Sequence
from pathlib import Path

from elsewhere.data.inputs import seen_image
from elsewhere.data.records import Record
from elsewhere.models import AttentionNetwork
from elsewhere.reports.pages import Picture, PictureRow, encode_png
from elsewhere.reports.retrieval.report import SetPictures
from elsewhere.reports.retrieval.trials import Found, Searched, choose_queries, found_for
from elsewhere.reports.wording import percent
from elsewhere.retrieval.matching import Compared, draw_match
from elsewhere.retrieval.verdict import EQUAL_ODDS, judge
from elsewhere.structures import Retrieval
from elsewhere.visualization.sheet import grid
from elsewhere.visualization.strip import Tile, strip
from elsewhere.visualization.tiles import Sheet

PLACES = 10
"""So many of the nearest images are shown."""
_LONGEST = 384


def draw_set(
    network: AttentionNetwork, searched: Searched, *, worst: int = 3, drawn: int = 3
) -> SetPictures:
    """Choose queries, and draw each one's strip and its match with the nearest image.

    Args:
        network: that was tested; it says how images become its inputs.
        searched: how the queries were answered.
        worst: how many of those answered worst.
        drawn: how many others.

    Raises:
        DataError: an image is missing or broken.
    """
    groups, rule = choose_queries(searched.ranking, worst=worst, drawn=drawn)
    calibrated = judge(0.0, network.retrieval or Retrieval()).probability is not None
    strips, matches = [], []
    for title, queries in groups.items():
        rows, panels = [], []
        for query in queries:
            found = found_for(searched, query)
            rows.append(_strip(network, searched, query, found[:PLACES]))
            if found:
                drawing = draw_found(network, searched, query, found[0].row)
                panels.append((_match_words(searched, query, found[0]), drawing))
        if rows:
            strips.append(PictureRow(title, "", rows))
        if panels:
            note = EQUAL_ODDS if calibrated else ""
            matches.append(PictureRow(f"{title}: query and nearest picture", note, panels))
    return SetPictures(rule, strips, matches)


def _strip(
    network: AttentionNetwork, searched: Searched, query: int, found: Sequence[Found]
) -> Picture:
    """The strip of one query: its nearest images, right or wrong, and their cameras."""
    assert network.preprocessing is not None
    root, asked = searched.table.root, searched.asked(query)
    records = [searched.table.records[each.row] for each in found]
    shown, *images = (
        seen_image(root / record.path, network.preprocessing, _LONGEST)
        for record in (asked, *records)
    )
    right = [record.label == asked.label for record in records]
    captions = [
        [f"{each.similarity:.3f}", *_camera(record)]
        for each, record in zip(found, records, strict=True)
    ]
    drawn = strip(
        shown,
        [Tile(*each) for each in zip(images, captions, right, strict=True)],
        title=asked.path,
        note=_note(searched, query),
        captions=[asked.label, *_camera(asked)],
        places=PLACES,
    )
    return f"{asked.path}: {sum(right)} of the {len(found)} nearest pictures are right.", drawn


def draw_found(network: AttentionNetwork, searched: Searched, query: int, row: int) -> Sheet:
    """Query and another image: attention, and the evidence for their similarity, of both.

    Raises:
        DataError: an image is missing or broken.
        ModelError: the network does not say how images become its inputs.
    """
    root, asked, other = searched.table.root, searched.asked(query), searched.table.records[row]
    return draw_match(
        network,
        network.retrieval or Retrieval(),
        (_compared("query", root, asked), _compared("found", root, other)),
        right=asked.label == other.label,
    )


def picture_files(name: str, shown: SetPictures) -> dict[str, bytes]:
    """Strips and matches of a set as PNG files, by their names."""
    files = {
        f"strips-{name}-{number}.png": encode_png(grid([p for _, p in row.pictures]))
        for number, row in enumerate(shown.strips, start=1)
    }
    panels = [panel for row in shown.matches for _, panel in row.pictures]
    for number, panel in enumerate(panels, start=1):
        files[f"match-{name}-{number}.png"] = encode_png(panel)
    return files


def _compared(name: str, root: Path, record: Record) -> Compared:
    whose = ", ".join([f"identity {record.label}", *_camera(record)])
    return Compared(name, root / record.path, (record.path, whose))


def _camera(record: Record) -> list[str]:
    return [] if record.camera is None else [f"camera {record.camera}"]


def _note(searched: Searched, query: int) -> str:
    ranking, images = searched.ranking, len(searched.trial.gallery)
    matches = int(ranking.matches[query])
    if not matches:
        return f"no right picture among the {images:,} of the gallery"
    count = "1 right picture" if matches == 1 else f"{matches:,} right pictures"
    return (
        f"{count} in a gallery of {images:,}, the first at rank "
        f"{int(ranking.first_match[query]):,}; average precision "
        f"{percent(float(ranking.average_precision[query]))} %"
    )


def _match_words(searched: Searched, query: int, found: Found) -> str:
    asked, other = searched.asked(query), searched.table.records[found.row]
    same = "the same individual" if asked.label == other.label else "another individual"
    return f"{asked.path} and its nearest picture, {other.path}: {same}."
