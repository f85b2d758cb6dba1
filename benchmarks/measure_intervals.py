"""How often the 95 % intervals by identity cover the truth, in worlds whose truth is known.

    python benchmarks/measure_intervals.py

A world draws identities, each with 2 to 12 images around a centre of its own; every image looks
for its identity among all others. The truth is the mean over many such draws, so the interval has
to cover what other queries *and* another gallery would have done. The same is asked of the rate of
false alarms at a threshold that few individuals have set. Writes `results/intervals.json`.
"""

import argparse
from statistics import fmean

import torch
from scipy.stats import binomtest

from elsewhere.metrics.intervals import bootstrap_interval, false_alarm_interval
from elsewhere.ranking import evaluate_ranking
from elsewhere.structures import Ranking
from record import record

TRUTHS = 4  # times as many draws, with other seeds, say what the truth is


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--identities", type=int, nargs="+", default=[6, 12, 25, 50, 100])
    known = parser.parse_args()
    torch.set_num_threads(1)
    rows = []
    for count in known.identities:
        rows.append(coverage(count, known.trials))
        print(rows[-1], flush=True)
    strangers = similarities(*vectors_of(400, 10**9))[0].sort().values
    alarms = [false_alarms(count, strangers, known.trials // 5) for count in (4, 9, 20, 40)]
    record("intervals", {"worlds": rows, "false alarms": alarms})


def coverage(identities: int, trials: int) -> dict:
    """Count how often the truth lies inside, with the plain percentiles for comparison."""
    others = (world(identities, -1 - seed)[0] for seed in range(TRUTHS * trials))
    truth = fmean(ranking.mAP for ranking in others)
    inside, plain, widths = 0, 0, []
    for seed in range(trials):
        ranking, who = world(identities, seed)
        low, high = bootstrap_interval(ranking.average_precision, groups=who)
        inside += low <= truth <= high
        widths.append(high - low)
        low, high = plain_percentiles(ranking.average_precision, who)
        plain += low <= truth <= high
    sure = binomtest(inside, trials).proportion_ci(method="exact")
    return {
        "identities": identities,
        "trials": trials,
        "true mAP": round(truth, 4),
        "covered": inside / trials,
        "covered, 95 % interval": [round(sure.low, 4), round(sure.high, 4)],
        "covered by plain percentiles": plain / trials,
        "mean width": round(fmean(widths), 4),
    }


def world(identities: int, seed: int) -> tuple[Ranking, list[int]]:
    """Rank every image of a draw against all others."""
    vectors, who = vectors_of(identities, seed)
    itself = torch.arange(len(who)).repeat(2, 1).T
    ranking = evaluate_ranking(vectors, vectors, query_ids=who, gallery_ids=who, junk=itself)
    return ranking, who.tolist()


def vectors_of(identities: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Images of a draw, and whose they are."""
    generator = torch.Generator().manual_seed(seed % 2**63)
    images = torch.randint(2, 13, (identities,), generator=generator)
    spread = 0.56 + 0.8 * torch.rand(identities, generator=generator)  # some are harder
    centres = torch.randn(identities, 12, generator=generator)
    who = torch.repeat_interleave(torch.arange(identities), images)
    return centres[who] + spread[who, None] * torch.randn(len(who), 12, generator=generator), who


def similarities(vectors: torch.Tensor, who: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Cosines of all pairs of different identities, and between whom they are."""
    first, second = torch.triu_indices(len(who), len(who), 1)
    apart = who[first] != who[second]
    first, second = first[apart], second[apart]
    length_one = torch.nn.functional.normalize(vectors)
    alike = (length_one @ length_one.T)[first, second]
    return alike.double(), torch.stack([who[first], who[second]], dim=1)


def false_alarms(identities: int, strangers: torch.Tensor, trials: int, rate: float = 0.05) -> dict:
    """Set a threshold by few identities, and see whether the interval covers its true rate."""
    inside, ends = 0, []
    for seed in range(trials):
        alike, between = similarities(*vectors_of(identities, seed))
        threshold = float(alike.quantile(1 - rate))
        truth = 1 - float(torch.searchsorted(strangers, threshold)) / len(strangers)
        low, high = false_alarm_interval(alike >= threshold, between)
        inside += low <= truth <= high
        ends.append((low, high))
    middle = trials // 2
    row = {
        "identities": identities,
        "trials": trials,
        "rate": rate,
        "covered": inside / trials,
        "median interval": [round(sorted(each)[middle], 4) for each in zip(*ends, strict=True)],
    }
    print(row, flush=True)
    return row


def plain_percentiles(values: torch.Tensor, who: list[int], draws: int = 1000) -> list[float]:
    """The percentiles themselves, as they were taken before."""
    codes = torch.tensor(who)
    sums = torch.zeros(max(who) + 1, dtype=torch.float64).index_add(0, codes, values.double())
    counts = torch.bincount(codes).double()
    drawn = torch.randint(len(sums), (draws, len(sums)), generator=torch.Generator().manual_seed(0))
    means = sums[drawn].sum(dim=1) / counts[drawn].sum(dim=1)
    return means.quantile(torch.tensor([0.025, 0.975], dtype=means.dtype)).tolist()


if __name__ == "__main__":
    main()
