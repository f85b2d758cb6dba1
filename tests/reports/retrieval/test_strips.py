import io

import numpy as np
import pytest
import torch
from PIL import Image

from elsewhere.data.inputs import load_images
from elsewhere.data.protocols import QueryGallery
from elsewhere.data.records import Record, RecordTable
from elsewhere.errors import DataError
from elsewhere.models import AttentionNetwork, EmbeddingHead, SmallResNet, retrieval_vectors
from elsewhere.reports.retrieval.report import retrieval_report
from elsewhere.reports.retrieval.strips import draw_found, draw_set, picture_files
from elsewhere.reports.retrieval.trials import Searched
from elsewhere.retrieval.matching import Compared, draw_match
from elsewhere.retrieval.verdict import EQUAL_ODDS
from elsewhere.structures import Preprocessing, Ranking, Retrieval
from elsewhere.visualization.canvas import RIGHT, WRONG


def painted(sheet, colour):
    return (sheet == [int(colour[at : at + 2], 16) for at in (1, 3, 5)]).all(axis=2)


def build(pooling="average", retrieval=None):
    torch.manual_seed(0)
    network = AttentionNetwork(
        SmallResNet((4, 6, 8)),
        heads=3,
        classes=5,
        head=EmbeddingHead(7),
        pooling=pooling,
        preprocessing=Preprocessing((32, 16), (32, 16)),
    )
    network.head.norm.running_mean.normal_()
    network.retrieval = retrieval
    return network.eval()


@pytest.fixture
def table(tmp_path):
    """Six drawn pictures: two queries, four of a gallery."""
    draw = np.random.default_rng(0)
    records = []
    for number, label in enumerate("abaabb"):
        pixels = np.full((48, 24, 3), draw.integers(0, 256, 3), dtype=np.uint8)
        pixels[10:30, 6:18] = [200, 30, 30] if label == "a" else [30, 30, 200]
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
        split = "query" if number < 2 else "gallery"
        records.append(Record(f"{number}.png", label, split, camera=str(number)))
    return RecordTable(tmp_path, tuple(records), ("a", "b"))


def search(table, network, nearest=((0, 1, 2, 3), (3, 0, -1, -1))):
    retrieval = network.retrieval or Retrieval()
    images = load_images([table.root / r.path for r in table.records], network.preprocessing)
    with torch.no_grad():
        vectors = retrieval_vectors(network, images, (retrieval.vector,), retrieval.mirror)
    precision = torch.tensor([0.4, 0.9], dtype=torch.float64)
    matches = torch.tensor([2, 2])
    answers = Ranking(
        0.65, 0.6, torch.ones(4).double(), precision, precision, torch.tensor([1, 1]), matches
    )
    (trial,) = QueryGallery().trials(table, 0)
    return Searched(table, trial, answers, torch.tensor(nearest), vectors[retrieval.vector])


def strip_of(network, searched):
    """The strip of the first query."""
    shown = draw_set(network, searched, worst=1, drawn=0)
    ((_, strip),) = shown.strips[0].pictures
    return strip


def test_a_strip_marks_the_gallery_by_identity(table):
    network = build()
    strip = strip_of(network, search(table, network))
    marks = [painted(strip, colour).any(axis=0) for colour in (RIGHT, WRONG)]
    right, wrong = (np.nonzero(mark)[0] for mark in marks)
    assert right.max() < wrong.min(), "a a b b: the right ones come first"
    only_wrong = strip_of(network, search(table, network, ((2, 3, -1, -1), (0, -1, -1, -1))))
    assert not painted(only_wrong, RIGHT).any()


def test_a_set_in_full_fits_on_the_page(table, run):
    network = build(retrieval=Retrieval("neck", True, 0.5, 0.01, 8.0, -4.0))
    shown = draw_set(network, search(table, network), worst=1, drawn=3)
    assert [row.title for row in shown.strips] == [
        "The worst by average precision",
        "Drawn at random",
    ]
    assert [len(row.pictures) for row in shown.strips] == [1, 1]
    assert shown.strips[0].pictures[0][0] == "0.png: 2 of the 4 nearest pictures are right."
    assert (
        shown.matches[0].pictures[0][0]
        == "0.png and its nearest picture, 2.png: the same individual."
    )
    assert {row.note for row in shown.matches} == {EQUAL_ODDS}
    html = retrieval_report(run(), pictures={"test": shown})
    assert html.count("data:image/png;base64,") == 4
    files = picture_files("test", shown)
    assert list(files) == [
        "strips-test-1.png",
        "strips-test-2.png",
        "match-test-1.png",
        "match-test-2.png",
    ]
    opened = Image.open(io.BytesIO(files["strips-test-1.png"]))
    assert np.array_equal(np.asarray(opened), shown.strips[0].pictures[0][1])


def test_no_evidence_with_max_pooling(table):
    whole, bare = build(), build(pooling="max")
    panels = [draw_found(network, search(table, network), 0, 2) for network in (whole, bare)]
    assert panels[1].shape[1] < panels[0].shape[1]


def test_query_and_found_are_drawn_as_any_two_pictures(table):
    retrieval = Retrieval("embedding", True, 0.5, 0.01, 8.0, -4.0)
    network = build(retrieval=retrieval)
    query = Compared("query", table.root / "1.png", ("1.png", "identity b, camera 1"))
    found = Compared("found", table.root / "3.png", ("3.png", "identity a, camera 3"))
    panel = draw_found(network, search(table, network), 1, 3)
    assert np.array_equal(panel, draw_match(network, retrieval, (query, found), right=False))
    assert not np.array_equal(panel, draw_match(network, retrieval, (query, found), right=True))


def test_a_query_whose_gallery_is_empty_has_a_strip_and_no_match(table):
    network = build()
    nothing = ((-1, -1), (-1, -1))
    shown = draw_set(network, search(table, network, nothing), worst=2, drawn=0)
    assert [len(row.pictures) for row in shown.strips] == [2]
    assert shown.matches == []


def test_bad_input_is_one_clear_line(table):
    network = build()
    searched = search(table, network)
    (table.root / "2.png").unlink()
    with pytest.raises(DataError, match=r"2\.png"):
        draw_set(network, searched)
