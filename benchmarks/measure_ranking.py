"""Time and memory of `evaluate_ranking` beside what cannot be done without, and the usual ways.

    python benchmarks/measure_ranking.py [--rounds 20] [--threads 2]
    python benchmarks/measure_ranking.py --msmt17
    python benchmarks/measure_ranking.py --matches [--rounds 5] [--threads 1]

At Market-1501's size (3,368 queries, 15,913 gallery images, 2,048 numbers each, normalised;
galleries.py draws them) in turns:
- on clustered features, the evaluation ÷ the bare product of query and gallery, in the blocks
  that the evaluation uses, and in one piece
- on structureless features, the evaluation ÷ a full sort: product and `torch.sort` of all of it
- the evaluator in common use (NumPy's argsort of the whole matrix, a loop over the queries) on
  every eleventh query of the clustered features, ÷ ours on these
- memory beyond the features at its peak, and whether scores agree

`--msmt17` runs the evaluation once at that set's size. `--matches` has galleries of 16,000 and
64,000 images with 20, 200 and 2,000 matches for each of 1,000 queries, 512 numbers each, and takes
in turns the evaluation and sorting each block plainly: product and `torch.sort`, whose indices a
ranking needs; beside it, for comparison, numpy's sort of the values alone, which ranks nothing.
Writes `results/ranking.json`, `ranking_msmt17.json` or `ranking_matches.json`.
"""

import argparse
import ctypes
import gc
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
import torch.nn.functional as F

from elsewhere import Ranking, evaluate_ranking
from galleries import MSMT17, Case, Gallery, clustered, structureless, with_matches
from record import record
from timing import Way, medians, ratios, take_turns

BLOCK = (1024, 2048)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--msmt17", action="store_true", help="one run at that set's size")
    parser.add_argument("--matches", action="store_true", help="from 20 to 2,000 a query")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.msmt17:
        print(record("ranking_msmt17", once(clustered(MSMT17), MSMT17)))
    elif options.matches:
        print(record("ranking_matches", measure_matches(options.rounds)))
    else:
        print(record("ranking", measure(Case(), options.rounds)))


def measure(case: Case, rounds: int) -> dict:
    """Compare on both kinds of features."""
    return {
        "case": case._asdict(),
        "rounds": rounds,
        "clocks": "wall: time that passed; cpu: time computed, all threads together",
        "clustered": measure_clustered(clustered(case), rounds),
        "structureless": measure_structureless(structureless(case), rounds),
    }


def measure_clustered(data: Gallery, rounds: int) -> dict:
    few = every_eleventh(data)
    ways: dict[str, Way] = {
        "evaluation": lambda: evaluate(data),
        "product in blocks": lambda: product_in_blocks(data),
        "product in one piece": lambda: data.query @ data.gallery.T,
    }
    seconds = take_turns(ways, rounds)
    small: dict[str, Way] = {
        "evaluation": lambda: evaluate(few),
        "usual": lambda: usual_evaluation(few),
    }
    seconds_of_few = take_turns(small, min(rounds, 3))
    result = {
        "scores": scores(evaluate(data)),
        "seconds": medians(seconds),
        "evaluation ÷ product in blocks": ratios(seconds, "evaluation", "product in blocks"),
        "evaluation ÷ product in one piece": ratios(seconds, "evaluation", "product in one piece"),
        "MB beyond the features": {name: beyond(way) for name, way in ways.items()},
        "every eleventh query": {
            "seconds": medians(seconds_of_few),
            "usual ÷ evaluation": ratios(seconds_of_few, "usual", "evaluation"),
            "difference of mAP": abs(usual_evaluation(few)[0] - evaluate(few).mAP),
        },
    }
    print(result)
    return result


def measure_matches(
    rounds: int,
    galleries: tuple[int, ...] = (16_000, 64_000),
    matches: tuple[int, ...] = (20, 200, 2000),
    queries: int = 1000,
) -> dict:
    """Compare with sorting each block plainly, by size of the gallery and number of matches."""
    result: dict = {"rounds": rounds, "queries": queries, "numbers": 512}
    for images in galleries:
        for each in matches:
            for spread in (1.5, None):
                kind = "structureless" if spread is None else "clustered"
                data = with_matches(images, each, queries, spread)
                name = f"{images} images, {each} matches, {kind}"
                result[name] = measure_sorting(data, rounds)
                print(name, result[name], flush=True)
    return result


def measure_sorting(data: Gallery, rounds: int) -> dict:
    ways: dict[str, Way] = {
        "evaluation": lambda: evaluate_ranking(data.query, data.gallery, **data.labels),
        "sorting each block": lambda: product_in_blocks(data, lambda block: block.sort(dim=1)),
        "sorting values alone": lambda: product_in_blocks(
            data, lambda block: block.numpy().sort(axis=1)
        ),
        "product": lambda: product_in_blocks(data),
    }
    seconds = take_turns(ways, rounds)
    return {
        "mAP": evaluate_ranking(data.query, data.gallery, **data.labels).mAP,
        "seconds": medians(seconds),
        **{f"evaluation ÷ {way}": ratios(seconds, "evaluation", way) for way in list(ways)[1:]},
        "MB beyond the features": beyond(ways["evaluation"]),
    }


def measure_structureless(data: Gallery, rounds: int) -> dict:
    ways: dict[str, Way] = {
        "evaluation": lambda: evaluate(data),
        "full sort": lambda: full_sort(data),
    }
    seconds = take_turns(ways, rounds)
    result = {
        "scores": scores(evaluate(data)),
        "seconds": medians(seconds),
        "evaluation ÷ full sort": ratios(seconds, "evaluation", "full sort"),
        "MB beyond the features": {name: beyond(way) for name, way in ways.items()},
    }
    print(result)
    return result


def once(data: Gallery, case: Case) -> dict:
    """Run one evaluation, and the product in blocks beside it."""
    rankings = []
    start = perf_counter()
    megabytes = beyond(lambda: rankings.append(evaluate(data)))
    middle = perf_counter()
    product_in_blocks(data)
    end = perf_counter()
    result = {
        "case": case._asdict(),
        "scores": scores(rankings[0]),
        "seconds": {"evaluation": middle - start, "product in blocks": end - middle},
        "MB beyond the features": megabytes,
        "MB of features": (data.query.nbytes + data.gallery.nbytes) / 1e6,
    }
    print(result)
    return result


def evaluate(data: Gallery) -> Ranking:
    return evaluate_ranking(data.query, data.gallery, **data.labels, normalize=True)


def product_in_blocks(
    data: Gallery, then: Callable[[torch.Tensor], object] = lambda _: None
) -> None:
    """Multiply every block as the evaluation does, do something with it and let go of it."""
    for query in data.query.split(BLOCK[0]):
        for gallery in data.gallery.split(BLOCK[1]):
            then(torch.mm(query, gallery.T))


def full_sort(data: Gallery) -> torch.Tensor:
    """Put the whole gallery in order for every query."""
    query, gallery = F.normalize(data.query), F.normalize(data.gallery)
    return torch.mm(query, gallery.T).neg_().sort(dim=1).indices


def usual_evaluation(data: Gallery) -> tuple[float, np.ndarray]:
    """Score as is common: mAP and CMC by a full argsort and a loop over queries."""
    query, gallery = F.normalize(data.query), F.normalize(data.gallery)
    order = np.argsort((2 - 2 * query @ gallery.T).numpy(), axis=1)
    labels = {name: values.numpy() for name, values in data.labels.items()}
    right = labels["gallery_ids"][order] == labels["query_ids"][:, None]
    precisions, curves = [], []
    for row in range(len(order)):
        own_camera = labels["gallery_cameras"][order[row]] == labels["query_cameras"][row]
        kept = right[row][~(right[row] & own_camera)]
        if not kept.any():
            continue
        curves.append(np.minimum(kept.cumsum()[:50], 1))
        ranks = np.arange(1, len(kept) + 1)
        precisions.append((kept.cumsum() / ranks * kept).sum() / kept.sum())
    return float(np.mean(precisions)), np.mean(curves, axis=0)


def every_eleventh(data: Gallery) -> Gallery:
    labels = {
        name: values[::11] if name.startswith("query") else values
        for name, values in data.labels.items()
    }
    return Gallery(data.query[::11].clone(), data.gallery, labels)


def scores(ranking: Ranking) -> dict[str, float]:
    return {"mAP": ranking.mAP, "mINP": ranking.mINP, "Rank-1": float(ranking.cmc[0])}


def beyond(way: Way) -> float | None:
    """Megabytes that this process holds at most while it runs, beyond what it held before."""
    status = Path("/proc/self/status")
    try:
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)  # give back what was freed, lest it be used unseen
        Path("/proc/self/clear_refs").write_text("5")  # forget the highest so far
    except (OSError, AttributeError):  # not Linux with its usual library
        return None
    before = _kilobytes(status, "VmRSS")
    way()
    return (_kilobytes(status, "VmHWM") - before) / 1e3


def _kilobytes(status: Path, name: str) -> int:
    (line,) = (line for line in status.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1])


if __name__ == "__main__":
    main()
