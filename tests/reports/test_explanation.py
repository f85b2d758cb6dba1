from pathlib import PurePosixPath

from elsewhere.reports.explanation import explanation_page, page_section, panel_names
from elsewhere.structures import Prediction


def names(*places):
    return [name.as_posix() for name in panel_names([PurePosixPath(place) for place in places])]


def test_names_of_panels():
    assert names("a.jpg", "b/a.jpg", "c") == ["a.png", "b/a.png", "c.png"]
    assert names("a.jpg", "a.png", "a.gif") == ["a.png", "a.png.png", "a.gif.png"]
    assert names("a.jpg", "a.jpg", "a.jpg") == ["a.png", "a.jpg.png", "a-2.png"]
    assert names("A.jpg", "a.jpg") == ["A.png", "a.jpg.png"]
    assert names("é.jpg", "e\u0301.jpg") == ["é.png", "e\u0301.jpg.png"]


def test_the_page_escapes_and_counts():
    section = page_section("<a>.png", "wren; then <robin> 25.0 %", b"png")
    html = explanation_page(
        ["<m>"], [section], total=2, unread=[Prediction("&.png", problem="<x>")]
    )
    assert "<a>" not in html
    assert "<robin>" not in html
    assert "&lt;m&gt;" in html
    assert "first 1 of 2 pictures" in html
    assert "&amp;.png: &lt;x&gt;" in html
