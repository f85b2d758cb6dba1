import pytest

from elsewhere.reports import choose_pictures, rule_text

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
