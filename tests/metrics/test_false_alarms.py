import math

import pytest
import torch
from scipy.stats import t as student

from elsewhere.metrics.intervals import false_alarm_interval
from elsewhere.metrics.pairs import pair_similarities
from elsewhere.metrics.verification import measurable_rate


def slow_interval(confused, between, confidence):
    """Leave out every individual in a loop, and count what is left."""

    def log_odds(rows):
        hits = sum(confused[row] for row in rows)
        return math.log((hits + 0.5) / (len(rows) - hits + 0.5))

    who = sorted({each for pair in between for each in pair})
    left = [log_odds([r for r, pair in enumerate(between) if one not in pair]) for one in who]
    mean, count = sum(left) / len(left), len(who)
    deviation = math.sqrt((count - 1) / count * sum((each - mean) ** 2 for each in left))
    reach = student.ppf((1 + confidence) / 2, count - 1) * deviation
    middle = log_odds(range(len(between)))
    return [1 / (1 + math.exp(-(middle + way * reach))) for way in (-1, 1)]


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_agrees_with_a_slow_loop(confidence):
    generator = torch.Generator().manual_seed(0)
    who = torch.randint(0, 7, (60,), generator=generator)
    vectors = torch.randn(60, 3, generator=generator) + who[:, None] / 3
    pairs = pair_similarities(vectors, (who * 11).tolist())
    confused = pairs.different > 0.8
    found = false_alarm_interval(confused, pairs.between * 5, confidence)
    expected = slow_interval(confused.tolist(), pairs.between.tolist(), confidence)
    assert found == pytest.approx(expected, rel=1e-6)
    assert 0 < found[0] < float(confused.double().mean()) < found[1] < 1


def test_two_individuals_say_nothing_of_others():
    assert false_alarm_interval(torch.ones(9) > 0, torch.tensor([[0, 1]] * 9)) == (0.0, 1.0)
    assert false_alarm_interval(torch.ones(0) > 0, torch.empty(0, 2, dtype=torch.long)) == (0, 1)


def test_the_lowest_rate_that_the_pairs_allow():
    pairs = (99, 100, 199, 200, 876, 999, 1000, 100_000)
    rates = (None, 0.1, 0.1, 0.05, 0.05, 0.05, 0.01, 0.01)
    assert tuple(map(measurable_rate, pairs)) == rates
