"""The demo's page says what its figures say, and no figure of it is picked."""

import re

import numpy as np
import pytest

from elsewhere.reports.demo import (
    Asked,
    Facts,
    accuracy_table,
    answers_table,
    demo_page,
    findings,
    ranked,
    typical,
)
from elsewhere.reports.trial import Attempt, TrialFacts, compare_methods

SEEDS, IMAGES = 3, 9
TRIAL = TrialFacts("drawn", "top-1 accuracy", {"train": 8, "val": 4, "test": 9}, 0.5, 0.6, True, 1)


def asked(rng, drop):
    own = rng.uniform(0.6, 0.9, IMAGES)
    answers = {"own": own, "other": own - drop, "uniform": own - drop / 2}
    maps = rng.uniform(0, 1, (2, IMAGES, 4, 4)).astype(np.float32)
    return Asked(answers, maps[0], maps[1] - 0.5, rng.uniform(0.5, 0.9, IMAGES))


@pytest.fixture
def facts():
    rng = np.random.default_rng(0)
    pictures = rng.uniform(0, 1, (IMAGES, 3, 16, 16)).astype(np.float32)
    drop = np.linspace(0.5, 0.1, IMAGES)  # of CAL, by picture: the last loses least
    nets = {
        "baseline": [asked(rng, 0.05 + 0.01 * n) for n in range(SEEDS)],
        "random": [asked(rng, drop + 0.01 * n) for n in range(SEEDS)],
        "shuffled": [asked(rng, 0.2 + 0.01 * n) for n in range(SEEDS)],
    }
    partners = np.roll(np.arange(IMAGES), 1)
    return Facts(pictures, [f"species {n}" for n in range(IMAGES)], partners, 0.4, nets)


def attempts(random, shuffled=(0.5, 0.6, 0.7)):
    tests = {"baseline": (0.5, 0.6, 0.7), "random": random, "shuffled": shuffled}
    return [
        Attempt(name, 0.1, seed, 0.5, value, [0.5])
        for name, values in tests.items()
        for seed, value in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("random", "said"),
    [
        ((0.6, 0.71, 0.8), "CAL: yes."),
        ((0.4, 0.51, 0.6), "CAL: no, it costs accuracy."),
        ((0.6, 0.5, 0.7), "CAL: not clearly."),
    ],
)
def test_it_says_whether_cal_helped(facts, random, said):
    first, second, effect, _ = findings(compare_methods(attempts(random)), facts)
    assert said in first
    assert second.startswith("CAL, shuffled: not clearly.")
    assert "leans more on where it looks" in effect


def test_the_picture_shown_is_the_median_of_the_change(facts):
    drops = [
        np.mean(
            [each.answers["own"][n] - each.answers["other"][n] for each in facts.asked["random"]]
        )
        for n in range(IMAGES)
    ]
    assert drops[typical(facts)] == pytest.approx(sorted(drops)[IMAGES // 2])
    assert [drops[row] for row in ranked(facts)] == sorted(drops[row] for row in ranked(facts))


def test_every_figure_has_its_interval(facts):
    compared = compare_methods(attempts((0.6, 0.71, 0.8)))
    cells = [cell for row in answers_table(facts).rows for cell in row[1:]]
    cells += [cell for row in accuracy_table(compared, facts).rows[:2] for cell in row[1:]]
    cells.remove("")  # the baseline against itself
    assert all(re.search(r"\n\[[-+\d.]+, [-+\d.]+\]$", cell) for cell in cells)


def test_the_page_is_whole_and_shows_the_counterfactual(facts):
    page = demo_page(attempts((0.6, 0.71, 0.8)), TRIAL, facts, [], ["elsewhere demo"])
    assert "another picture" in page
    assert "uniform attention" in page
    assert f"species {IMAGES // 2}" in page
    assert page.count("<img") == 2 * 3 + 3 * 3
    assert "3 seeds" in page
    assert not re.search(r"seed \d|1 seed", page)
    assert not re.search(r'(src|href)="(?!data:)', page)
