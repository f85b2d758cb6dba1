"""What keeps a gallery: time of one query, recall, memory, disk, and what kill -9 leaves.

    OMP_NUM_THREADS=1 python benchmarks/measure_gallery.py [--rows 100000] [--kills 20]

Vectors have 512 numbers and lie in 5,000 loose groups (two of a group have a cosine of about 0.2),
not in tight clusters. Each way runs in a process of its own, for at most `--limit` seconds, a third
of them for queries; pymilvus, milvus-lite, lancedb and faiss-cpu are measured where they are
installed. Queries of this package's own take turns with a flat scan of the same vectors. Writes
`results/gallery.json`, and with other than 100,000 rows `results/gallery_ROWS.json`.
"""

import argparse
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import torch

from record import record
from timing import ratio
from vector_stores import WAYS, Flat, Own, Store

SIZE, GROUPS, STEP, K = 512, 5000, 2000, 10
KILLED = ("elsewhere gallery", "Milvus Lite, FLAT", "LanceDB, flat")
PACKAGES = ("pymilvus", "milvus-lite", "lancedb", "faiss-cpu")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--limit", type=int, default=600, help="seconds that a way may take")
    parser.add_argument("--ways", nargs="*", default=list(WAYS))
    parser.add_argument("--add-to", metavar="JSON", help="of the same rows: keep its other ways")
    parser.add_argument("--one", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.one:
        task, way, folder, *truth = options.one
        if task == "search":
            search(way, Path(folder), options, json.loads(Path(*truth).read_text()))
        else:
            add_until_killed(way, Path(folder), options.rows)
        return
    found: dict = {
        "rows": options.rows,
        "size": SIZE,
        "search": {},
        "killed": {},
    }
    found["packages"] = {name: installed(name) for name in PACKAGES}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as truth:
        # here, so that what it takes is no memory of a way's
        json.dump(exact(draw(0, options.queries, seed=1), options.rows), truth)
        truth.flush()
        for way in options.ways:
            found["search"][way] = in_process("search", way, options, truth.name)
            print(way, found["search"][way], flush=True)
    for way in KILLED if options.kills else ():
        if way in options.ways:
            found["killed"][way] = killed(way, options)
            print(way, found["killed"][way], flush=True)
    if options.add_to:  # ways that were measured in another run on the same machine
        before = json.loads(Path(options.add_to).read_text())["results"]
        found = {**before, "search": before["search"] | found["search"],
                 "killed": before["killed"] | found["killed"]}  # fmt: skip
    record("gallery" if options.rows == 100_000 else f"gallery_{options.rows}", found)


def installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


@cache
def centres() -> np.ndarray:
    return np.random.default_rng(1).standard_normal((GROUPS, SIZE), dtype=np.float32)


def draw(start: int, count: int, seed: int = 0) -> np.ndarray:
    """Some of the vectors: the same ones whoever draws them."""
    noise = np.random.default_rng([2 + seed, start]).standard_normal(
        (count, SIZE), dtype=np.float32
    )
    vectors = centres()[np.arange(start, start + count) % GROUPS] + 2 * noise
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def in_process(task: str, way: str, options: argparse.Namespace, truth: str) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, __file__, "--rows", str(options.rows)]
        words += ["--queries", str(options.queries), "--limit", str(options.limit)]
        words += ["--one", task, way, folder, truth]
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=options.limit)
        except subprocess.TimeoutExpired:
            return {"not finished within seconds": options.limit}
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1][:200]}
    return json.loads(done.stdout.splitlines()[-1])


def search(way: str, folder: Path, options: argparse.Namespace, best: list[list[str]]) -> None:
    """Build, then ask; of this package's gallery, in turns with a flat scan."""
    rows = options.rows
    queries = draw(0, options.queries, seed=1)
    start = time.perf_counter()
    store = filled(WAYS[way], folder, rows)
    built = time.perf_counter() - start
    start = time.perf_counter()
    store.query(queries[0], K)
    first = time.perf_counter() - start
    result = {
        "build s": round(built, 2),
        "first query ms": round(1e3 * first, 1),
        "memory MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    beside = None
    if isinstance(store, Own | Store):
        beside = filled(Flat, folder, rows)
        beside.query(queries[0], K)
    seconds: dict[str, list[list[float]]] = {"own": [], "flat": []}
    hits, end = 0, time.monotonic() + options.limit / 3
    for query, expected in zip(queries, best, strict=True):
        if time.monotonic() > end:
            break
        if beside is not None:
            seconds["flat"].append(timed(beside, query)[1])
        found, taken = timed(store, query)
        seconds["own"].append(taken)
        hits += len(set(found) & set(expected))
    wall, cpu = np.array(seconds["own"]).T
    result |= {
        "query p50 ms": round(1e3 * float(np.median(wall)), 2),
        "query p99 ms": round(1e3 * float(np.quantile(wall, 0.99)), 2),
        "query least ms": round(1e3 * float(wall.min()), 2),
        "query cpu p50 ms": round(1e3 * float(np.median(cpu)), 2),
        "queries": len(wall),
        "recall@10": hits / (K * len(wall)),
        "disk MB": sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) // 2**20,
    }
    if beside is not None:
        flat_wall, flat_cpu = np.array(seconds["flat"]).T
        result["÷ flat scan in turns"] = {
            "wall": ratio(wall, flat_wall),
            "cpu": ratio(cpu, flat_cpu),
        }
        result["disk MB"] -= 4 * SIZE * rows // 2**20
    print(json.dumps(result))


def timed(store: object, query: np.ndarray) -> tuple[list[str], list[float]]:
    wall, cpu = time.perf_counter(), time.process_time()
    found = store.query(query, K)
    return found, [time.perf_counter() - wall, time.process_time() - cpu]


def filled(kind: type, folder: Path, rows: int) -> object:
    store = kind(folder, SIZE)
    for start in range(0, rows, STEP):
        count = min(STEP, rows - start)
        store.add([f"{row:09}" for row in range(start, start + count)], draw(start, count))
    if hasattr(store, "finish"):
        store.finish()
    return store


def exact(queries: np.ndarray, rows: int) -> list[list[str]]:
    """The true nearest, by float64 products."""
    values = np.concatenate([
        queries.astype(np.float64) @ draw(start, min(STEP, rows - start)).astype(np.float64).T
        for start in range(0, rows, STEP)
    ], axis=1)  # fmt: skip
    return [[f"{row:09}" for row in np.argpartition(-each, K)[:K]] for each in values]


def killed(way: str, options: argparse.Namespace) -> dict:
    """Two processes add the same vectors and are killed again and again at any time."""
    chance, rows = random.Random(0), 20_000
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, __file__, "--rows", str(rows), "--one", "add", way, folder]
        kills = refused = 0
        deadline = time.monotonic() + options.limit
        while kills < options.kills and time.monotonic() < deadline:
            # its server, if it starts one, ends with it
            several = [subprocess.Popen(words, start_new_session=True, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL) for _ in range(2)]  # fmt: skip
            wait_until_adding(Path(folder), several)
            time.sleep(chance.uniform(0.0, 0.6))
            for process in several:
                refused += process.poll() not in (None, 0)
                if process.poll() is None:
                    kills += 1
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            (Path(folder) / "adding").unlink(missing_ok=True)
        acknowledged = {line for file in Path(folder).glob("said-*")
                        for line in file.read_text().split("\n")[:-1]}  # fmt: skip
        try:
            there = WAYS[way](Path(folder), SIZE).keys()
        except Exception as error:
            return {"kills": kills, "cannot be opened any more": repr(error)[:200]}
        known = set(there)
        lost = sum(f"{row:09}" not in known for row in numbers(acknowledged))
        return {
            "kills": kills, "processes that ended with an error": refused,
            "rows acknowledged": 100 * len(acknowledged), "rows there": len(there),
            "lost": lost, "doubled": len(there) - len(set(there)),
        }  # fmt: skip


def numbers(starts: set[str]) -> list[int]:
    return [int(start) + row for start in starts for row in range(100)]


def wait_until_adding(folder: Path, processes: list) -> None:
    while not (folder / "adding").exists() and any(p.poll() is None for p in processes):
        time.sleep(0.02)


def add_until_killed(way: str, folder: Path, rows: int) -> None:
    """Add everything from where nobody has been, a hundred at a time; say what is safe."""
    store = WAYS[way](folder, SIZE)
    said = folder / f"said-{os.getpid()}"
    starts = list(range(0, rows, 100))
    random.Random(os.getpid()).shuffle(starts)
    vectors = draw(0, rows)
    (folder / "adding").touch()
    for start in starts:
        keys = [f"{row:09}" for row in range(start, start + 100)]
        store.add(keys, vectors[start : start + 100])
        with said.open("a") as file:
            file.write(f"{start}\n")


if __name__ == "__main__":
    main()
