import pytest

from elsewhere.reports import choose_pictures, rule_text
from elsewhere.reports.choice import counts_text

BASELINE = [True, True, False, False] * 25
OTHER = [True, False, True, False] * 25


def test_every_way_is_counted_and_shown():
    chosen = {each.title: each for each in choose_pictures(BASELINE, OTHER, each=3)}
    assert {title: each.rows[0] % 4 for title, each in chosen.items()} == {
        "Both right": 0,
        "Baseline right, CAL wrong": 1,
        "CAL right, baseline wrong": 2,
        "Both wrong": 3,
    }
    for each in chosen.values():
        assert each.total == 25
        assert len(set(each.rows)) == 3
        assert len({row % 4 for row in each.rows}) == 1


def test_the_seed_alone_decides():
    assert choose_pictures(BASELINE, OTHER, seed=1) == choose_pictures(BASELINE, OTHER, seed=1)
    assert choose_pictures(BASELINE, OTHER, seed=1) != choose_pictures(BASELINE, OTHER, seed=2)


def test_fewer_where_there_are_fewer():
    chosen = choose_pictures([True], [True], each=5)
    assert [each.rows for each in chosen] == [(), (), (), (0,)]


def test_models_must_answer_the_same_pictures():
    with pytest.raises(ValueError, match="zip"):
        choose_pictures([True], [True, False])


def test_the_rule_is_stated():
    assert "seed 7" in rule_text(2, 7, 480)
    assert "480" in rule_text(2, 7, 480)


def test_ways_have_a_name_of_their_own():
    chosen = choose_pictures(BASELINE, OTHER, names=("plain", "ours"))
    assert [(each.way, each.title) for each in chosen] == [
        ("gained", "Ours right, plain wrong"),
        ("lost", "Plain right, ours wrong"),
        ("neither", "Both wrong"),
        ("both", "Both right"),
    ]


def test_the_rule_names_the_ways_that_are_shown():
    assert "each of the four ways" in rule_text(2, 7, 480)
    some = rule_text(2, 7, 480, ["CAL right, baseline wrong", "Both wrong"])
    assert "each of these ways" in some
    assert "CAL right, baseline wrong; Both wrong." in some


def test_all_ways_are_counted_in_words():
    counts = {"gained": 1234, "lost": 5, "neither": 60, "both": 7}
    words = counts_text(counts, ("baseline", "CAL"), "split test")
    assert words == (
        "Of the 1,306 pictures of split test, CAL alone is right on 1,234, baseline alone on 5; "
        "both are right on 7 and both wrong on 60."
    )
