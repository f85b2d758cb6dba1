import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from elsewhere.errors import ElsewhereError
from elsewhere.files.writing import write_atomically
from elsewhere.reports.classification.report import run_report
from elsewhere.reports.pages import png_address

VOID = {"meta", "img", "br", "line", "circle", "link", "hr"}


class Reader(HTMLParser):
    """Checks that tags nest, and gathers texts, tags and addresses."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.addresses, self.texts = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == [], "every tag is closed"

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [v for name, v in attributes if name in ("src", "href", "srcset", "data")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.texts.append(data)

    @property
    def words(self):
        return " ".join(" ".join(self.texts).split())


@pytest.fixture
def tile():
    return np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)


@pytest.fixture
def html(run):
    return run_report(run())


def test_it_is_well_formed_and_complete(html):
    page = Reader(html)
    for words in (
        "Would the prediction change had the network looked elsewhere?",
        "birds · baseline · seed 0",
        "training pictures",
        "960",
    ):
        assert words in page.words


def test_it_is_self_contained(html):
    page = Reader(html)
    assert page.addresses == []
    assert not {"script", "link", "iframe", "object"} & set(page.tags)
    assert re.findall(r"url\(|@import", html) == []
    assert set(re.findall(r"https?://[^\"' )<]*", html)) <= {"http://www.w3.org/2000/svg"}
    assert "prefers-color-scheme: dark" in html


def test_pictures_are_carried_whole(tile):
    content = base64.b64decode(png_address(tile).removeprefix("data:image/png;base64,"))
    assert (np.asarray(Image.open(io.BytesIO(content))) == tile).all()


def test_one_seed_is_said_to_be_too_few(run):
    assert "One seed shows no spread" in Reader(run_report(run())).words


def test_choosing_checkpoints_on_test_is_said(run):
    result = run()
    result["protocol"]["selected_on"] = "test"
    assert "chosen on the test pictures" in Reader(run_report(result)).words
    assert "never on the test pictures" in Reader(run_report(run())).words


def test_a_run_answers_the_question_by_its_effect(run):
    page = Reader(run_report(run()))
    assert "exchanged for random attention" in page.words
    assert "test: the true class loses 45.6 points of probability." in page.words
    for words in ("finch & wren", "17", "0.287", "torch 2.15.0"):
        assert words in page.words


def test_a_class_without_pictures_is_passed_over(run):
    result = run()
    result["splits"]["test"]["per_class"].append({"class": "unseen", "images": 0, "top1": None})
    result["splits"]["test"]["effect"] = {"logit": None, "probability": None}
    assert "unseen" not in Reader(run_report(result)).words


def test_a_bare_run(run):
    result = run()
    result["protocol"]["effect"] = None
    for split in result["splits"].values():
        split |= {"effect": None, "localization": None, "calibration": None}
        split |= {"per_class": [], "confusions": []}
    words = Reader(run_report(result)).words
    assert "90.0" in words
    assert "box" not in words


def test_a_report_is_written_whole(tmp_path, html):
    path = write_atomically(tmp_path / "deep" / "report.html", html)
    assert path.read_text(encoding="utf-8") == html
    assert len(list(path.parent.iterdir())) == 1
    (tmp_path / "file").write_text("")
    with pytest.raises(ElsewhereError, match="could not be written"):
        write_atomically(tmp_path / "file" / "report.html", html)
