"""Work in processes of their own, forked from one that has imported everything once for all."""

import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path

WORLD = 2
_IMPORTED = [
    "elsewhere.callbacks",
    "elsewhere.cli.embed",
    "elsewhere.gallery",
    "elsewhere.metrics",
    "elsewhere.runs.fitting",
    "elsewhere.runs.testing",
]


def start(work: Callable[..., object], *given: object) -> BaseProcess:
    """Start `work(*given)`."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_IMPORTED)
    process = context.Process(target=work, args=given)
    process.start()
    return process


def ends(*processes: BaseProcess) -> list[int | None]:
    """Exit codes; a process that hangs is ended."""
    for process in processes:
        process.join(300)
        if process.is_alive():
            process.kill()
            process.join()
    return [process.exitcode for process in processes]


def command(
    words: list[str], said: Path, *, killed_at: tuple[str, int] = ("", 0), **variables: str
) -> BaseProcess:
    """Start `elsewhere …` on one thread.

    Args:
        words: after `elsewhere`.
        said: file for what it prints; its complaints come to lie beside it, in `.err`.
        killed_at: a file's name, and which writing of it, counted from 1, is not to succeed.
        variables: of its environment.
    """
    return start(_run_command, words, said, killed_at, variables)


def ranks(words: list[str], said: Path) -> list[BaseProcess]:
    """Start `elsewhere …` once for each of two processes, as `torchrun` does."""
    shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "NODE_RANK": "0"}
    return [
        command(words, said.with_name(f"{said.name}-{rank}"), LOCAL_RANK=str(rank), **shared)
        for rank in range(WORLD)
    ]


def in_two_processes(work: Callable[[int], dict], folder: Path) -> list[dict]:
    """Call `work(rank)` in two processes that talk by gloo; what each came to, by rank."""
    import torch

    port = free_port()
    started = [start(_talk, rank, work, port, folder) for rank in range(WORLD)]
    assert ends(*started) == [0] * WORLD
    return [torch.load(folder / f"{rank}.pt", weights_only=False) for rank in range(WORLD)]


def free_port() -> int:
    """A port that nobody listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run_command(
    words: list[str], said: Path, killed_at: tuple[str, int], variables: Mapping[str, str]
) -> None:
    import torch

    from elsewhere.cli import main

    os.environ |= variables
    torch.set_num_threads(1)
    for stream, place in ((sys.stdout, said), (sys.stderr, said.with_suffix(".err"))):
        with place.open("wb") as file:
            os.dup2(file.fileno(), stream.fileno())
    if killed_at[1]:
        _die_at(*killed_at)
    sys.exit(main(words))


def _die_at(name: str, writing: int) -> None:
    """End this process by a signal that cannot be caught, as a file is to take its name."""
    seen = 0

    def watch(event: str, arguments: tuple) -> None:
        nonlocal seen
        if event == "os.rename" and os.fspath(arguments[1]).endswith(name):
            seen += 1
            if seen == writing:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


def _talk(rank: int, work: Callable[[int], dict], port: int, folder: Path) -> None:
    import torch
    import torch.distributed as dist

    torch.set_num_threads(1)
    address = f"tcp://127.0.0.1:{port}"
    dist.init_process_group("gloo", init_method=address, rank=rank, world_size=WORLD)
    try:
        torch.save(work(rank), folder / f"{rank}.pt")
    finally:
        dist.destroy_process_group()
