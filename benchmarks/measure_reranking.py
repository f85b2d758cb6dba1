"""k-reciprocal re-ranking: ours, sparse, beside the bare product of all images with all.

    python benchmarks/measure_reranking.py [--rounds 9] [--threads 1 2] [--sizes 5000 10000 20000]

At 5,000 and 10,000 images, by CPU time and by the time that passes: ours ÷ the full product, in the
quickest of some blocks, and what half of the product takes, the floor, since the product is
symmetric. At 5,000 also the published formula over dense matrices, and how far both differ. For
every size our time and peak memory, each in a fresh process. Features are those of `clustered`:
2,048 numbers, one cluster for every 6.67 images (750 at 5,000), 11,659 of 93,820 images queries as
in MSMT17. What MSMT17 itself would take is extrapolated, by straight lines through the two largest
sizes. Writes `results/reranking_speed.json` and `results/reranking_memory.json`.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from time import perf_counter, process_time

import numpy as np
import torch
from torch import Tensor

from dense_reranking import dense_rerank
from elsewhere import rerank
from measure_ranking import beyond
from record import record
from timing import medians, ratios, take_turns

COMPARED = (5_000, 10_000)
SIDES = (512, 1024, 2048)
"""Rows of a block of the full product: the quickest way is what ours is compared with."""
MSMT17 = 93_820
QUERIES = 11_659 / MSMT17
MIB = 2**20


def main() -> None:
    """Compare, measure every size, print, write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--sizes", type=int, nargs="*", default=[5_000, 10_000, 20_000, 40_000])
    options = parser.parse_args()
    compared = {
        f"{threads} threads": {
            f"{images} images": compare(images, options.rounds, threads) for images in COMPARED
        }
        for threads in options.threads
    }
    print(compared)
    print(record("reranking_speed", {"rounds": options.rounds, "compared": compared}))
    if options.sizes:
        measure_memory(options.sizes, options.threads[0])


def measure_memory(numbers: list[int], threads: int) -> None:
    """Time and peak memory of one call at every size, the largest set's by extrapolation."""
    sizes = {f"{size} images": alone(size, threads) for size in numbers}
    extrapolated = extrapolate(numbers[-2:], list(sizes.values())[-2:])
    payload = {"sizes": sizes, f"{MSMT17} images, extrapolated": extrapolated}
    print(payload)
    print(record("reranking_memory", payload))


def clustered(images: int, spread: float = 0.6) -> tuple[Tensor, Tensor]:
    """Queries and gallery: normal centres of variance one, normal noise around them."""
    generator = torch.Generator().manual_seed(0)
    centres = torch.randn(round(images * 750 / 5_000), 2048, generator=generator)
    chosen = torch.randint(len(centres), (images,), generator=generator)
    features = torch.randn(images, 2048, generator=generator).mul_(spread)
    for start in range(0, images, 1024):
        features[start : start + 1024] += centres[chosen[start : start + 1024]]
    queries = round(QUERIES * images)
    return features[:queries], features[queries:]


def compare(images: int, rounds: int, threads: int) -> dict:
    """Time beside the product, and at the smaller size beside dense matrices."""
    torch.set_num_threads(threads)
    query, gallery = clustered(images)
    features = torch.cat([query, gallery])
    sides = take_turns({str(side): partial(product, features, side) for side in SIDES}, 3)
    side = int(min(sides["cpu"], key=lambda name: np.median(sides["cpu"][name])))
    ways = {
        "ours": partial(rerank, query, gallery),
        "product": partial(product, features, side),
        "half of the product": partial(half_of_product, features),
    }
    seconds = take_turns(ways, rounds)
    result = {
        "rows of a block of the product": side,
        "seconds": medians(seconds),
        "ours ÷ product": ratios(seconds, "ours", "product"),
        "half of the product ÷ product": ratios(seconds, "half of the product", "product"),
    }
    if images == min(COMPARED):
        result["beside dense matrices"] = compare_dense(query, gallery, min(rounds, 3))
    print(threads, "threads", images, "images", result, flush=True)
    return result


def compare_dense(query: Tensor, gallery: Tensor, rounds: int) -> dict:
    dense = partial(dense_rerank, query.numpy(), gallery.numpy())
    seconds = take_turns({"ours": partial(rerank, query, gallery), "dense": dense}, rounds)
    difference = np.abs(rerank(query, gallery).numpy() - dense())
    return {
        "seconds": medians(seconds),
        "dense ÷ ours": ratios(seconds, "dense", "ours"),
        "largest difference": float(difference.max()),
        "share that differs by more than 1e-5": float((difference > 1e-5).mean()),
    }


def product(features: Tensor, side: int) -> None:
    """Products of all images with all, a block at a time."""
    for part in features.split(side):
        part @ features.T


def half_of_product(features: Tensor, side: int = 1024, thin: int = 256) -> None:
    """Products of every image with itself and all later ones, but for thin triangles twice."""
    for start in range(0, len(features), side):
        rows = features[start : start + side]
        for first in range(0, len(rows), thin):
            rows[first : first + thin] @ rows[first:].T
        for later in features[start + side :].split(2 * side):
            rows @ later.T


def alone(images: int, threads: int) -> dict[str, float]:
    """Seconds and peak memory, in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, images, threads).result()


def measure(images: int, threads: int) -> dict[str, float]:
    """Memory that a call takes beyond the features, with the matrix as result and without."""
    torch.set_num_threads(threads)
    query, gallery = clustered(images)
    rerank(query[:50], gallery[:500])  # what a first call loads is not counted
    matrix = len(query) * len(gallery) * 4 / MIB
    result = {"threads": threads, "queries": len(query), "matrix MiB": matrix}
    for name, top in {"matrix": None, "nearest 50": 50}.items():
        start = perf_counter(), process_time()
        peak = beyond(partial(rerank, query, gallery, top=top))
        result[f"{name}: seconds"] = round(perf_counter() - start[0], 2)
        result[f"{name}: CPU seconds"] = round(process_time() - start[1], 2)
        result[f"{name}: peak MiB beyond features"] = round((peak or 0) * 1e6 / MIB)
    result["features MiB"] = images * 2048 * 4 / MIB
    return result


def extrapolate(sizes: list[int], measured: list[dict]) -> dict[str, float]:
    """What MSMT17 would take: memory beside the matrix on a line, the matrix exactly."""
    names = ("nearest 50: peak MiB beyond features", "matrix: peak MiB beyond features")
    nearest, whole = ([result[name] for result in measured] for name in names)
    beside = [peak - result["matrix MiB"] for peak, result in zip(whole, measured, strict=True)]
    queries = round(QUERIES * MSMT17)
    matrix = queries * (MSMT17 - queries) * 4 / MIB
    features = MSMT17 * 2048 * 4 / MIB
    rest = line(sizes, beside)
    return {
        "from sizes": sizes,
        "nearest 50: peak MiB beyond features": line(sizes, nearest),
        "matrix: peak MiB beside matrix and features": rest,
        "matrix MiB": round(matrix),
        "features MiB": round(features),
        "all GiB": round((rest + matrix + features) / 1024, 2),
    }


def line(sizes: list[int], values: list[float]) -> float:
    """A straight line's value at MSMT17's size."""
    slope = (values[1] - values[0]) / (sizes[1] - sizes[0])
    return round(values[1] + slope * (MSMT17 - sizes[1]))


if __name__ == "__main__":
    main()
