import math
import random

import pytest
import scipy.stats
import torch

from elsewhere.metrics.intervals import bootstrap_interval


def slow_interval(values, groups, draws, seed):
    """Resample whole groups in a plain loop, with another generator."""
    by_group = {}
    for value, group in zip(values, groups, strict=True):
        if math.isfinite(value):
            by_group.setdefault(group, []).append(value)
    names, draw, means = sorted(by_group), random.Random(seed), []
    for _ in range(draws):
        drawn = [v for name in draw.choices(names, k=len(names)) for v in by_group[name]]
        means.append(sum(drawn) / len(drawn))
    means.sort()
    units = len(names)
    widened = math.sqrt(units / (units - 1)) * scipy.stats.t.ppf(0.975, units - 1)
    inside = scipy.stats.norm.cdf(widened)
    return means[round((1 - inside) * (draws - 1))], means[round(inside * (draws - 1))]


@pytest.fixture
def clustered():
    """Forty queries of ten identities that succeed or fail together, and two without a match."""
    draw = random.Random(3)
    values, groups = [], []
    for identity in range(10):
        level = draw.random()
        for _ in range(3 + identity % 3):
            values.append(min(max(level + draw.gauss(0, 0.05), 0), 1))
            groups.append(f"identity {identity}")
    values[4] = values[17] = math.nan
    return values, groups


@pytest.mark.parametrize("by_identity", [True, False])
def test_agrees_with_a_slow_loop(clustered, by_identity):
    values, groups = clustered
    units = groups if by_identity else [str(row) for row in range(len(values))]
    expected = slow_interval(values, units, 8000, 1)
    found = bootstrap_interval(
        torch.tensor(values), groups=groups if by_identity else None, draws=8000
    )
    assert found == pytest.approx(expected, abs=0.012)


def test_queries_of_one_identity_make_it_wider(clustered):
    values, groups = clustered
    low, high = bootstrap_interval(torch.tensor(values), groups=groups)
    single_low, single_high = bootstrap_interval(torch.tensor(values))
    assert high - low > 1.4 * (single_high - single_low)


def test_a_coin_has_its_known_interval():
    values = torch.tensor([0.0, 1.0] * 200)
    low, high = bootstrap_interval(values, draws=4000)
    reach = 1.96 * 0.5 / math.sqrt(400)
    assert (low, high) == (
        pytest.approx(0.5 - reach, abs=5e-3),
        pytest.approx(0.5 + reach, abs=5e-3),
    )
    narrow = bootstrap_interval(values, draws=4000, confidence=0.5)
    assert low < narrow[0] < 0.5 < narrow[1] < high


def test_equal_values_have_no_width():
    assert bootstrap_interval(torch.full((7,), 0.25)) == (0.25, 0.25)


@pytest.mark.parametrize(
    ("values", "groups"),
    [([], None), ([math.nan] * 3, None), ([0.4], None), ([0.1, 0.9, math.nan], ["a", "a", "b"])],
)
def test_fewer_than_two_units_show_no_spread(values, groups):
    assert all(map(math.isnan, bootstrap_interval(torch.tensor(values), groups=groups)))


def test_the_seed_alone_decides():
    values = torch.rand(50, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(1)
    first = bootstrap_interval(values, seed=4)
    torch.manual_seed(2)
    assert bootstrap_interval(values, seed=4) == first
    assert bootstrap_interval(values, seed=5) != first


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="2 values, but 1 groups"):
        bootstrap_interval(torch.rand(2), groups=["a"])


def test_twenty_thousand_queries_need_little_memory():
    values = torch.rand(20_000, generator=torch.Generator().manual_seed(0))
    low, high = bootstrap_interval(values, groups=[row // 20 for row in range(20_000)])
    assert low < float(values.mean()) < high
    assert high - low == pytest.approx(2 * 1.96 * math.sqrt(1 / 12 / 20_000), rel=0.15)
