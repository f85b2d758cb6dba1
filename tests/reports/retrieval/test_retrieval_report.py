import re

import numpy as np
import pytest
from tests.reports.classification.test_report import Reader

from elsewhere.reports.pages import PictureRow
from elsewhere.reports.retrieval.report import SetPictures, retrieval_report


@pytest.fixture
def pictures():
    tile = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    row = PictureRow("The worst by average precision", "", [("0007 <b>.jpg: 3 are right", tile)])
    return SetPictures("None was picked by hand.", [row], [row])


def read(result, **more):
    html = retrieval_report(result, **more)
    return html, Reader(html)


def test_the_page_carries_everything(run, pictures):
    html, page = read(run(), pictures={"test": pictures})
    assert all(address.startswith("data:image/png;base64,") for address in page.addresses)
    assert len(page.addresses) == 2
    assert "<script" not in html
    assert re.findall(r"https?://(?!www\.w3\.org)", html) == []


def test_plain_sentences_say_what_was_measured(run, pictures):
    _, page = read(run(), pictures={"test": pictures})
    for words in (
        "the nearest picture shows the right individual for 80.0 % of the queries",
        "95 % interval [77.0, 82.0]",
        "from a similarity of 0.480 on, it calls 74.0 % of the pairs of one individual the same",
        "1.30 % of the pairs of two",
        "None was picked by hand.",
        "query/0007 & <b>.jpg",
        "Backgrounds may be shared between pictures of one sighting",
        "Checkpoints were chosen on validation individuals",
        "Made with torch 2.15.0.",
    ):
        assert words in page.words


def test_charts_of_ranks_and_of_known_or_new(run):
    html, page = read(run())
    assert html.count("<svg") == 2
    assert "own threshold, test" in page.words
    assert html.count("<polyline") == 5 + 2, "four vectors, re-ranked, the ROC and guessing"


def test_other_cameras_need_no_warning_of_shared_backgrounds(run, measured):
    _, page = read(run(sets={"test": measured(protocol="query-gallery, other cameras")}))
    assert "Backgrounds may be shared" not in page.words
    assert "pictures of the same individual by the query's own camera" in page.words


def test_what_is_missing_is_left_out(run, measured):
    bare = measured()
    bare["verification"], bare["worst"], bare["reranked"] = None, [], None
    document = run(sets={"test": bare})
    document["selected_on"] = None
    _, page = read(document)
    assert "Known or new?" not in page.words
    assert "Hardest queries" not in page.words
    assert "The last checkpoint was taken" in page.words


def test_different_protocols_are_said_to_be_no_comparison(run, measured):
    sets = {"a": measured(), "b": measured(protocol="each-against-rest")}
    _, page = read(run(sets=sets))
    assert "Figures of different protocols answer different questions" in page.words
    assert "Every test picture looks for its individual among all others." in page.words
    _, one = read(run())
    assert "different protocols" not in one.words


def test_nothing_measured_is_said(run, measured):
    empty = measured()
    empty["vectors"] = {"embedding": {**empty["vectors"]["embedding"], "mAP": None, "cmc": {}}}
    _, page = read(run(sets={"test": empty}))
    assert "no query has a match in the gallery" in page.words
