from pathlib import PurePosixPath

import numpy as np

from elsewhere.reports.explanation import (
    Explained,
    describe,
    explanation_page,
    page_section,
    panel_names,
)
from elsewhere.reports.predictions import Prediction, Ranked


def look(target="wren", unsure=False):
    ranked = (Ranked("wren", 0.625), Ranked("<robin>", 0.25))
    return Explained(
        model="mine",
        picture=np.zeros((3, 8, 8), np.float32),
        prediction=Prediction("a.png", ranked, unsure),
        target=Ranked(target, 0.25),
        unsure_below=0.7,
        attention=np.zeros((2, 4, 4), np.float32),
        evidence=np.zeros((2, 4, 4), np.float32),
        box=(0.0, 0.0, 8.0, 8.0),
    )


def names(*places):
    return [name.as_posix() for name in panel_names([PurePosixPath(place) for place in places])]


def test_names_of_panels():
    assert names("a.jpg", "b/a.jpg", "c") == ["a.png", "b/a.png", "c.png"]
    assert names("a.jpg", "a.png", "a.gif") == ["a.png", "a.png.png", "a.gif.png"]
    assert names("a.jpg", "a.jpg", "a.jpg") == ["a.png", "a.jpg.png", "a-2.png"]
    assert names("A.jpg", "a.jpg") == ["A.png", "a.jpg.png"]
    assert names("é.jpg", "e\u0301.jpg") == ["é.png", "e\u0301.jpg.png"]


def test_the_answer_in_words():
    assert describe(look(), model=False) == ["wren, 62.5 %", "then <robin> 25.0 %"]
    assert describe(look(unsure=True), model=True)[0] == (
        "mine: wren, 62.5 % (unsure: below 70.0 %)"
    )
    assert describe(look("<robin>"), model=False)[-1] == "evidence drawn for <robin>, 25.0 %"


def test_the_page_escapes_and_counts():
    section = page_section("<a>.png", [look()], b"png")
    html = explanation_page(
        ["<m>"], [section], total=2, unread=[Prediction("&.png", problem="<x>")]
    )
    assert "<a>" not in html
    assert "<robin>" not in html
    assert "&lt;m&gt;" in html
    assert "first 1 of 2 pictures" in html
    assert "&amp;.png: &lt;x&gt;" in html
