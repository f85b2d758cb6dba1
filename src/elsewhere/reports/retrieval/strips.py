"""What is drawn of a test: ranked strips, and matches with the evidence for them."""

from pathlib import Path

from elsewhere.data.inputs import seen_image
from elsewhere.data.records import Record
from elsewhere.errors import ModelError
from elsewhere.models import AttentionNetwork
from elsewhere.reports.pages import PictureRow, encode_png
from elsewhere.reports.retrieval.report import SetPictures
from elsewhere.reports.retrieval.trials import Found, Searched, choose_queries, found_for
from elsewhere.reports.wording import percent
from elsewhere.retrieval.matching import Compared, Sheet, draw_match
from elsewhere.retrieval.verdict import EQUAL_ODDS, judge
from elsewhere.structures import Preprocessing, Retrieval
from elsewhere.visualization.sheet import grid
from elsewhere.visualization.strip import Tile, strip

PLACES = 10
"""So many of the nearest images are shown."""
_LONGEST = 384


def draw_set(
    network: AttentionNetwork,
    searched: Searched,
    *,
    worst: int = 3,
    drawn: int = 3,
    seed: int = 0,
) -> SetPictures:
    """Choose queries, and draw each one's strip and its match with the nearest image.

    Raises:
        DataError: an image is missing or broken.
        ModelError: the network does not say how images become its inputs.
    """
    chosen = choose_queries(searched.ranking, worst=worst, drawn=drawn, seed=seed)
    preprocessing = _preprocessing(network)
    calibrated = judge(0.0, network.retrieval or Retrieval()).probability is not None
    odds = EQUAL_ODDS if calibrated else ""
    strips, matches = [], []
    groups = {"The worst by average precision": chosen.worst, "Drawn at random": chosen.drawn}
    for title, queries in groups.items():
        if not queries:
            continue
        rows = [
            (_strip_words(searched, q), draw_strip(searched, q, preprocessing)) for q in queries
        ]
        strips.append(PictureRow(title, "", rows))
        panels = [
            (_match_words(searched, q, found[0]), draw_found(network, searched, q, found[0].row))
            for q in queries
            if (found := found_for(searched, q))
        ]
        if panels:
            matches.append(PictureRow(f"{title}: query and nearest picture", odds, panels))
    return SetPictures(chosen.rule, strips, matches)


def draw_strip(
    searched: Searched, query: int, preprocessing: Preprocessing, places: int = PLACES
) -> Sheet:
    """The strip of one query: its nearest images, right or wrong, and their cameras.

    Raises:
        DataError: an image is missing or broken.
    """
    records, asked = searched.table.records, searched.asked(query)
    found = found_for(searched, query)[:places]
    images = [
        seen_image(searched.table.root / record.path, preprocessing, _LONGEST)
        for record in (asked, *(records[each.row] for each in found))
    ]
    tiles = [
        Tile(
            image,
            [f"{each.similarity:.3f}", *_camera(records[each.row])],
            right=records[each.row].label == asked.label,
        )
        for image, each in zip(images[1:], found, strict=True)
    ]
    return strip(
        images[0],
        tiles,
        title=asked.path,
        note=_note(searched, query),
        captions=[asked.label, *_camera(asked)],
        places=places,
    )


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


def _preprocessing(network: AttentionNetwork) -> Preprocessing:
    if network.preprocessing is None:
        raise ModelError("this network does not say how pictures become inputs: no preprocessing")
    return network.preprocessing


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


def _strip_words(searched: Searched, query: int) -> str:
    records, asked = searched.table.records, searched.asked(query)
    found = found_for(searched, query)[:PLACES]
    right = sum(records[each.row].label == asked.label for each in found)
    return f"{asked.path}: {right} of the {len(found)} nearest pictures are right."


def _match_words(searched: Searched, query: int, found: Found) -> str:
    asked, other = searched.asked(query), searched.table.records[found.row]
    same = "the same individual" if asked.label == other.label else "another individual"
    return f"{asked.path} and its nearest picture, {other.path}: {same}."
