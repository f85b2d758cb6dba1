"""Comparing ways of doing the same: taking turns, ratios of pairs, operations, waits of a GPU."""

import gc
import warnings
from collections.abc import Callable
from time import perf_counter, process_time

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

Way = Callable[[], object]
Seconds = dict[str, np.ndarray]


def take_turns(
    ways: dict[str, Way], rounds: int, device: str = "cpu", warmups: int = 1
) -> dict[str, Seconds]:
    """Seconds of every way in every round, by two clocks; who goes first changes by the round.

    `wall` is the time that passes. `cpu` is the time this process computed, all threads together:
    on a busy machine it is the steadier one. On a GPU only `wall` means something.
    """
    clocks = (
        {"wall": perf_counter} if device != "cpu" else {"wall": perf_counter, "cpu": process_time}
    )
    seconds = {clock: {name: np.zeros(rounds) for name in ways} for clock in clocks}
    names = list(ways)
    for name in names * warmups:
        ways[name]()
    gc.collect()
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            finish(device)
            start = {clock: read() for clock, read in clocks.items()}
            ways[name]()
            finish(device)
            for clock, read in clocks.items():
                seconds[clock][name][turn] = read() - start[clock]
    return seconds


def finish(device: str) -> None:
    """Wait until a GPU has done what it was asked."""
    if device != "cpu":
        torch.cuda.synchronize()


def ratios(seconds: dict[str, Seconds], above: str, below: str) -> dict[str, dict[str, float]]:
    """Ratio of two ways by every clock."""
    return {clock: ratio(times[above], times[below]) for clock, times in seconds.items()}


def ratio(above: np.ndarray, below: np.ndarray) -> dict[str, float]:
    """Median of paired ratios, with a 95 % bootstrap interval."""
    pairs = above / below
    generator = np.random.default_rng(0)
    medians = np.median(generator.choice(pairs, (2000, len(pairs))), axis=1)
    low, high = np.quantile(medians, (0.025, 0.975))
    values = {"median": np.median(pairs), "low": low, "high": high}
    return {key: round(float(value), 4) for key, value in values.items()}


def medians(seconds: dict[str, Seconds]) -> dict[str, dict[str, float]]:
    """Median seconds of every way by every clock."""
    return {
        clock: {name: float(f"{np.median(t):.4g}") for name, t in times.items()}
        for clock, times in seconds.items()
    }


def operations(way: Way) -> int:
    """Floating-point operations of matrix products and convolutions, backward ones included."""
    with FlopCounterMode(display=False) as counter:
        way()
    return counter.get_total_flops()


def syncs(way: Way, device: str) -> int | None:
    """How often the host waited for the GPU; None without one."""
    if device == "cpu":
        return None
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        torch.cuda.set_sync_debug_mode("warn")
        try:
            way()
        finally:
            torch.cuda.set_sync_debug_mode("default")
    return sum("synchronizing CUDA operation" in str(warning.message) for warning in said)


def devices() -> list[str]:
    """What can be measured here."""
    return ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
